import { useSignal } from "@preact/signals";
import { knowsPasskeys, signedByPasskey } from "../../sdk/index.js";
import { Outcome, focused, useDoing } from "../doing.js";
import { Field, filled } from "../forms.js";
import { html } from "../html.js";
import { t } from "../texts.js";

/** @typedef {import("../../sdk/session.js").Method} Method */
/** @typedef {import("../../sdk/factors.js").Proof} Proof */
/** @typedef {import("../../sdk/factors.js").Challenge} Challenge */
/** How answers go to the server. @typedef {{challenge: (factorId: string) => Promise<Challenge>,
 *   verify: (proof: Proof) => Promise<unknown>}} Desk */

const CODES = { totp: "code-totp", email: "code-sent", sms: "code-sent", passkey: "", recovery: "" };

/** Prove who one is by one of several methods; a recovery code stands in for any of them.
 * @param {{methods: Method[], desk: Desk}} props */
export function Methods({ methods, desk }) {
  const usable = methods.filter(({ kind }) => kind !== "passkey" || knowsPasskeys());
  const chosen = useSignal(usable[0]?.factorId ?? "recovery");
  const method = usable.find(({ factorId }) => factorId === chosen.value);
  const choices = [...usable.map((one) => [one.factorId, named(one)]), ["recovery", t("method-recovery")]];
  return html`<fieldset>
      <legend>${t("method")}</legend>
      ${choices.map(([value, text]) => {
        return html`<label key=${value}>
          <input
            type="radio"
            name="method"
            value=${value}
            checked=${chosen.value === value}
            onChange=${() => (chosen.value = value ?? "")}
          />
          ${text}
        </label>`;
      })}
    </fieldset>
    ${method?.kind === "passkey"
      ? html`<${Passkey} key=${chosen.value} method=${method} desk=${desk} />`
      : html`<${Code} key=${chosen.value} method=${method ?? null} desk=${desk} />`}`;
}

/** @param {Method} method */
function named({ kind, name }) {
  const what = t(`method-${kind}`);
  return name && name !== what ? t("method-named", { kind: what, name }) : what;
}

/** A code: of an app, of a message, or one of those kept for this.
 * @param {{method: Method | null, desk: Desk}} props */
function Code({ method, desk }) {
  const doing = useDoing();
  const isSent = useSignal(false);
  const kind = method?.kind ?? "recovery";
  const send = async () => {
    isSent.value = await doing.run(() => desk.challenge(method?.factorId ?? ""), t("code-is-sent"));
  };
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const { code = "", recoveryCode = "" } = filled(form);
    const proof = method ? { factorId: method.factorId, code } : { recoveryCode };
    if (!(await doing.run(() => desk.verify(proof)))) form.querySelector("input")?.select();
  };
  const mustSend = (kind === "email" || kind === "sms") && !isSent.value;
  return html`<form onSubmit=${submit} novalidate>
    <${Outcome} of=${doing} />
    ${mustSend && html`<button type="button" class="primary" onClick=${send}>${t(`send-${kind}`)}</button>`}
    ${!mustSend &&
    html`<${method ? OneTimeCode : RecoveryCode} kind=${kind} error=${doing.error.value} isNext=${isSent.value} />
      <div class="tools">
        <button class="primary" aria-disabled=${doing.busy.value}>${t("confirm")}</button>
        ${isSent.value && html`<button type="button" onClick=${send}>${t("send-again")}</button>`}
      </div>`}
  </form>`;
}

/** `isNext` says that it comes in answer to something done, so that the keyboard goes on from it.
 * @param {{kind: keyof typeof CODES, error: import("../forms.js").Trouble, id?: string, isNext?: boolean}} props */
export function OneTimeCode({ kind, error, id = "code", isNext }) {
  return html`<${Field}
    name="code"
    id=${id}
    label=${t(CODES[kind])}
    inputmode="numeric"
    autocomplete="one-time-code"
    maxlength="12"
    error=${error}
    ref=${isNext ? focused : null}
    required
  />`;
}

/** @param {{error: import("../forms.js").Trouble}} props */
function RecoveryCode({ error }) {
  const hint = t("recovery-code-hint");
  return html`<${Field}
    name="recoveryCode"
    label=${t("recovery-code")}
    hint=${hint}
    autocomplete="off"
    autocapitalize="characters"
    spellcheck=${false}
    maxlength="40"
    error=${error}
    required
  />`;
}

/** @param {{method: Method, desk: Desk}} props */
function Passkey({ method, desk }) {
  const doing = useDoing();
  const use = () => {
    return doing.run(async () => {
      const { publicKey } = await desk.challenge(method.factorId);
      await desk.verify({ factorId: method.factorId, credential: await signedByPasskey(publicKey) });
    });
  };
  return html`<${Outcome} of=${doing} />
    <p><button class="primary" aria-disabled=${doing.busy.value} onClick=${use}>${t("use-passkey")}</button></p>`;
}

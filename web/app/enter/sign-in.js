import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { knowsPasskeys } from "../../sdk/index.js";
import { Outcome, useDoing } from "../doing.js";
import { Alert, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { useLoaded } from "../loaded.js";
import { farewell, go, hideQuery, mayComeBack, query, school, wanted } from "../state.js";
import { has, t } from "../texts.js";
import { CameBack } from "./came-back.js";
import { Methods } from "./methods.js";

/** @typedef {import("../../sdk/session.js").Pending} Pending */
/** @typedef {import("../../sdk/session.js").User} User */

/** Sign in: the password, a passkey, or another service; then the second factor where there is one.
 * @param {{next?: string}} props `next` is the page that was asked for, if this one stands in its place */
export function SignIn({ next }) {
  const pending = useSignal(/** @type {Pending | null} */ (null));
  /** @param {User | Pending} answer */
  const entered = (answer) => {
    if ("mfaToken" in answer) pending.value = answer;
    else goOn(next);
  };
  const again = () => (pending.value = null);
  if (pending.value) return html`<${SecondFactor} pending=${pending.value} next=${next} again=${again} />`;
  return html`<section class="narrow card">
    <h1 tabindex="-1">${t("sign-in")}</h1>
    <${Why} />
    <${CameBack} />
    <${ByPassword} entered=${entered} />
    <${Otherwise} entered=${entered} next=${next} />
    <p><a href="#/forgot">${t("forgot-password")}</a></p>
    <p>${t("no-account")} <a href="#/sign-up">${t("sign-up")}</a></p>
  </section>`;
}

/** @param {string} [next] */
function goOn(next) {
  go(next ?? wanted.peek());
  wanted.value = "/";
}

/** Why one is here, where it is because the session was ended. */
function Why() {
  if (!farewell.value) return null;
  const id = `left-${farewell.value.replaceAll("_", "-")}`;
  return html`<p class="notice" role="alert">${t(has(id) ? id : "left-other")}</p>`;
}

/** @param {{entered: (answer: User | Pending) => void}} props */
function ByPassword({ entered }) {
  const { busy, error, submit } = useSubmit(async (form) => {
    const { email = "", password = "" } = filled(form);
    entered(await school.session.signIn(email, password));
  });
  return html`<form onSubmit=${submit} novalidate>
    <${Alert} error=${error.value} />
    <${Field} name="email" type="email" autocomplete="username" label=${t("email")} error=${error.value} required />
    <${Field}
      name="password"
      type="password"
      autocomplete="current-password"
      label=${t("password")}
      error=${error.value}
      required
    />
    <button class="primary" aria-disabled=${busy.value}>${t("sign-in")}</button>
  </form>`;
}

/** @param {{entered: (answer: User | Pending) => void, next?: string}} props */
function Otherwise({ entered, next }) {
  const doing = useDoing();
  const { found } = useLoaded(() => school.providers.list());
  const byPasskey = () => doing.run(async () => entered(await school.passkeys.signIn()));
  const back = `/app/#${next ?? wanted.value}`;
  if (!knowsPasskeys() && !found.value?.length) return null;
  return html`<div class="otherwise">
    <${Outcome} of=${doing} />
    ${knowsPasskeys() &&
    html`<button type="button" aria-disabled=${doing.busy.value} onClick=${byPasskey}>${t("sign-in-passkey")}</button>`}
    ${found.value?.map(({ id, name }) => {
      const href = school.providers.startUrl(id, back);
      const leave = () => mayComeBack(true);
      return html`<a key=${id} class="button" href=${href} onClick=${leave}>${t("sign-in-with", { name })}</a>`;
    })}
  </div>`;
}

/** @param {{pending: Pending, next?: string, again: () => void}} props */
function SecondFactor({ pending, next, again }) {
  const desk = {
    challenge: (/** @type {string} */ factorId) => school.factors.challenge(pending.mfaToken, factorId),
    verify: async (/** @type {import("../../sdk/factors.js").Proof} */ proof) => {
      await school.factors.verify(pending.mfaToken, proof);
      goOn(next);
    },
  };
  return html`<section class="narrow card">
    <h1 tabindex="-1" ref=${focusOnce}>${t("second-factor")}</h1>
    <p>${t("second-factor-hint")}</p>
    <${Methods} methods=${pending.methods} desk=${desk} />
    <p><button type="button" class="quiet" onClick=${again}>${t("start-again")}</button></p>
  </section>`;
}

/** Someone who came back from another service and still has a second factor to prove: the address says what. */
export function AfterProvider() {
  const pending = useRef(/** @type {Pending | null} */ (null));
  pending.current ??= told(query.peek());
  useEffect(hideQuery, []);
  return html`<${SecondFactor} pending=${pending.current} again=${() => go("/sign-in")} />`;
}

/** @param {URLSearchParams} address @returns {Pending} */
function told(address) {
  const mfaToken = address.get("token") ?? "";
  try {
    return { mfaToken, methods: JSON.parse(address.get("methods") ?? "[]") };
  } catch {
    return { mfaToken, methods: [] }; // a recovery code is always good
  }
}

/** @param {HTMLElement | null} heading */
function focusOnce(heading) {
  heading?.focus();
}

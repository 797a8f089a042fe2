import { useSignal } from "@preact/signals";
import { knowsPasskeys } from "../../sdk/index.js";
import { Outcome, Sure, focusOn, useDoing } from "../doing.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { t, when } from "../texts.js";
import { Enroll } from "./enroll.js";
import { RecoveryCodes } from "./recovery.js";

/** @typedef {import("../../sdk/factors.js").Factor} Factor */
/** @typedef {import("../../sdk/factors.js").Factors} Factors */
/** @typedef {import("../../sdk/factors.js").Kind} Kind */

const KINDS = /** @type {const} */ (["totp", "passkey", "email", "sms"]);

/** The second factors that the user has, and a way to add and remove each. */
export function FactorsSection() {
  const loading = useLoaded(() => school.factors.list());
  const doing = useDoing();
  const adding = useSignal(/** @type {Kind | null} */ (null));
  const codes = useSignal(/** @type {string[] | null} */ (null));
  /** @param {Factor} factor */
  const remove = async ({ id, kind }) => {
    await doing.run(() => school.factors.disable(id), t("factor-is-removed", { kind: t(`method-${kind}`) }));
    await loading.reload();
    focusOn("factors");
  };
  const renew = () => doing.run(async () => (codes.value = await school.factors.renewRecoveryCodes()));
  /** @param {string[] | null} fresh */
  const added = (fresh) => {
    doing.done.value = t("factor-is-added");
    adding.value = null;
    codes.value = fresh;
    void loading.reload();
  };
  const kept = () => {
    codes.value = null;
    void loading.reload();
  };
  return html`<section class="card" aria-labelledby="factors">
    <h2 id="factors" tabindex="-1">${t("factors")}</h2>
    <p>${t("factors-hint")}</p>
    <${Outcome} of=${doing} />
    <${Loaded} of=${loading}>
      ${(/** @type {Factors} */ having) => html`<${Having} having=${having} remove=${remove} renew=${renew} />`}
    <//>
    <div class="tools">
      ${KINDS.filter((kind) => kind !== "passkey" || knowsPasskeys()).map((kind) => {
        const add = () => (adding.value = kind);
        return html`<button key=${kind} type="button" onClick=${add}>${t(`add-${kind}`)}</button>`;
      })}
    </div>
    ${adding.value && html`<${Enroll} kind=${adding.value} added=${added} close=${() => (adding.value = null)} />`}
    ${codes.value && html`<${RecoveryCodes} codes=${codes.value} close=${kept} />`}
  </section>`;
}

/** @param {{having: Factors, remove: (factor: Factor) => void, renew: () => void}} props */
function Having({ having: { factors, recoveryCodesLeft }, remove, renew }) {
  if (factors.length === 0) return html`<p class="empty">${t("no-factors")}</p>`;
  return html`<ul class="rows">
      ${factors.map((one) => html`<${Row} key=${one.id} factor=${one} remove=${() => remove(one)} />`)}
    </ul>
    <p>${t("recovery-left", { count: recoveryCodesLeft })}</p>
    <${Sure} label=${t("renew-codes")} question=${t("renew-codes-sure")} yes=${t("renew-codes-yes")} act=${renew} />`;
}

/** @param {{factor: Factor, remove: () => void}} props */
function Row({ factor: { kind, name, createdAt, lastUsedAt }, remove }) {
  const what = t(`method-${kind}`);
  const title = name || what;
  return html`<li>
    <h3>${title}</h3>
    <p class="facts">
      ${title !== what && html`<span>${what}</span>`}
      <span>${t("added-at", { at: when(createdAt) })}</span>
      <span>${lastUsedAt ? t("last-used-at", { at: when(lastUsedAt) }) : t("never-used")}</span>
    </p>
    <${Sure}
      label=${t("remove")}
      name=${t("remove-named", { name: title })}
      question=${t("remove-factor-sure")}
      yes=${t("remove-yes")}
      act=${remove}
    />
  </li>`;
}

import { useSignal } from "@preact/signals";
import { Dialog } from "../dialog.js";
import { Alert, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { go, school } from "../state.js";
import { t } from "../texts.js";

/** Take everything personal out of an account, for good: the username has to be typed first.
 * @param {{account: import("../../sdk/users.js").Account}} props */
export function Anonymise({ account }) {
  const isAsked = useSignal(false);
  const isWrong = useSignal(false);
  const close = () => (isAsked.value = isWrong.value = false);
  const { busy, error, submit } = useSubmit(async (form) => {
    isWrong.value = filled(form).typed !== account.username;
    if (isWrong.value) return;
    await school.users.anonymise(account.id);
    go("/admin/users");
  });
  return html`<section class="card" aria-labelledby="anonymise">
    <h2 id="anonymise">${t("anonymise")}</h2>
    <p>${t("anonymise-hint")}</p>
    <p><button type="button" class="danger" onClick=${() => (isAsked.value = true)}>${t("anonymise")}</button></p>
    ${isAsked.value &&
    html`<${Dialog} id="anonymise-sure" title=${t("anonymise-sure")} close=${close}>
      <p>${t("anonymise-type", { username: account.username })}</p>
      <form onSubmit=${submit} novalidate>
        <${Alert} error=${error.value} />
        <p class="wrong" role="status">${isWrong.value && t("anonymise-differs")}</p>
        <${Field} name="typed" label=${t("username")} autocomplete="off" spellcheck=${false} required />
        <div class="tools">
          <button class="danger" aria-disabled=${busy.value}>${t("anonymise-yes")}</button>
          <button type="button" onClick=${close}>${t("cancel")}</button>
        </div>
      </form>
    <//>`}
  </section>`;
}

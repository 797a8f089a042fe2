import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Outcome, useDoing } from "../doing.js";
import { Alert, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { hideQuery, query, school, user } from "../state.js";
import { t } from "../texts.js";

/** Ask for a mail with which a new password can be chosen. */
export function Forgot() {
  const isDone = useSignal(false);
  const { busy, error, submit } = useSubmit(async (form) => {
    await school.passwords.forgot(filled(form).email ?? "");
    isDone.value = true;
  });
  return html`<section class="narrow card">
    <h1 tabindex="-1">${t("forgot-title")}</h1>
    <p role="status">${isDone.value && t("forgot-done")}</p>
    ${isDone.value
      ? html`<p><a href="#/reset">${t("enter-code")}</a></p>`
      : html`<p>${t("forgot-hint")}</p>
          <form onSubmit=${submit} novalidate>
            <${Alert} error=${error.value} />
            <${Field}
              name="email"
              type="email"
              autocomplete="username"
              label=${t("email")}
              error=${error.value}
              required
            />
            <button class="primary" aria-disabled=${busy.value}>${t("send-mail")}</button>
          </form>`}
    <p><a href="#/sign-in">${t("sign-in")}</a></p>
  </section>`;
}

/** Choose a new password, with the code of that mail. */
export function Reset() {
  const token = useToken();
  const isDone = useSignal(false);
  const { busy, error, submit } = useSubmit(async (form) => {
    const typed = filled(form);
    await school.passwords.reset(token || (typed.token ?? ""), typed.password ?? "");
    isDone.value = true;
  });
  return html`<section class="narrow card">
    <h1 tabindex="-1">${t("reset-title")}</h1>
    <p role="status">${isDone.value && t("reset-done")}</p>
    ${!isDone.value &&
    html`<form onSubmit=${submit} novalidate>
      <${Alert} error=${error.value} />
      ${!token && html`<${MailCode} error=${error.value} />`}
      <${Field}
        name="password"
        type="password"
        autocomplete="new-password"
        label=${t("new-password")}
        hint=${t("password-hint")}
        error=${error.value}
        required
      />
      <button class="primary" aria-disabled=${busy.value}>${t("save")}</button>
    </form>`}
    <p><a href="#/sign-in">${t("sign-in")}</a></p>
  </section>`;
}

/** Confirm that the address is one's own; with the link of the mail there is nothing to do. */
export function Verify() {
  const token = useToken();
  const doing = useDoing();
  const confirm = (/** @type {string} */ code) => doing.run(() => school.passwords.verifyEmail(code), t("verify-done"));
  useEffect(() => void (token && confirm(token)), []);
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    void confirm(filled(/** @type {HTMLFormElement} */ (event.currentTarget)).token ?? "");
  };
  const again = () => doing.run(() => school.passwords.sendVerification(), t("verify-sent"));
  return html`<section class="narrow card">
    <h1 tabindex="-1">${t("verify-title")}</h1>
    <${Outcome} of=${doing} />
    ${!token &&
    html`<form onSubmit=${submit} novalidate>
      <${MailCode} error=${doing.error.value} />
      <button class="primary" aria-disabled=${doing.busy.value}>${t("confirm")}</button>
    </form>`}
    ${user.value && html`<p><button type="button" onClick=${again}>${t("verify-again")}</button></p>`}
    <p><a href="#/">${t("courses")}</a></p>
  </section>`;
}

/** @param {{error: import("../forms.js").Trouble}} props */
function MailCode({ error }) {
  return html`<${Field}
    name="token"
    label=${t("mail-code")}
    autocomplete="off"
    spellcheck=${false}
    maxlength="400"
    error=${error}
    required
  />`;
}

/** The token of the link that led here. It leaves the address at once. */
function useToken() {
  const token = useRef(query.peek().get("token") ?? "");
  useEffect(hideQuery, []);
  return token.current;
}

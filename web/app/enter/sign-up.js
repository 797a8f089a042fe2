import { Alert, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { go, query, school } from "../state.js";
import { t } from "../texts.js";

export function SignUp() {
  const { busy, error, submit } = useSubmit(async (form) => {
    await school.session.signUp(/** @type {any} */ (filled(form)));
    go("/");
  });
  const wrong = error.value;
  return html`<section class="narrow card">
    <h1 tabindex="-1">${t("sign-up")}</h1>
    <form onSubmit=${submit} novalidate>
      <${Alert} error=${wrong} />
      <div class="pair">
        <${Field} name="firstName" autocomplete="given-name" label=${t("first-name")} error=${wrong} required />
        <${Field} name="lastName" autocomplete="family-name" label=${t("last-name")} error=${wrong} required />
      </div>
      <${Field} name="email" type="email" autocomplete="username" label=${t("email")} error=${wrong} required />
      <${Field}
        name="password"
        type="password"
        autocomplete="new-password"
        label=${t("password")}
        hint=${t("password-hint")}
        error=${wrong}
        required
      />
      <fieldset>
        <legend>${t("role")}</legend>
        <label><input type="radio" name="role" value="student" checked /> ${t("role-student")}</label>
        <label><input type="radio" name="role" value="instructor" /> ${t("role-instructor")}</label>
      </fieldset>
      <${Field}
        name="inviteCode"
        label=${t("invite-code")}
        hint=${t("invite-code-hint")}
        autocomplete="off"
        spellcheck=${false}
        maxlength="64"
        defaultValue=${query.peek().get("invite") ?? ""}
        error=${wrong}
      />
      <button class="primary" aria-disabled=${busy.value}>${t("create-account")}</button>
    </form>
    <p>${t("have-account")} <a href="#/sign-in">${t("sign-in")}</a></p>
  </section>`;
}

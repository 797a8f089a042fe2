import { Alert, Field, filled, useSubmit } from "./forms.js";
import { html } from "./html.js";
import { go, school } from "./state.js";
import { t } from "./texts.js";

export function SignIn() {
  const { busy, error, submit } = useSubmit(async (form) => {
    const { email = "", password = "" } = filled(form);
    await school.session.signIn(email, password);
    go("/");
  });
  return html`<section class="narrow card">
    <h1 tabindex="-1">${t("sign-in")}</h1>
    <form onSubmit=${submit} novalidate>
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
    </form>
    <p>${t("no-account")} <a href="#/sign-up">${t("sign-up")}</a></p>
  </section>`;
}

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
      <button class="primary" aria-disabled=${busy.value}>${t("create-account")}</button>
    </form>
    <p>${t("have-account")} <a href="#/sign-in">${t("sign-in")}</a></p>
  </section>`;
}

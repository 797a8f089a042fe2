import { useSignal } from "@preact/signals";
import { Alert, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { t } from "../texts.js";

/** Change the password; every other session ends. */
export function PasswordSection() {
  const done = useSignal("");
  const { busy, error, submit } = useSubmit(async (form) => {
    done.value = "";
    const { currentPassword = "", newPassword = "" } = filled(form);
    await school.passwords.change(currentPassword, newPassword);
    form.reset();
    done.value = t("password-is-changed");
  });
  const wrong = error.value;
  return html`<section class="card" aria-labelledby="password">
    <h2 id="password" tabindex="-1">${t("change-password")}</h2>
    <p>${t("change-password-hint")}</p>
    <form onSubmit=${submit} aria-labelledby="password" novalidate>
      <${Alert} error=${wrong} />
      <p class="done" role="status">${done.value}</p>
      <input type="text" autocomplete="username" value=${school.session.user?.email} hidden readonly />
      <${Field}
        name="currentPassword"
        type="password"
        autocomplete="current-password"
        label=${t("current-password")}
        error=${wrong}
        required
      />
      <${Field}
        name="newPassword"
        type="password"
        autocomplete="new-password"
        label=${t("new-password")}
        hint=${t("password-hint")}
        error=${wrong}
        required
      />
      <button class="primary" aria-disabled=${busy.value}>${t("change-password")}</button>
    </form>
  </section>`;
}

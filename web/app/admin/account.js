import { nameOf } from "../courses.js";
import { Outcome, Sure, focusOn, useDoing } from "../doing.js";
import { Alert, Choice, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { may, school, user } from "../state.js";
import { t, when } from "../texts.js";
import { Activity } from "./activity.js";
import { Anonymise } from "./anonymise.js";
import { Assignments } from "./assignments.js";
import { AdminFrame, roleChoices } from "./frame.js";

/** @typedef {import("../../sdk/users.js").Account} Account */
/** @typedef {{account: Account, changed: () => Promise<void>}} About */

/** One account, and what can be done about it. @param {{userId: string}} props */
export function AccountPage({ userId }) {
  const loading = useLoaded(() => school.users.read(userId), userId);
  const account = loading.found.value;
  return html`<${AdminFrame} title=${account ? nameOf(account) : t(loading.error.value ? "account" : "loading")}>
    <${Loaded} of=${loading}>
      ${(/** @type {Account} */ found) => html`<${Sections} account=${found} changed=${loading.reload} />`}
    <//>
  <//>`;
}

/** @param {About} about */
function Sections({ account, changed }) {
  const isOwn = account.id === user.value?.id;
  return html`<p class="facts">
      <span>${account.email}</span>
      <span>${account.username}</span>
      <span>${t(`is-${account.role}`)}</span>
      <span>${t(`account-${account.status}`)}</span>
      <span>${t("since", { at: when(account.createdAt) })}</span>
    </p>
    <div class="sections">
      ${!isOwn && html`<${Role} account=${account} changed=${changed} />`}
      ${!isOwn && html`<${Assignments} userId=${account.id} />`}
      ${!isOwn && html`<${Access} account=${account} changed=${changed} />`}
      <${Activity} userId=${account.id} />
      ${!isOwn && may("user.anonymise", "admin") && html`<${Anonymise} account=${account} />`}
    </div>`;
}

/** The primary role. It counts within a second, in every window of that person. @param {About} about */
function Role({ account, changed }) {
  const doing = useDoing();
  const { busy, error, submit } = useSubmit(async (form) => {
    const { role = account.role } = filled(form);
    await school.users.changeRole(account.id, role);
    await changed(); // before the message: what is chosen after it must not be set back
    doing.done.value = t("role-is-changed", { role: t(`is-${role}`) });
  });
  return html`<section class="card" aria-labelledby="role-of">
    <h2 id="role-of">${t("primary-role")}</h2>
    <form onSubmit=${submit} aria-labelledby="role-of">
      <${Alert} error=${error.value} />
      <${Outcome} of=${doing} />
      <${Choice}
        name="role"
        label=${t("column-role")}
        options=${roleChoices()}
        chosen=${account.role}
        error=${error.value}
      />
      <button class="primary" aria-disabled=${busy.value}>${t("change-role")}</button>
    </form>
  </section>`;
}

/** Whether, and how, the person gets in. @param {About} about */
function Access({ account, changed }) {
  const doing = useDoing();
  const name = nameOf(account);
  const endAll = () => {
    return doing.run(async () => {
      const count = await school.users.revokeSessions(account.id);
      doing.done.value = t("sessions-are-ended", { count });
    });
  };
  const reset = () => {
    return doing.run(async () => {
      const isDone = await school.users.resetFactors(account.id);
      doing.done.value = isDone ? t("factors-are-reset") : t("factors-reset-waits");
    });
  };
  const unsuspend = async () => {
    await doing.run(() => school.users.unsuspend(account.id), t("is-unsuspended", { name }));
    await changed();
    focusOn("access");
  };
  return html`<section class="card" aria-labelledby="access">
    <h2 id="access" tabindex="-1">${t("access")}</h2>
    <${Outcome} of=${doing} />
    ${account.status === "suspended"
      ? html`<p>${t("suspended-hint")}</p>
          <p><button type="button" onClick=${unsuspend}>${t("unsuspend")}</button></p>`
      : html`<${Suspend} account=${account} changed=${changed} />`}
    <h3>${t("sessions-of")}</h3>
    <p>${t("end-all-hint")}</p>
    <${Sure} label=${t("end-all")} question=${t("end-all-sure", { name })} yes=${t("end-all-yes")} act=${endAll} />
    <h3>${t("factors")}</h3>
    <p>${t("reset-factors-hint")}</p>
    <${Sure}
      label=${t("reset-factors")}
      question=${t("reset-factors-sure", { name })}
      yes=${t("reset-factors-yes")}
      act=${reset}
    />
  </section>`;
}

/** @param {About} about */
function Suspend({ account, changed }) {
  const { busy, error, submit } = useSubmit(async (form) => {
    await school.users.suspend(account.id, filled(form).reason);
    await changed();
    focusOn("access");
  });
  return html`<form onSubmit=${submit} aria-label=${t("suspend")} novalidate>
    <${Alert} error=${error.value} />
    <${Field}
      name="reason"
      label=${t("suspend-reason")}
      hint=${t("suspend-hint")}
      maxlength="200"
      error=${error.value}
    />
    <button class="danger" aria-disabled=${busy.value}>${t("suspend")}</button>
  </form>`;
}

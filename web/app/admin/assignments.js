import { Outcome, Sure, focusOn, useDoing } from "../doing.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { t, when } from "../texts.js";
import { Assign } from "./assign.js";

/** @typedef {import("../../sdk/users.js").Assignment} Assignment */

/** Roles that count in one place, and permissions that are denied. @param {{userId: string}} props */
export function Assignments({ userId }) {
  const loading = useLoaded(() => school.users.assignments(userId), userId);
  const doing = useDoing();
  /** @param {Assignment} assignment */
  const remove = async ({ assignmentId: id }) => {
    await doing.run(() => school.users.unassign(id), t("assignment-is-removed"));
    await loading.reload();
    focusOn("assignments");
  };
  return html`<section class="card" aria-labelledby="assignments">
    <h2 id="assignments" tabindex="-1">${t("assignments")}</h2>
    <p>${t("assignments-hint")}</p>
    <${Outcome} of=${doing} />
    <${Loaded} of=${loading}>
      ${(/** @type {Assignment[]} */ given) => {
        if (given.length === 0) return html`<p class="empty">${t("no-assignments")}</p>`;
        return html`<ul class="rows">
          ${given.map((one) => html`<${Row} key=${one.assignmentId} assignment=${one} remove=${() => remove(one)} />`)}
        </ul>`;
      }}
    <//>
    <${Assign} userId=${userId} changed=${loading.reload} />
  </section>`;
}

/** @param {Assignment} assignment */
function named({ role, denies }) {
  return role ? t(`is-${role}`) : t("denied", { permission: denies ?? "" });
}

/** @param {{assignment: Assignment, remove: () => void}} props */
function Row({ assignment, remove }) {
  const { scopeType, scopeId, expiresAt, hasExpired } = assignment;
  const name = named(assignment);
  return html`<li>
    <h3>${name}</h3>
    <p class="facts">
      <span>${t(`scope-${scopeType}`)}</span>
      ${scopeId && html`<code>${scopeId}</code>`}
      ${hasExpired && html`<span class="tag">${t("expired")}</span>`}
      <span>${expiresAt ? t("ends-at", { at: when(expiresAt) }) : t("never-ends")}</span>
    </p>
    <${Sure}
      label=${t("remove")}
      name=${t("remove-named", { name })}
      question=${t("remove-assignment-sure")}
      yes=${t("remove-yes")}
      act=${remove}
    />
  </li>`;
}

import { useSignal } from "@preact/signals";
import { Pages } from "../courses.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { has, t, when } from "../texts.js";

const LIMIT = 10;

/** What a person has done lately, newest first. @param {{userId: string}} props */
export function Activity({ userId }) {
  const page = useSignal(1);
  const load = () => school.users.activity(userId, { page: page.value, limit: LIMIT });
  const loading = useLoaded(load, `${userId} ${page.value}`);
  return html`<section class="card" aria-labelledby="activity">
    <h2 id="activity">${t("activity")}</h2>
    <${Loaded} of=${loading}>
      ${(/** @type {{data: any[], pagination?: any}} */ { data, pagination }) => {
        if (data.length === 0) return html`<p class="empty">${t("no-activity")}</p>`;
        return html`<ul class="lines">
            ${data.map(({ id, at, action }) => {
              return html`<li key=${id}><time datetime=${at}>${when(at)}</time> ${actionText(action)}</li>`;
            })}
          </ul>
          ${pagination && html`<${Pages} pagination=${pagination} page=${page} />`}`;
      }}
    <//>
  </section>`;
}

/** What was done, in words where there are some. @param {string} action */
export function actionText(action) {
  const id = `did-${action.replaceAll(/[._]/g, "-")}`;
  return has(id) ? t(id) : action;
}

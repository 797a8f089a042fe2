import { useSignal } from "@preact/signals";
import { Pages, nameOf } from "../courses.js";
import { Field, filled } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { Rows } from "../table.js";
import { t, when } from "../texts.js";
import { actionText } from "./activity.js";
import { AdminFrame } from "./frame.js";

/** @typedef {import("../../sdk/audit.js").AuditQuery} AuditQuery */
/** @typedef {import("../../sdk/audit.js").AuditRow} AuditRow */

const LIMIT = 25;
const COLUMNS = ["column-at", "column-action", "column-actor", "column-subject", "column-details"];

/** What was done in the school, by whom and from where, newest first. */
export function AuditPage() {
  const filters = useSignal(/** @type {AuditQuery} */ ({}));
  const page = useSignal(1);
  const loading = useLoaded(
    () => school.audit.list({ ...filters.value, page: page.value, limit: LIMIT }),
    JSON.stringify([filters.value, page.value]),
  );
  /** @param {AuditQuery} chosen */
  const changed = (chosen) => {
    filters.value = chosen;
    page.value = 1;
  };
  const total = loading.found.value?.pagination?.totalCount ?? 0;
  return html`<${AdminFrame} title=${t("audit")}>
    <${Filters} changed=${changed} trouble=${loading.error.value} />
    <p id="found" class="count" role="status">${loading.found.value ? t("found-rows", { count: total }) : ""}</p>
    <${Loaded} of=${loading}>
      ${(/** @type {{data: AuditRow[], pagination?: any}} */ { data, pagination }) => {
        return html`${data.length > 0 &&
          html`<${Rows} about="found" columns=${COLUMNS}>
            ${data.map((one) => html`<${Row} key=${one.id} row=${one} />`)}
          <//>`}
          ${pagination && html`<${Pages} pagination=${pagination} page=${page} />`}`;
      }}
    <//>
  <//>`;
}

/** @param {{changed: (chosen: AuditQuery) => void, trouble: import("../forms.js").Trouble}} props */
function Filters({ changed, trouble }) {
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    const { from, to, ...rest } = filled(/** @type {HTMLFormElement} */ (event.currentTarget));
    const days = { ...(from && { from: startOf(from) }), ...(to && { to: startOf(to, 1) }) };
    changed({ ...rest, ...days });
  };
  const common = { maxlength: "100", autocomplete: "off", spellcheck: false, error: trouble };
  return html`<form class="filters" role="search" onSubmit=${submit} onReset=${() => changed({})} novalidate>
    <${Field} name="actor" label=${t("filter-actor")} ...${common} />
    <${Field} name="action" label=${t("filter-action")} placeholder="session.opened" ...${common} />
    <${Field} name="subject" label=${t("filter-subject")} placeholder="user:…" ...${common} />
    <${Field} name="from" type="date" label=${t("filter-from")} error=${trouble} />
    <${Field} name="to" type="date" label=${t("filter-to")} error=${trouble} />
    <div class="tools">
      <button class="primary">${t("filter")}</button>
      <button type="reset">${t("filter-none")}</button>
    </div>
  </form>`;
}

/** The first instant of a day where the reader is, or of the day after it.
 * @param {string} day @param {number} [after] */
function startOf(day, after = 0) {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + after).toISOString();
}

/** @param {{row: AuditRow}} props */
function Row({ row }) {
  const { at, action, actor, actorId, subject, subjectUser, ip, details, result } = row;
  const facts = Object.entries(details ?? {}).filter(([, value]) => value !== null && value !== "");
  return html`<tr>
    <td><time datetime=${at}>${when(at)}</time></td>
    <th scope="row">${actionText(action)}<br /><code class="soft">${action}</code></th>
    <td>
      ${actorId ? html`<a href=${`#/admin/users/${actorId}`}>${nameOf(actor) || actorId}</a>` : t("nobody")}
      <br /><span class="soft">${ip}</span>
    </td>
    <td><${Subject} subject=${subject} person=${subjectUser} /></td>
    <td>
      ${result !== "done" && html`<div class="wrong">${result}</div>`}
      ${facts.map(([name, value]) => html`<div key=${name}><span class="soft">${name}</span> ${shown(value)}</div>`)}
    </td>
  </tr>`;
}

/** A subject as `kind:id`; people and courses have a page.
 * @param {{subject: string, person: import("../../sdk/audit.js").Somebody | null}} props */
function Subject({ subject, person }) {
  const [kind = "", id = ""] = subject.split(":");
  const to = { user: `#/admin/users/${id}`, course: `#/courses/${id}` }[kind];
  return to && id.length === 24 ? html`<a href=${to}>${nameOf(person) || subject}</a>` : html`<code>${subject}</code>`;
}

/** @param {unknown} value */
function shown(value) {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

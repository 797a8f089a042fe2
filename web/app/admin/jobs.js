import { useSignal } from "@preact/signals";
import { Pages } from "../courses.js";
import { Outcome, Sure, useDoing } from "../doing.js";
import { Alert, Choice } from "../forms.js";
import { html } from "../html.js";
import { useLooking } from "../looking.js";
import { school } from "../state.js";
import { Rows, Table } from "../table.js";
import { has, language, t, when } from "../texts.js";
import { AdminFrame } from "./frame.js";

/** @typedef {import("../../sdk/jobs.js").JobBoard} JobBoard */
/** @typedef {import("../../sdk/jobs.js").JobRow} JobRow */
/** @typedef {{state: string, kind: string}} Filters */

const EVERY_MS = 2000;
const LIMIT = 25;
const STATES = ["running", "ready", "dead", "done"];
const LANES = ["column-lane", "column-ready", "column-running", "column-dead", "column-oldest", "column-limit"];
const CRON = ["column-job", "column-when", "column-next", "column-last"];
const JOBS = ["column-job", "column-state", "column-attempts", "column-times", "column-outcome"];

/** The work that is done afterwards: what waits, what runs, what is dead, and what is due by itself. */
export function JobsPage() {
  const { seen, error } = useLooking((signal) => school.jobs.board(signal), EVERY_MS);
  const board = seen.value;
  return html`<${AdminFrame} title=${t("jobs")}>
    <${Alert} error=${error.value} />
    ${!board && !error.value && html`<p role="status" class="loading">${t("loading")}</p>`}
    ${board &&
    html`<p class="count">${t("workers-run", { count: board.workers })}</p>
      <${Lanes} lanes=${board.lanes} />
      <${Found} kinds=${board.kinds.map(({ kind }) => kind)} />
      <${Schedule} cron=${board.cron} />`}
  <//>`;
}

/** @param {{lanes: JobBoard["lanes"]}} props */
function Lanes({ lanes }) {
  return html`<${Table} title="lanes" columns=${LANES}>
    ${lanes.map((one) => {
      return html`<tr key=${one.lane}>
        <th scope="row">${nameOf("lane", one.lane)}</th>
        <td class="number">${number(one.ready)}</td>
        <td class="number">${number(one.running)}</td>
        <td class="number">${one.dead > 0 ? html`<strong class="wrong">${number(one.dead)}</strong>` : 0}</td>
        <td class="number">${one.ready > 0 ? t("seconds", { count: number(Math.ceil(one.oldestReadyS)) }) : "–"}</td>
        <td class="number">${number(one.limit)}</td>
      </tr>`;
    })}
  <//>`;
}

/** The jobs of one state, as they come and go. @param {{kinds: string[]}} props */
function Found({ kinds }) {
  const filters = useSignal(/** @type {Filters} */ ({ state: "running", kind: "" }));
  const page = useSignal(1);
  const asked = { ...filters.value, page: page.value, limit: LIMIT };
  const { seen, error } = useLooking((signal) => school.jobs.list(asked, signal), EVERY_MS, JSON.stringify(asked));
  const doing = useDoing();
  const pick = (/** @type {Event} */ event) => {
    const { name, value } = /** @type {HTMLSelectElement} */ (event.currentTarget);
    filters.value = { ...filters.value, [name]: value };
    page.value = 1;
  };
  const any = /** @type {[string, string]} */ (["", t("any")]);
  const found = seen.value;
  return html`<h2 id="found-jobs">${t("job-list")}</h2>
    <form class="filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <${Choice}
        name="state"
        label=${t("column-state")}
        options=${STATES.map((one) => [one, t(`job-${one}`)])}
        chosen=${filters.value.state}
        onChange=${pick}
      />
      <${Choice}
        name="kind"
        label=${t("column-job")}
        options=${[any, ...kinds.map((one) => [one, nameOf("job-kind", one)])]}
        chosen=${filters.value.kind}
        onChange=${pick}
      />
    </form>
    <${Alert} error=${error.value} />
    <${Outcome} of=${doing} />
    ${found?.data.length === 0 && html`<p class="empty">${t("no-jobs")}</p>`}
    ${found &&
    found.data.length > 0 &&
    html`<${Rows} about="found-jobs" columns=${JOBS}>
      ${found.data.map((job) => html`<${Row} key=${job.jobId} job=${job} doing=${doing} />`)}
    <//>`}
    ${found?.pagination && html`<${Pages} pagination=${found.pagination} page=${page} />`}`;
}

/** @param {{job: JobRow, doing: import("../doing.js").Doing}} props */
function Row({ job, doing }) {
  return html`<tr>
    <th scope="row">${nameOf("job-kind", job.kind)}<br /><code class="soft">${job.kind}</code></th>
    <td>${t(`job-${job.state}`)} <${Progress} job=${job} /></td>
    <td class="number">${job.attempt} / ${job.attempts ?? "–"}</td>
    <td><${Times} job=${job} /></td>
    <td>
      ${job.error && html`<div class="wrong">${job.error}</div>`}
      ${job.state === "dead" && html`<${Mend} job=${job} doing=${doing} />`}
    </td>
  </tr>`;
}

/** @param {{job: JobRow}} props */
function Progress({ job }) {
  if (!job.progress) return null;
  const { done, total, percent } = job.progress;
  const said = t("job-progress", { done: number(done), total: number(total), percent: number(percent) });
  return html`<div>
    <progress max="100" value=${percent} aria-label=${said}></progress><br /><span class="soft">${said}</span>
  </div>`;
}

/** When it was made, and what is next or was last. @param {{job: JobRow}} props */
function Times({ job }) {
  const ended = job.finishedAt && ["ended-at", job.finishedAt];
  const begun = job.state === "running" && job.startedAt && ["started-at", job.startedAt];
  const [text = "due-at", at = job.runAt] = ended || begun || [];
  return html`<span class="soft">${t("made-at", { at: when(job.createdAt) })}</span><br />
    <time datetime=${at}>${t(text, { at: when(at) })}</time>`;
}

/** What can be done about a job that has died. @param {{job: JobRow, doing: import("../doing.js").Doing}} props */
function Mend({ job, doing }) {
  const name = nameOf("job-kind", job.kind);
  const again = () => doing.run(() => school.jobs.requeue(job.jobId), t("job-is-requeued", { name }));
  const discard = () => doing.run(() => school.jobs.discard(job.jobId), t("job-is-discarded", { name }));
  return html`<div class="tools">
      <button type="button" aria-label=${t("requeue-job", { name })} onClick=${again}>${t("requeue")}</button>
    </div>
    <${Sure}
      label=${t("give-up")}
      name=${t("discard-job", { name })}
      question=${t("discard-sure")}
      yes=${t("discard-yes")}
      act=${discard}
    />`;
}

/** @param {{cron: JobBoard["cron"]}} props */
function Schedule({ cron }) {
  if (cron.length === 0) return null;
  return html`<${Table} title="due-by-themselves" columns=${CRON}>
    ${cron.map((one) => {
      return html`<tr key=${one.kind}>
        <th scope="row">${nameOf("job-kind", one.kind)}<br /><code class="soft">${one.kind}</code></th>
        <td><code>${one.line}</code><br /><span class="soft">${one.zone}</span></td>
        <td><time datetime=${one.nextRunAt}>${when(one.nextRunAt)}</time></td>
        <td>
          ${one.lastRunAt ? html`<time datetime=${one.lastRunAt}>${when(one.lastRunAt)}</time>` : t("never-yet")}
          ${one.lastState && html`<br /><span class="soft">${t(`job-${one.lastState}`)}</span>`}
        </td>
      </tr>`;
    })}
  <//>`;
}

/** The name in the reader's language; what has none yet shows as it is. @param {string} what @param {string} name */
function nameOf(what, name) {
  const id = `${what}-${name.replace(/[._]/g, "-")}`;
  return has(id) ? t(id) : name;
}

/** @param {number} value */
function number(value) {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: 0 }).format(value);
}

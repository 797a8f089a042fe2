import { useSignal } from "@preact/signals";
import { AdminFrame } from "./admin/frame.js";
import { Chart } from "./chart.js";
import { Disconnect, Follow } from "./disconnect.js";
import { Alert } from "./forms.js";
import { html } from "./html.js";
import { useLooking } from "./looking.js";
import { school } from "./state.js";
import { Table } from "./table.js";
import { language, t } from "./texts.js";

/** @typedef {{id: string, instance: string, name: string, kind: string, pid: number, startedAt: string,
 *   draining: boolean, sockets: number, feeds: number, streams: number, queueBytes: number, bus: string,
 *   busLagS: number, loopLagS: number}} Process */
/** @typedef {{processes: number, sockets: number, feeds: number, streams: number, queueBytes: number, bus: string,
 *   busLagS: number, loopLagS: number, eventsDelivered: number, eventsReplayed: number,
 *   evictions: Record<string, number>, refusals: Record<string, number>, resets: Record<string, number>}} Totals */
/** @typedef {{at: string, totals: Totals, processes: Process[], busiest: {stream: string, followers: number}[],
 *   asked: number, answered: number}} Realtime */
/** @typedef {{at: number, connections: number, delivered: number, rate: number}} Sample */

const EVERY_MS = 2000;
const SAMPLES = 90;

/** What the live side of the school does just now, for those who operate it. */
export function Operations() {
  const samples = useSignal(/** @type {Sample[]} */ ([]));
  const { seen, error } = useLooking(async (signal) => {
    const { data } = await school.rest.get("/admin/realtime", {}, { signal });
    samples.value = [...samples.value, sampled(data, samples.value.at(-1))].slice(-SAMPLES);
    return /** @type {Realtime} */ (data);
  }, EVERY_MS);

  return html`<${AdminFrame} title=${t("operations")}>
    <${Alert} error=${error.value} />
    ${!seen.value && !error.value && html`<p role="status">${t("loading")}</p>`}
    ${seen.value && html`<${Seen} seen=${seen.value} samples=${samples.value} isStale=${error.value !== null} />`}
  <//>`;
}

/** One more point of the chart; deliveries are counted since the start of each process, so a restart is no fall.
 * @param {Realtime} seen @param {Sample | undefined} before @returns {Sample} */
function sampled({ at, totals }, before) {
  const now = Date.parse(at);
  const seconds = before ? (now - before.at) / 1000 : 0;
  const more = before ? Math.max(totals.eventsDelivered - before.delivered, 0) : 0;
  const rate = seconds > 0 ? more / seconds : 0;
  return { at: now, connections: totals.sockets + totals.feeds, delivered: totals.eventsDelivered, rate };
}

/** @param {{seen: Realtime, samples: Sample[], isStale: boolean}} props */
function Seen({ seen, samples, isStale }) {
  const at = new Intl.DateTimeFormat(language.value, { timeStyle: "medium" }).format(new Date(seen.at));
  const { asked, answered } = seen;
  return html`<p class="count">
      ${t(isStale ? "seen-last" : "seen-at", { at })}
      ${answered < asked && html` <strong>${t("unanswered", { asked, answered })}</strong>`}
    </p>
    <${Figures} totals=${seen.totals} rate=${samples.at(-1)?.rate ?? 0} />
    <${Chart} samples=${samples} />
    <${Processes} processes=${seen.processes} />
    <${Busiest} busiest=${seen.busiest} />
    <${Disconnect} />`;
}

/** @param {{totals: Totals, rate: number}} props */
function Figures({ totals, rate }) {
  const figures = {
    "figure-sockets": number(totals.sockets),
    "figure-feeds": number(totals.feeds),
    "figure-streams": number(totals.streams),
    "figure-rate": number(rate),
    "figure-queue": bytes(totals.queueBytes),
    "figure-bus": t(`bus-${totals.bus}`),
    "figure-bus-lag": milliseconds(totals.busLagS),
    "figure-loop-lag": milliseconds(totals.loopLagS),
    "figure-evictions": counted(totals.evictions),
    "figure-resets": counted(totals.resets),
    "figure-refusals": counted(totals.refusals),
    "figure-replayed": number(totals.eventsReplayed),
  };
  return html`<dl class="figures">
    ${Object.entries(figures).map(([id, value]) => {
      return html`<div key=${id} class="card">
        <dt>${t(id)}</dt>
        <dd>${value}</dd>
      </div>`;
    })}
  </dl>`;
}

/** @param {{processes: Process[]}} props */
function Processes({ processes }) {
  const columns = ["process", "kind", "pid", "sockets", "feeds", "streams", "queue", "bus", "loop-lag"];
  return html`<${Table} title="processes" columns=${columns.map((name) => `column-${name}`)}>
    ${processes.map((one) => {
      const name = `${one.instance} ${one.name}`;
      return html`<tr key=${one.id}>
        <th scope="row">${name} ${one.draining && html`<span class="tag">${t("draining")}</span>`}</th>
        <td>${t(`kind-${one.kind}`)}</td>
        <td class="number">${one.pid}</td>
        <td class="number">${number(one.sockets)}</td>
        <td class="number">${number(one.feeds)}</td>
        <td class="number">${number(one.streams)}</td>
        <td class="number">${bytes(one.queueBytes)}</td>
        <td>${t(`bus-${one.bus}`)}</td>
        <td class="number">${milliseconds(one.loopLagS)}</td>
      </tr>`;
    })}
  <//>`;
}

/** @param {{busiest: {stream: string, followers: number}[]}} props */
function Busiest({ busiest }) {
  if (busiest.length === 0) return html`<h2>${t("busiest")}</h2><p class="empty">${t("nobody-follows")}</p>`;
  return html`<${Table} title="busiest" columns=${["column-stream", "column-followers", "column-who"]}>
    ${busiest.map(({ stream, followers }) => {
      return html`<tr key=${stream}>
        <th scope="row">${stream}</th>
        <td class="number">${number(followers)}</td>
        <td><${Follow} stream=${stream} /></td>
      </tr>`;
    })}
  <//>`;
}

/** @param {number} value */
function number(value) {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** @param {number} seconds */
function milliseconds(seconds) {
  return `${number(seconds * 1000)} ms`;
}

/** @param {number} value */
function bytes(value) {
  return value < 10_240 ? `${number(value)} B` : `${number(value / 1024)} KiB`;
}

/** A sum, and what it is made of. @param {Record<string, number>} causes */
function counted(causes) {
  const parts = Object.entries(causes).filter(([, count]) => count > 0);
  const sum = number(parts.reduce((sum, [, count]) => sum + count, 0));
  return parts.length === 0 ? sum : `${sum} (${parts.map(([cause, count]) => `${cause} ${number(count)}`).join(", ")})`;
}

import { signal } from "@preact/signals";
import { html } from "./html.js";
import { language, t, when } from "./texts.js";

const TICK_MS = 30_000;
const DAY_MS = 86_400_000;
/** How many seconds each unit has, the longest first. @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** What time it is, as precisely as pages that say “5 minutes ago” need to know. */
const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), TICK_MS);

/** How long ago, with the exact time for those who ask. @param {{at: string}} props */
export function Ago({ at }) {
  return html`<time datetime=${at} title=${when(at)}>${ago(at, now.value)}</time>`;
}

/** @param {string} instant @param {number} present */
function ago(instant, present) {
  const seconds = Math.min(0, (Date.parse(instant) - present) / 1000);
  const [unit, length] = UNITS.find(([, length]) => -seconds >= length) ?? [];
  if (!unit || !length) return t("just-now");
  const words = new Intl.RelativeTimeFormat(language.value, { numeric: "auto", style: "long" });
  return words.format(Math.ceil(seconds / length), unit);
}

/** @param {string} instant */
export function clock(instant) {
  return new Intl.DateTimeFormat(language.value, { timeStyle: "short" }).format(new Date(instant));
}

/** The day, in words where it is near. @param {string} instant */
export function dayOf(instant) {
  const then = new Date(instant);
  const days = Math.round((midnight(then) - midnight(new Date(now.value))) / DAY_MS);
  if (days >= -1 && days <= 0) {
    return new Intl.RelativeTimeFormat(language.value, { numeric: "auto" }).format(days || 0, "day");
  }
  return new Intl.DateTimeFormat(language.value, { dateStyle: "full" }).format(then);
}

/** @param {Date} day */
function midnight(day) {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}

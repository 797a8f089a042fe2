const DAY_MS = 86_400_000;

/** The zone of this device. */
export const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What a clock in the zone shows at an instant, as a field for dates takes it. @param {string | number} instant */
export function wallAt(instant, zone = here) {
  /** @type {Intl.DateTimeFormatOptions} */
  const digits = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  const format = new Intl.DateTimeFormat("en-GB", { ...digits, timeZone: zone, hourCycle: "h23" });
  const parts = Object.fromEntries(format.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
  const { year = "", month, day, hour, minute, second } = parts;
  return `${year.padStart(4, "0")}-${month}-${day}T${hour}:${minute}${second === "00" ? "" : `:${second}`}`;
}

/**
 * The instant at which a clock in the zone shows this, in milliseconds; NaN where it says nothing. As on the server: of
 * a time that comes twice the first, and of one that is skipped as far behind the gap.
 * @param {string} wall
 */
export function instantOf(wall, zone = here) {
  const shown = Date.parse(`${wall}Z`);
  if (Number.isNaN(shown)) return Number.NaN;
  const offset = (/** @type {number} */ at) => Date.parse(`${wallAt(at, zone)}Z`) - at;
  const [before, after] = [shown - offset(shown - DAY_MS), shown - offset(shown + DAY_MS)];
  const fits = (/** @type {number} */ at) => at + offset(at) === shown;
  return fits(before) || !fits(after) ? before : after;
}

/** An instant in words, with its zone. @param {string} language @param {string | number} instant */
export function inWords(language, instant, zone = here) {
  const style = /** @type {const} */ ({ dateStyle: "full", timeStyle: "long" });
  return new Intl.DateTimeFormat(language, { ...style, timeZone: zone }).format(new Date(instant));
}

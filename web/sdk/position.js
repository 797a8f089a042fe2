/** Where a stream stands: its epoch, and the number of its last event.
 * @typedef {[epoch: string, seq: number]} Position */
/** What every numbered event carries, beside its own fields.
 * @typedef {{_stream: string, _seq: number, _epoch: string, _at: string, _id: string, _version: number,
 *   _mutation?: string, _redacted?: boolean, [field: string]: any}} LiveEvent */
/** @typedef {"apply" | "drop" | "gap" | "reset"} Verdict */

/**
 * The rule that makes application exactly-once: only the next number counts.
 * @param {Position | undefined} position the last event that was applied; none: the stream begins with this one
 * @param {LiveEvent} event
 * @returns {Verdict}
 */
export function judge(position, event) {
  if (!position) return "apply";
  const [epoch, seq] = position;
  if (event._epoch !== epoch) return "reset";
  if (event._seq <= seq) return "drop";
  return event._seq === seq + 1 ? "apply" : "gap";
}

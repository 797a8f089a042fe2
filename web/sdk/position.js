/** Where a stream stands: its epoch, and the number of its last event.
 * @typedef {[epoch: string, seq: number]} Position */
/** What every numbered event carries, beside its own fields.
 * @typedef {{_stream: string, _seq: number, _epoch: string, _at: string, _id: string, _version: number,
 *   _mutation?: string, _redacted?: boolean, [field: string]: any}} LiveEvent */
/** @typedef {"apply" | "drop" | "gap" | "reset"} Verdict */

/**
 * Where to go on from so that nobody misses anything, when several follow the same streams: what one of them has
 * applied already is dropped by that one.
 * @param {ReadonlyMap<string, Position>[]} all
 * @returns {Record<string, Position>}
 */
export function earliest(all) {
  /** @type {Record<string, Position>} */
  const found = {};
  for (const [stream, position] of all.flatMap((one) => [...one])) {
    const known = found[stream];
    if (!known || (known[0] === position[0] && position[1] < known[1])) found[stream] = position;
  }
  return found;
}

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

import { Live } from "./live.js";
import { Rest } from "./rest.js";
import { Room } from "./room.js";
import { Session } from "./session.js";

export { ApiError } from "./errors.js";
export { applied, feedOf } from "./feed.js";
export { judge } from "./position.js";
export { attended } from "./room.js";
export { Live, Rest, Room, Session };

/**
 * A client of one school. `url` is its address, by default that of the page; `language` is what errors are told in.
 * @param {{url?: string, language?: () => string, fetch?: typeof fetch}} [options]
 */
export function client({ url = globalThis.location?.origin ?? "", language = () => "en", fetch } = {}) {
  const wire = {
    url: url.replace(/\/$/, ""),
    language,
    fetch: fetch ?? ((/** @type {any} */ input, /** @type {any} */ init) => globalThis.fetch(input, init)),
  };
  const session = new Session(wire);
  const rest = new Rest(wire, session);
  /** Open the live connection of whoever is signed in. @param {import("./live.js").LiveOptions} [live] */
  const connect = (live) => new Live(wire, session, live);
  /**
   * Go into a course's room: see who is here and who is typing, and be seen.
   * @param {Live} live @param {string} courseId @param {(state: import("./room.js").RoomState) => void} changed
   */
  const room = (live, courseId, changed) => new Room(live, rest, courseId, changed);
  return { session, rest, connect, room };
}

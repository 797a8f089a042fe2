import { auditOf } from "./audit.js";
import { factorsOf } from "./factors.js";
import { jobsOf } from "./jobs.js";
import { keysOf } from "./keys.js";
import { Live } from "./live.js";
import { notificationsOf } from "./notifications.js";
import { messagesOf } from "./messages.js";
import { passkeysOf } from "./passkeys.js";
import { passwordsOf } from "./passwords.js";
import { profilesOf } from "./profiles.js";
import { providersOf } from "./providers.js";
import { pushOf } from "./push.js";
import { Rest } from "./rest.js";
import { Room } from "./room.js";
import { Session } from "./session.js";
import { sessionsOf } from "./sessions.js";
import { invitesOf, usersOf } from "./users.js";
import { webhooksOf } from "./webhooks.js";

export { conversed, joined, threaded } from "./conversations.js";
export { ApiError } from "./errors.js";
export { applied, feedOf } from "./feed.js";
export { noticed } from "./notices.js";
export { createdPasskey, knowsPasskeys, signedByPasskey } from "./passkeys.js";
export { knowsPush } from "./push.js";
export { judge } from "./position.js";
export { attended } from "./room.js";
export { Typists } from "./typists.js";
export { Live, Rest, Room, Session };

/**
 * A client of one school. `url` is its address, by default that of the page; `language` is what errors are told in;
 * `prove` asks the user to prove again who they are (with `factors.stepUp`), where a call needs it.
 * @param {{url?: string, language?: () => string, fetch?: typeof fetch, prove?: import("./rest.js").Prove}} [options]
 */
export function client({ url = globalThis.location?.origin ?? "", language = () => "en", fetch, prove } = {}) {
  const wire = {
    url: url.replace(/\/$/, ""),
    language,
    fetch: fetch ?? ((/** @type {any} */ input, /** @type {any} */ init) => globalThis.fetch(input, init)),
  };
  const session = new Session(wire);
  const rest = new Rest(wire, session, { prove });
  /** Open the live connection of whoever is signed in. @param {import("./live.js").LiveOptions} [live] */
  const connect = (live) => new Live(wire, session, live);
  /**
   * Go into a course's room: see who is here and who is typing, and be seen.
   * @param {Live} live @param {string} courseId @param {(state: import("./room.js").RoomState) => void} changed
   */
  const room = (live, courseId, changed) => new Room(live, rest, courseId, changed);
  return {
    session,
    rest,
    connect,
    room,
    sessions: sessionsOf(rest),
    passwords: passwordsOf(rest),
    factors: factorsOf(rest, session),
    passkeys: passkeysOf(rest, session),
    providers: providersOf(rest),
    profiles: profilesOf(rest),
    messages: messagesOf(rest),
    users: usersOf(rest),
    invites: invitesOf(rest),
    jobs: jobsOf(rest),
    keys: keysOf(rest),
    audit: auditOf(rest),
    notifications: notificationsOf(rest),
    push: pushOf(rest),
    webhooks: webhooksOf(rest),
  };
}

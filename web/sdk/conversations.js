/** @typedef {import("./messages.js").Person} Person */
/** A message as a page has it: loaded with its sender, or told with the sender's name.
 * @typedef {Omit<import("./messages.js").Message, "sender"> & {sender?: Person | null, senderName?: string}} Message */
/** @typedef {Omit<import("./messages.js").Thread, "lastMessage" | "participantCount"> & {lastMessage: Message | null,
 *   participantCount?: number}} Thread */
/** @typedef {import("./position.js").LiveEvent} LiveEvent */

/**
 * A conversation after one event, by number. What was loaded may be younger than the event, so neither a change nor a
 * deletion is ever taken back.
 * @param {readonly Message[]} messages @param {string} name @param {LiveEvent} event
 * @returns {readonly Message[]}
 */
export function conversed(messages, name, event) {
  const known = messages.find((one) => one.messageId === event.messageId);
  if (name === "message.received") return known ? messages : joined(messages, [received(event)]);
  if (!known || known.deletedAt || known.version > event._version) return messages;
  const version = event._version;
  if (name === "message.updated") {
    return joined(messages, [{ ...known, content: event.content, editedAt: event.editedAt ?? event._at, version }]);
  }
  if (name !== "message.deleted") return messages;
  return joined(messages, [{ ...known, content: "", deletedAt: event.deletedAt ?? event._at, version }]);
}

/** The message that an event brings. @param {LiveEvent} event @returns {Message} */
function received({ messageId, threadId, seq, from: senderId, senderName, content, sentAt, clientId, _version }) {
  const said = { messageId, threadId, seq, senderId, senderName, content, sentAt, clientId: clientId ?? null };
  return { ...said, version: _version, editedAt: null, deletedAt: null };
}

/** Both, each message once, the later one counts. @param {readonly Message[]} messages @param {readonly Message[]} more */
export function joined(messages, more) {
  const all = new Map([...messages, ...more].map((one) => [one.messageId, one]));
  return [...all.values()].sort((a, b) => a.seq - b.seq);
}

/**
 * The threads after one event, the latest first; null where they are to be loaded anew, because one is not among them
 * any more, or not yet, or because other people are in it.
 * @param {readonly Thread[]} threads @param {string} name @param {LiveEvent} event @param {string} me
 * @returns {readonly Thread[] | null}
 */
export function threaded(threads, name, event, me) {
  const known = threads.find((one) => one.threadId === event.threadId);
  if (name === "thread.updated" && (!known || isOther(event))) return null;
  if (!known) return name === "message.received" ? null : threads;
  const now = changed(known, name, event, me);
  if (now === known) return threads;
  const all = threads.map((one) => (one === known ? now : one));
  return all.sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
}

/** @param {Thread} thread @param {string} name @param {LiveEvent} event @param {string} me @returns {Thread} */
function changed(thread, name, event, me) {
  const last = thread.lastMessage;
  if (name === "message.received") {
    if (last && last.seq >= event.seq) return thread;
    const unread = event.from === me ? thread.unread : thread.unread + 1;
    return { ...thread, lastMessage: received(event), unread, updatedAt: event.sentAt };
  }
  if (name === "thread.read") {
    if (event.seq < thread.lastReadSeq) return thread;
    return { ...thread, unread: event.unread, lastReadSeq: event.seq };
  }
  if (name === "thread.updated") {
    return { ...thread, title: event.title ?? thread.title, muted: event.muted ?? thread.muted };
  }
  const lastMessage = last && (conversed([last], name, event)[0] ?? null);
  return lastMessage === last ? thread : { ...thread, lastMessage };
}

/** Whether other people are in the thread, or it is in another place. @param {LiveEvent} event */
function isOther({ participantCount, left, archived }) {
  return [participantCount, left, archived].some((one) => one !== undefined && one !== null);
}

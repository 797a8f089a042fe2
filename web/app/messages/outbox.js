import { signal } from "@preact/signals";
import { ApiError } from "../../sdk/index.js";
import { school } from "../state.js";

/** @typedef {import("../../sdk/conversations.js").Message} Message */
/** A message that is on its way, or did not get there.
 * @typedef {{clientId: string, threadId: string, content: string, at: string, error: ApiError | null}} Outgoing */

/** What this page has not got through yet, in the order in which it was written; it stays while one looks elsewhere.
 * @type {import("@preact/signals").Signal<readonly Outgoing[]>} */
export const outbox = signal([]);

/** One at a time, so that messages arrive in the order in which they were written. @type {Promise<void>} */
let line = Promise.resolve();

/** @param {string} threadId @param {string} content @param {(message: Message) => void} sent */
export function send(threadId, content, sent) {
  const one = { clientId: crypto.randomUUID(), threadId, content, at: new Date().toISOString(), error: null };
  outbox.value = [...outbox.value, one];
  queue(one, sent);
}

/** Try again what did not get there. @param {Outgoing} one @param {(message: Message) => void} sent */
export function sendAgain(one, sent) {
  change(one, { error: null });
  queue(one, sent);
}

/** Give it up. @param {Outgoing} one */
export function discard({ clientId }) {
  outbox.value = outbox.value.filter((other) => other.clientId !== clientId);
}

/** @param {Outgoing} one @param {(message: Message) => void} sent */
function queue(one, sent) {
  line = line.then(async () => {
    try {
      const { clientId, threadId, content } = one;
      sent(await school.messages.send({ threadId, content, clientId }));
      discard(one);
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      change(one, { error: thrown });
    }
  });
}

/** @param {Outgoing} one @param {Partial<Outgoing>} now */
function change({ clientId }, now) {
  outbox.value = outbox.value.map((other) => (other.clientId === clientId ? { ...other, ...now } : other));
}

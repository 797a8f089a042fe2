import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Typists, conversed, joined } from "../../sdk/index.js";
import { troubleOf } from "../forms.js";
import { live, school } from "../state.js";
import { me, onMessage, tell } from "./store.js";

/** @typedef {import("../../sdk/conversations.js").Message} Message */
/** @typedef {import("../../sdk/conversations.js").Thread} Thread */
/** @typedef {import("../../sdk/position.js").LiveEvent} LiveEvent */

const PAGE = 50;
const MOST_PAGES = 20;

/** One thread and its messages as they come, are changed and deleted, and who is writing. What happens while they load
 * is applied to what came. @param {string} threadId @param {number | null} upTo a message that is to be among them */
export function useConversation(threadId, upTo) {
  const thread = useSignal(/** @type {Thread | null} */ (null));
  const messages = useSignal(/** @type {readonly Message[] | null} */ (null));
  const typists = useSignal(/** @type {import("../../sdk/typists.js").Typist[]} */ ([]));
  const error = useSignal(/** @type {import("../forms.js").Trouble} */ (null));
  const hasOlder = useSignal(false);
  const writing = useRef(/** @type {Typists | null} */ (null));
  writing.current ??= new Typists((now) => (typists.value = now));
  const meanwhile = useRef(/** @type {[string, LiveEvent][]} */ ([]));

  const load = async () => {
    meanwhile.current = [];
    try {
      const [found, page] = await Promise.all([school.messages.thread(threadId), newest(threadId)]);
      thread.value = found;
      take(page.data);
      error.value = null;
      return page.asOf;
    } catch (thrown) {
      error.value = troubleOf(thrown);
      return undefined;
    }
  };

  /** What was known stays, unless there is a gap before the newest. @param {Message[]} page */
  const take = (page) => {
    const known = messages.value ?? [];
    const isGap = known.length > 0 && page.length > 0 && (known.at(-1)?.seq ?? 0) < (page[0]?.seq ?? 0) - 1;
    /** @type {readonly Message[]} */
    let now = isGap ? joined([], page) : joined(known, page);
    for (const [name, event] of meanwhile.current) now = conversed(now, name, event);
    messages.value = now;
    hasOlder.value = isThereMore(now);
  };

  const older = async () => {
    const first = messages.value?.[0]?.seq;
    if (first === undefined) return;
    try {
      const { data } = await school.messages.messages(threadId, { before: first, limit: PAGE });
      messages.value = joined(data, messages.value ?? []);
      hasOlder.value = data.length === PAGE;
    } catch (thrown) {
      error.value = troubleOf(thrown);
    }
  };

  /** @param {string} name @param {any} event */
  const heard = (name, event) => {
    if (name === "reset") return void load();
    if (event?.threadId !== threadId) return;
    if (name === "typing") return void (event.userId !== me() && writing.current?.told(event));
    if (name === "message.received") writing.current?.stopped(event.from);
    if (name === "thread.updated") void load();
    meanwhile.current.push([name, event]);
    if (messages.value) messages.value = conversed(messages.value, name, event);
  };

  useEffect(() => {
    const end = onMessage(heard);
    void load().then(async () => {
      for (let page = 0; upTo && hasOlder.value && page < MOST_PAGES; page++) {
        if ((messages.value?.[0]?.seq ?? 0) <= upTo) break;
        await older();
      }
    });
    return () => {
      end();
      writing.current?.close();
    };
  }, [threadId, upTo]);

  const [connection, stream] = [live.value, thread.value?.stream];
  useEffect(() => {
    if (!connection || !stream) return undefined; // of so few people that everything comes on one's own stream
    const handlers = { load, apply: tell, told: tell, ended: () => void load() };
    return connection.watch({ courseId: null, threadId, namespace: "collab", ...handlers });
  }, [connection, stream]);

  const typing = () => {
    if (writing.current?.isDue) live.peek()?.say("collab", "typing", { threadId });
  };
  /** A message of one's own that got there. @param {Message} message */
  const sent = (message) => {
    writing.current?.sent();
    messages.value = joined([message], messages.value ?? []);
  };
  /** One that was changed here. @param {Message} message */
  const amended = (message) => {
    messages.value = joined(messages.value ?? [], [message]);
  };
  return { thread, messages, typists, error, hasOlder, older, typing, sent, amended, reload: load };
}

/** @param {string} threadId */
function newest(threadId) {
  return school.messages.messages(threadId, { limit: PAGE });
}

/** The messages of a thread are numbered from one. @param {readonly Message[]} messages */
function isThereMore(messages) {
  return (messages[0]?.seq ?? 1) > 1;
}

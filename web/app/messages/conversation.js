import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Alert } from "../forms.js";
import { html } from "../html.js";
import { query, school } from "../state.js";
import { t } from "../texts.js";
import { dayOf } from "../times.js";
import { Composer } from "./composer.js";
import { MessageItem, Unsent } from "./message.js";
import { senderOf, othersIn, threadName } from "./names.js";
import { Options } from "./options.js";
import { outbox, send } from "./outbox.js";
import { useScroll } from "./scroll.js";
import { me, onMessage } from "./store.js";
import { useConversation } from "./use-conversation.js";

/** @typedef {import("../../sdk/conversations.js").Message} Message */
/** @typedef {import("../../sdk/conversations.js").Thread} Thread */
/** @typedef {ReturnType<typeof useConversation>} Talk */

/** One thread: what was said in it, and the field to say more. @param {{threadId: string}} props */
export function Conversation({ threadId }) {
  const at = Number(query.value.get("at")) || null;
  const talk = useConversation(threadId, at);
  const { thread, error } = talk;
  const title = thread.value ? threadName(thread.value) : t(error.value ? "message" : "loading");
  useEffect(() => {
    document.title = `${title} – Coursewire`;
  }, [title]);
  const isPassing = error.value && error.value.category !== "auth";
  const write = (/** @type {string} */ text) => send(threadId, text, talk.sent);
  return html`<section class="conversation" aria-labelledby="conversation">
    <header>
      <a class="back" href="#/messages" aria-label=${t("back-to-messages")}>←</a>
      <div class="about-thread">
        <h1 id="conversation" tabindex="-1">${title}</h1>
        ${thread.value && html`<p class="soft">${whoIsIn(thread.value)}</p>`}
      </div>
      ${thread.value && html`<${Options} thread=${thread.value} changed=${talk.reload} />`}
    </header>
    <${Alert} error=${error.value} />
    ${isPassing && html`<p><button onClick=${talk.reload}>${t("try-again")}</button></p>`}
    ${thread.value && talk.messages.value && html`<${Said} talk=${talk} thread=${thread.value} at=${at} />`}
    ${thread.value && html`<${Typing} typists=${talk.typists.value} />`}
    ${thread.value && html`<${Composer} typing=${talk.typing} send=${write} />`}
  </section>`;
}

/** @param {Thread} thread */
function whoIsIn(thread) {
  if (thread.kind === "direct") return "";
  return t("people-in", { count: thread.participantCount ?? othersIn(thread).length + 1 });
}

/** @param {{typists: import("../../sdk/typists.js").Typist[]}} props */
function Typing({ typists }) {
  const names = typists.map(({ name }) => name).join(", ");
  return html`<p class="typing soft" role="status">${names && t("is-typing", { names, count: typists.length })}</p>`;
}

/** @param {{talk: Talk, thread: Thread, at: number | null}} props */
function Said({ talk, thread, at }) {
  const messages = talk.messages.value ?? [];
  const mine = outbox.value.filter((one) => one.threadId === thread.threadId && !isThere(messages, one.clientId));
  const { box, isAtEnd, toEnd } = useScroll(messages, mine.length, at);
  const heard = useHeard(thread);
  useReading(talk, thread, isAtEnd.value);
  const name = t("messages-in", { thread: threadName(thread) });
  return html`<div class="said scroll" ref=${box} tabindex="0" role="region" aria-label=${name}>
      ${talk.hasOlder.value &&
      html`<p class="older"><button class="small" onClick=${talk.older}>${t("show-older")}</button></p>`}
      ${messages.length === 0 && mine.length === 0 && html`<p class="empty">${t("nothing-said")}</p>`}
      <ol>
        ${messages.map((one, index) => {
          const here = { message: one, before: messages[index - 1], thread, talk, isFound: one.seq === at };
          return html`<${Line} key=${one.messageId} ...${here} />`;
        })}
        ${mine.map((one) => html`<${Unsent} key=${one.clientId} one=${one} sent=${talk.sent} />`)}
      </ol>
    </div>
    ${!isAtEnd.value && html`<p class="to-end"><button class="small" onClick=${toEnd}>${t("to-newest")}</button></p>`}
    <p class="visually-hidden" role="status">${heard}</p>`;
}

/** @param {readonly Message[]} messages @param {string} clientId */
function isThere(messages, clientId) {
  return messages.some((one) => one.clientId === clientId && one.senderId === me());
}

/** A message, under its day where that is another than before.
 * @param {{message: Message, before?: Message, thread: Thread, talk: Talk, isFound: boolean}} props */
function Line({ message, before, thread, talk, isFound }) {
  const day = dayOf(message.sentAt);
  const isNewDay = !before || dayOf(before.sentAt) !== day;
  const isOwn = message.senderId === me();
  const isNamed = !isOwn && thread.kind !== "direct" && (isNewDay || before?.senderId !== message.senderId);
  return html`${isNewDay && html`<li class="day"><h2>${day}</h2></li>`}
    <${MessageItem}
      message=${message}
      name=${senderOf(thread, message)}
      isOwn=${isOwn}
      isNamed=${isNamed}
      isFound=${isFound}
      amended=${talk.amended}
    />`;
}

/** What a screen reader is told of what others write here. @param {Thread} thread */
function useHeard(thread) {
  const heard = useSignal("");
  useEffect(() => {
    return onMessage((name, event) => {
      if (name !== "message.received" || event.threadId !== thread.threadId || event.from === me()) return;
      heard.value = t("somebody-wrote", { name: event.senderName, text: event.content });
    });
  }, [thread.threadId]);
  return heard.value;
}

/** What can be seen is read: the end of the conversation, in a window that is looked at.
 * @param {Talk} talk @param {Thread} thread @param {boolean} isAtEnd */
function useReading(talk, thread, isAtEnd) {
  const last = talk.messages.value?.at(-1)?.seq ?? 0;
  useEffect(() => {
    let told = Math.max(thread.lastReadSeq, thread.unread === 0 ? last : 0);
    const read = async () => {
      if (document.hidden || !isAtEnd || last <= told) return;
      told = last;
      try {
        const unread = await school.messages.read(thread.threadId, last);
        talk.thread.value = { ...thread, unread, lastReadSeq: last };
      } catch {
        told = 0; // the next message, or coming back to this window, says it again
      }
    };
    void read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [last, isAtEnd, thread.threadId]);
}

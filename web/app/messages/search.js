import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Alert, given, troubleOf } from "../forms.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { t } from "../texts.js";
import { Ago } from "../times.js";
import { senderOf, threadName } from "./names.js";

/** @typedef {import("../../sdk/conversations.js").Message} Message */
/** @typedef {import("../../sdk/conversations.js").Thread} Thread */

const PAUSE_MS = 250;
const LEAST = 2;

/** Finds messages by what they say. `searched` is what is looked for, empty where nothing is.
 * @param {{searched: import("@preact/signals").Signal<string>, threads: readonly Thread[]}} props */
export function Search({ searched, threads }) {
  const typed = useSignal("");
  const found = useSignal(/** @type {Message[] | null} */ (null));
  const error = useSignal(/** @type {import("../forms.js").Trouble} */ (null));
  useEffect(() => {
    const q = typed.value.trim();
    searched.value = q.length < LEAST ? "" : q;
    found.value = error.value = null;
    if (q.length < LEAST) return undefined;
    let isOver = false;
    const timer = setTimeout(async () => {
      try {
        const { data } = await school.messages.search({ q, limit: 30 });
        if (!isOver) found.value = data;
      } catch (thrown) {
        if (!isOver) error.value = troubleOf(thrown);
      }
    }, PAUSE_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [typed.value]);
  const input = (/** @type {Event} */ event) => (typed.value = given(event));
  return html`<form role="search" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label class="visually-hidden" for="search-messages">${t("search-messages")}</label>
      <input id="search-messages" type="search" maxlength="100" placeholder=${t("search-messages")} onInput=${input} />
    </form>
    <${Alert} error=${error.value} />
    <p class="count" role="status">${found.value && t("found-messages", { count: found.value.length })}</p>
    ${found.value &&
    html`<ul class="scroll">
      ${found.value.map((one) => {
        return html`<${Found} key=${one.messageId} message=${one} thread=${threads.find(is(one))} />`;
      })}
    </ul>`}`;
}

/** @param {Message} message @returns {(thread: Thread) => boolean} */
const is = (message) => (thread) => thread.threadId === message.threadId;

/** @param {{message: Message, thread?: Thread}} props */
function Found({ message, thread }) {
  const { threadId, seq, content, sentAt } = message;
  return html`<li>
    <a href=${`#/messages/${threadId}?at=${seq}`}>
      ${thread && html`<span class="name">${threadName(thread)}</span>`}
      <span class="last">${t("somebody-wrote", { name: senderOf(thread, message), text: content })}</span>
      <span class="soft at"><${Ago} at=${sentAt} /></span>
    </a>
  </li>`;
}

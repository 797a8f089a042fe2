import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { threaded } from "../../sdk/index.js";
import { Alert, troubleOf } from "../forms.js";
import { html } from "../html.js";
import { Badge } from "../icons.js";
import { school } from "../state.js";
import { t } from "../texts.js";
import { Ago } from "../times.js";
import { senderOf, threadName } from "./names.js";
import { Search } from "./search.js";
import { me, onMessage } from "./store.js";

/** @typedef {import("../../sdk/conversations.js").Thread} Thread */
/** @typedef {import("../../sdk/position.js").LiveEvent} LiveEvent */

const PAGE = 30;

/** The threads of the user, the latest first. @param {{open: string | null}} props */
export function ThreadsPane({ open }) {
  const archived = useSignal(false);
  const searched = useSignal("");
  const { list, error, hasMore, more } = useThreads(archived.value);
  const heading = open ? html`<h2>${t("messages")}</h2>` : html`<h1 tabindex="-1">${t("messages")}</h1>`;
  const none = t(archived.value ? "no-archived" : "no-threads");
  return html`<section class="threads" aria-label=${t("threads")}>
    <header>
      ${heading}
      <a class="button primary" href="#/messages/new">${t("new-message")}</a>
    </header>
    <${Search} searched=${searched} threads=${list.value ?? []} />
    <${Alert} error=${error.value} />
    <div class="scroll" hidden=${searched.value !== ""}>
      ${!list.value && !error.value && html`<p role="status" class="loading">${t("loading")}</p>`}
      ${list.value?.length === 0 && html`<p class="empty">${none}</p>`}
      <ul>
        ${list.value?.map((one) => html`<${Row} key=${one.threadId} thread=${one} isOpen=${one.threadId === open} />`)}
      </ul>
      ${hasMore.value && html`<p><button onClick=${more}>${t("show-older")}</button></p>`}
      <p><button class="quiet" onClick=${() => (archived.value = !archived.value)}>
        ${t(archived.value ? "show-inbox" : "show-archived")}
      </button></p>
    </div>
  </section>`;
}

/** @param {{thread: Thread, isOpen: boolean}} props */
function Row({ thread, isOpen }) {
  const { lastMessage, unread, muted } = thread;
  return html`<li>
    <a
      href=${`#/messages/${thread.threadId}`}
      class=${unread ? "unread" : ""}
      aria-current=${isOpen ? "page" : undefined}
    >
      <span class="name">${threadName(thread)}</span>
      ${muted && html`<span class="soft">${t("thread-muted")}</span>`}
      ${unread > 0 && html`<span class="visually-hidden">${t("unread-count", { count: unread })}</span>`}
      <${Badge} count=${unread} />
      ${lastMessage && html`<span class="last">${lastLine(thread)}</span>`}
      <span class="soft at"><${Ago} at=${thread.updatedAt} /></span>
    </a>
  </li>`;
}

/** @param {Thread} thread */
function lastLine(thread) {
  const last = /** @type {NonNullable<Thread["lastMessage"]>} */ (thread.lastMessage);
  const { senderId, content, deletedAt } = last;
  const text = deletedAt ? t("message-deleted") : content;
  if (senderId === me()) return t("you-wrote", { text });
  return thread.kind === "direct" ? text : t("somebody-wrote", { name: senderOf(thread, last), text });
}

/** The threads, as they change; what happens while they load is applied to what came.
 * @param {boolean} archived */
function useThreads(archived) {
  const list = useSignal(/** @type {readonly Thread[] | null} */ (null));
  const error = useSignal(/** @type {import("../forms.js").Trouble} */ (null));
  const hasMore = useSignal(false);
  const pages = useRef(1);
  const turn = useRef(0);
  const meanwhile = useRef(/** @type {[string, LiveEvent][]} */ ([]));

  /** @param {string} name @param {LiveEvent} event */
  const apply = (name, event) => {
    if (!list.value) return;
    const now = threaded(list.value, name, event, me());
    if (now) list.value = now;
    else void load();
  };
  const load = async () => {
    const mine = ++turn.current;
    meanwhile.current = [];
    try {
      const asked = { limit: PAGE * pages.current, archived: archived || undefined };
      const { data, pagination } = await school.messages.threads(asked);
      if (mine !== turn.current) return;
      list.value = data;
      hasMore.value = Boolean(pagination?.hasNext) && asked.limit < 90;
      error.value = null;
      for (const [name, event] of meanwhile.current) apply(name, event);
    } catch (thrown) {
      if (mine === turn.current) error.value = troubleOf(thrown);
    }
  };
  useEffect(() => {
    list.value = null;
    pages.current = 1;
    void load();
    const end = onMessage((name, event) => {
      if (name === "reset") return void load();
      if (event?._seq === undefined) return;
      meanwhile.current.push([name, event]);
      apply(name, event);
    });
    return () => {
      turn.current++;
      end();
    };
  }, [archived]);
  const more = () => {
    pages.current += 1;
    return load();
  };
  return { list, error, hasMore, more };
}

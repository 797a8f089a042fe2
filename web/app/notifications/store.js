import { signal } from "@preact/signals";
import { school } from "../state.js";
import { has, t, when } from "../texts.js";

/** @typedef {import("../../sdk/notices.js").Notice} Notice */
/** @typedef {import("../../sdk/position.js").LiveEvent} LiveEvent */
/** `name` is "reset" where everything is to be loaded anew.
 * @typedef {(name: string, event?: LiveEvent) => void} Listener */

const GATHER_MS = 1500;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** How many notifications the user has not read, on all devices the same. */
export const unread = signal(0);

/** What a screen reader is told of new ones; those that come together are told together. */
export const news = signal("");

/** @type {Set<Listener>} */
const listeners = new Set();
/** @type {LiveEvent[]} */
let gathered = [];

/** Be told of what happens to notifications, while one list of them is shown. @param {Listener} listener */
export function onNotice(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Follow the user's own stream; returns a function that ends it.
 * @param {import("../../sdk/live.js").Live} connection */
export function follow(connection) {
  let isLoaded = false;
  return connection.own("notifications", {
    load: async () => {
      const { data, asOf } = await school.notifications.summary();
      unread.value = data.unread;
      if (isLoaded) tell("reset");
      isLoaded = true;
      return asOf;
    },
    apply: (name, event) => {
      if (!name.startsWith("notification.")) return;
      unread.value = event.unread;
      if (name === "notification.new") gather(event);
      tell(name, event);
    },
  });
}

/** @param {string} name @param {LiveEvent} [event] */
function tell(name, event) {
  for (const listener of listeners) listener(name, event);
}

/** @param {LiveEvent} event */
function gather(event) {
  gathered.push(event);
  if (gathered.length > 1) return;
  setTimeout(() => {
    const [first] = gathered;
    if (first) news.value = gathered.length === 1 ? newest(first) : t("new-notifications", { count: gathered.length });
    gathered = [];
  }, GATHER_MS);
}

/** @param {LiveEvent} event */
function newest({ type, facts, subject }) {
  return t("new-notification", { title: worded("title", { kind: type, facts }) || subject });
}

/** What it says: in the server's words, or for one that has just come in the same words of our own.
 * @param {Notice} one @returns {{title: string, text: string}} */
export function wordsOf(one) {
  return { title: one.title ?? (worded("title", one) || one.subject), text: one.text ?? worded("text", one) };
}

/** @param {"title" | "text"} part @param {{kind: string, facts: Record<string, string>}} of */
function worded(part, { kind, facts }) {
  const id = `kind-${kind.replaceAll("_", "-")}-${part}`;
  const shown = Object.entries(facts ?? {}).map(([name, fact]) => [name, INSTANT.test(fact) ? when(fact) : fact]);
  return has(id) ? t(id, Object.fromEntries(shown)) : "";
}

/** Where the page is that it is about; links of notifications lead to pages of ours only. @param {string} link */
export function addressOf(link) {
  const page = link.replace(/^\/app\//, "").replace(/^#/, "");
  return page.startsWith("/") ? `#${page}` : "#/notifications";
}

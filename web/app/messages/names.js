import { nameOf } from "../courses.js";
import { t } from "../texts.js";
import { me } from "./store.js";

/** @typedef {import("../../sdk/conversations.js").Thread} Thread */

const NAMED = 3;

/** Everyone in a thread but the user. @param {Thread} thread */
export function othersIn(thread) {
  return thread.participants.filter(({ id }) => id !== me());
}

/** What a thread is called: by its title, or by who is in it. @param {Thread} thread */
export function threadName(thread) {
  if (thread.title) return thread.title;
  const names = othersIn(thread).map(nameOf);
  if (thread.kind === "course_question") return t("course-question");
  if (names.length === 0) return t("only-you");
  if (names.length <= NAMED) return names.join(", ");
  return t("names-and-more", { names: names.slice(0, NAMED - 1).join(", "), count: names.length - NAMED + 1 });
}

/** What the sender of a message is called, also where they are not in the thread any more.
 * @param {Thread | undefined} thread @param {import("../../sdk/conversations.js").Message} message */
export function senderOf(thread, { senderId, sender, senderName }) {
  const known = thread?.participants.find(({ id }) => id === senderId) ?? sender;
  return nameOf(known) || senderName || t("thread-somebody");
}

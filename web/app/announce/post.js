import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { nameOf } from "../courses.js";
import { Alert, troubleOf } from "../forms.js";
import { html } from "../html.js";
import { school, user } from "../state.js";
import { t, when } from "../texts.js";
import { Editor, focused } from "./composer.js";

/** @typedef {import("../../sdk/feed.js").Announcement} Announcement */

/** What was said to be read on this visit: each is said once. @type {Set<string>} */
const told = new Set();

/** One announcement. @param {{post: Announcement, course?: import("../courses.js").Course, isStaff: boolean}} props */
export function Post({ post, course, isStaff }) {
  const isEdited = useSignal(false);
  const cameBack = useSignal(false);
  const card = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => noticed(card.current, post), [post.announcementId, isEdited.value]);
  const done = () => {
    isEdited.value = false;
    cameBack.value = true;
  };
  if (isEdited.value) return html`<li><${Editor} post=${post} done=${done} /></li>`;
  const author = nameOf(post.author ?? (post.authorId === course?.instructorId ? course?.instructor : null));
  const edit = () => (isEdited.value = true);
  const { seen, of } = post.seenBy ?? { seen: 0, of: 0 };
  return html`<li>
    <article class="card" ref=${card} aria-labelledby=${`title-${post.announcementId}`}>
      <h3 id=${`title-${post.announcementId}`}>${post.title}</h3>
      <p class="facts">
        ${author && html`<span>${author}</span>`}
        ${post.postedAt && html`<time datetime=${post.postedAt}>${when(post.postedAt)}</time>`}
        ${post.editedAt && html`<span>${t("edited-at", { at: when(post.editedAt) })}</span>`}
        ${post.expiresAt && html`<span>${t("shown-until", { at: when(post.expiresAt) })}</span>`}
      </p>
      <p class="text">${post.content}</p>
      ${of > 0 && html`<p class="seen"><progress max=${of} value=${seen} aria-hidden="true" /> ${t("seen-by", { seen, of })}</p>`}
      ${isStaff && html`<${Tools} post=${post} edit=${edit} cameBack=${cameBack.value} />`}
    </article>
  </li>`;
}

/** Say that it was read, when it comes into view. @param {HTMLElement | null} card @param {Announcement} post */
function noticed(card, post) {
  const { announcementId, authorId, read } = post;
  if (!card || read || authorId === user.peek()?.id || told.has(announcementId)) return undefined;
  const observer = new IntersectionObserver(([entry]) => {
    if (!entry?.isIntersecting || document.hidden) return;
    observer.disconnect();
    told.add(announcementId);
    school.rest.post(`/announcements/${announcementId}/read`).catch(() => told.delete(announcementId));
  });
  observer.observe(card);
  return () => observer.disconnect();
}

/** @param {{post: Announcement, edit: () => void, cameBack: boolean}} props */
function Tools({ post, edit, cameBack }) {
  const asking = useSignal(/** @type {"not yet" | "now" | "declined"} */ ("not yet"));
  const error = useSignal(/** @type {import("../forms.js").Trouble} */ (null));
  const about = `title-${post.announcementId}`;
  const withdraw = async () => {
    try {
      await school.rest.delete(`/announcements/${post.announcementId}`);
      document.getElementById("announcements")?.focus();
    } catch (thrown) {
      asking.value = "declined";
      error.value = troubleOf(thrown);
    }
  };
  const first = html`<button key="edit" ref=${cameBack ? focused : null} onClick=${edit} aria-describedby=${about}>
      ${t("edit")}
    </button>
    <button
      key="withdraw"
      ref=${asking.value === "declined" ? focused : null}
      onClick=${() => (asking.value = "now")}
      aria-describedby=${about}
    >
      ${t("withdraw")}
    </button>`;
  const second = html`<span>${t("withdraw-sure")}</span>
    <button key="yes" class="danger" ref=${focused} onClick=${withdraw} aria-describedby=${about}>
      ${t("withdraw-yes")}
    </button>
    <button key="no" onClick=${() => (asking.value = "declined")}>${t("cancel")}</button>`;
  return html`<${Alert} error=${error.value} />
    <div class="tools">${asking.value === "now" ? second : first}</div>`;
}

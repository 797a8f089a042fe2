import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { nameOf } from "./courses.js";
import { Alert, Field, filled, troubleOf, useSubmit } from "./forms.js";
import { html } from "./html.js";
import { school } from "./state.js";
import { t, when } from "./texts.js";

/** @typedef {import("../sdk/feed.js").Announcement} Announcement */

/** Post to everyone in the course. A draft keeps its key until it is posted, so trying again posts nothing twice.
 * @param {{courseId: string}} props */
export function Composer({ courseId }) {
  const key = useRef(crypto.randomUUID());
  const { busy, error, submit } = useSubmit(async (form) => {
    await school.rest.post("/announcements", { courseId, ...filled(form) }, { idempotencyKey: key.current });
    key.current = crypto.randomUUID();
    form.reset();
  });
  return html`<form class="card composer" onSubmit=${submit} aria-label=${t("compose")} novalidate>
    <${Alert} error=${error.value} />
    <${Field} name="title" label=${t("title")} maxlength="200" error=${error.value} required />
    <${Field} name="content" label=${t("message")} multiline=${true} error=${error.value} required />
    <button class="primary" aria-disabled=${busy.value}>${t(busy.value ? "posting" : "post")}</button>
  </form>`;
}

/** One announcement. @param {{post: Announcement, course: import("./courses.js").Course, isStaff: boolean}} props */
export function Post({ post, course, isStaff }) {
  const isEdited = useSignal(false);
  const cameBack = useSignal(false);
  const done = () => {
    isEdited.value = false;
    cameBack.value = true;
  };
  if (isEdited.value) return html`<li><${Editor} post=${post} done=${done} /></li>`;
  const author = nameOf(post.author ?? (post.authorId === course.instructorId ? course.instructor : null));
  const edit = () => (isEdited.value = true);
  return html`<li>
    <article class="card" aria-labelledby=${`title-${post.announcementId}`}>
      <h3 id=${`title-${post.announcementId}`}>${post.title}</h3>
      <p class="facts">
        ${author && html`<span>${author}</span>`}
        <time datetime=${post.postedAt}>${when(post.postedAt)}</time>
      </p>
      <p class="text">${post.content}</p>
      ${isStaff && html`<${Tools} post=${post} edit=${edit} cameBack=${cameBack.value} />`}
    </article>
  </li>`;
}

/** @param {{post: Announcement, edit: () => void, cameBack: boolean}} props */
function Tools({ post, edit, cameBack }) {
  const asking = useSignal(/** @type {"not yet" | "now" | "declined"} */ ("not yet"));
  const error = useSignal(/** @type {import("./forms.js").Trouble} */ (null));
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

/** @param {{post: Announcement, done: () => void}} props */
function Editor({ post, done }) {
  const { busy, error, submit } = useSubmit(async (form) => {
    await school.rest.put(`/announcements/${post.announcementId}`, filled(form));
    done();
  });
  const id = post.announcementId;
  const [title, content] = [`new-title-${id}`, `new-content-${id}`];
  return html`<form class="card" onSubmit=${submit} aria-label=${t("edit-of", { title: post.title })} novalidate>
    <${Alert} error=${error.value} />
    <${Field}
      name="title"
      id=${title}
      label=${t("title")}
      maxlength="200"
      defaultValue=${post.title}
      error=${error.value}
      ref=${focused}
    />
    <${Field}
      name="content"
      id=${content}
      label=${t("message")}
      multiline=${true}
      defaultValue=${post.content}
      error=${error.value}
    />
    <div class="tools">
      <button class="primary" aria-disabled=${busy.value}>${t("save")}</button>
      <button type="button" onClick=${done}>${t("cancel")}</button>
    </div>
  </form>`;
}

/** Where a control was replaced by another, the keyboard goes on from that. @param {HTMLElement | null} element */
function focused(element) {
  element?.focus?.();
}

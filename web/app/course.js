import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { applied, feedOf } from "../sdk/index.js";
import { Composer, Post } from "./announcements.js";
import { Facts } from "./courses.js";
import { Alert, troubleOf } from "./forms.js";
import { html } from "./html.js";
import { WhoIsHere } from "./room.js";
import { live, school, user } from "./state.js";
import { t } from "./texts.js";

/** @typedef {import("./courses.js").Course} Course */
/** @typedef {import("../sdk/feed.js").Feed} Feed */
/** @typedef {import("./forms.js").Trouble} Trouble */

const PAGE = 20;

/** One course, and its announcements as they come. @param {{courseId: string}} props */
export function CoursePage({ courseId }) {
  const course = useSignal(/** @type {Course | null} */ (null));
  const error = useSignal(/** @type {Trouble} */ (null));
  const viewer = user.value;

  const load = async () => {
    try {
      course.value = (await school.rest.get(`/courses/${courseId}`)).data;
      error.value = null;
    } catch (thrown) {
      error.value = troubleOf(thrown);
    }
  };
  useEffect(() => void load(), [courseId, viewer?.id]);

  const shown = course.value;
  const title = shown?.title ?? t(error.value ? "course" : "loading");
  useEffect(() => {
    document.title = `${title} – Coursewire`;
  }, [title]);

  const isStaff = viewer?.role === "admin" || viewer?.id === shown?.instructorId;
  const mayFollow = viewer && shown && (isStaff || shown.enrollment);
  return html`<nav class="back"><a href="#/">← ${t("courses")}</a></nav>
    <header class="about">
      <h1 tabindex="-1">${title}</h1>
      <${Alert} error=${error.value} />
      ${shown && html`<${About} course=${shown} isStaff=${isStaff} changed=${load} />`}
    </header>
    ${mayFollow && html`<${WhoIsHere} courseId=${courseId} />`}
    ${mayFollow && html`<${Announcements} course=${course} isStaff=${isStaff} changed=${load} />`}`;
}

/** @param {{course: Course, isStaff: boolean, changed: () => Promise<void>}} props */
function About({ course, isStaff, changed }) {
  return html`<p>${course.description}</p>
    <${Facts} course=${course} />
    <${Enrollment} course=${course} isStaff=${isStaff} changed=${changed} />`;
}

/** Join or leave. @param {{course: Course, isStaff: boolean, changed: () => Promise<void>}} props */
function Enrollment({ course, isStaff, changed }) {
  const error = useSignal(/** @type {Trouble} */ (null));
  const busy = useSignal(false);
  if (!user.value) return html`<p><a class="button primary" href="#/sign-in">${t("sign-in-to-join")}</a></p>`;
  if (isStaff) return null;
  const isIn = Boolean(course.enrollment);
  const toggle = async () => {
    if (busy.value) return;
    busy.value = true;
    try {
      const path = `/courses/${course.courseId}/enroll`;
      await (isIn ? school.rest.delete(path) : school.rest.post(path));
      await changed();
    } catch (thrown) {
      error.value = troubleOf(thrown);
    }
    busy.value = false;
  };
  return html`<${Alert} error=${error.value} />
    <p>
      <button class=${isIn ? "" : "primary"} aria-disabled=${busy.value} onClick=${toggle}>
        ${t(isIn ? "leave" : "join")}
      </button>
    </p>`;
}

/** @param {{course: import("@preact/signals").Signal<Course>, isStaff: boolean, changed: () => Promise<void>}} props */
function Announcements({ course, isStaff, changed }) {
  const feed = useSignal(/** @type {Feed | null} */ (null));
  const older = useSignal(/** @type {number | null} */ (null));
  const news = useSignal("");
  const error = useSignal(/** @type {Trouble} */ (null));
  const { courseId } = course.value;
  const connection = live.value;

  /** @param {number} page */
  const list = (page) => school.rest.get("/announcements", { courseId, page, limit: PAGE });

  useEffect(() => {
    return connection?.watch({
      courseId,
      load: async () => {
        const { data, asOf, pagination } = await list(1);
        feed.value = feedOf(data);
        older.value = pagination?.hasNext ? 2 : null;
        error.value = null;
        return asOf;
      },
      apply: (name, event) => {
        feed.value = applied(feed.value ?? {}, name, event);
        if (name === "course.updated") course.value = { ...course.value, ...given(event.changes) };
        if (name === "announcement.posted") news.value = t("new-announcement", { title: event.title });
      },
      ended: (refusal) => {
        error.value = refusal;
        void changed();
      },
    });
  }, [courseId, connection]);

  const more = async () => {
    try {
      const { data, pagination } = await list(/** @type {number} */ (older.value));
      feed.value = { ...feedOf(data), ...feed.value };
      older.value = pagination?.hasNext ? (older.value ?? 1) + 1 : null;
    } catch (thrown) {
      error.value = troubleOf(thrown);
    }
  };

  const posts = Object.values(feed.value ?? {}).sort((a, b) => (a.announcementId < b.announcementId ? 1 : -1));
  return html`<section aria-labelledby="announcements">
    <h2 id="announcements" tabindex="-1">${t("announcements")}</h2>
    ${isStaff && html`<${Composer} courseId=${courseId} />`}
    <${Alert} error=${error.value} />
    <p class="visually-hidden" role="status">${news.value}</p>
    ${!feed.value && !error.value && html`<p role="status">${t("loading")}</p>`}
    ${feed.value && posts.length === 0 && html`<p class="empty">${t("no-announcements")}</p>`}
    <ol class="feed" reversed>
      ${posts.map((post) => {
        return html`<${Post} key=${post.announcementId} post=${post} course=${course.value} isStaff=${isStaff} />`;
      })}
    </ol>
    ${older.value && html`<p><button onClick=${more}>${t("show-older")}</button></p>`}
  </section>`;
}

/** The fields that an event names; it leaves the others out, or tells them as null.
 * @param {Record<string, unknown>} changes */
function given(changes) {
  return Object.fromEntries(Object.entries(changes ?? {}).filter(([, value]) => value !== null));
}

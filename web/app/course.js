import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Announcements } from "./announce/feed.js";
import { Facts } from "./courses.js";
import { Alert, troubleOf } from "./forms.js";
import { html } from "./html.js";
import { WhoIsHere } from "./room.js";
import { school, user } from "./state.js";
import { t } from "./texts.js";

/** @typedef {import("./courses.js").Course} Course */
/** @typedef {import("./forms.js").Trouble} Trouble */

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
  /** @param {string} name @param {any} event */
  const told = (name, event) => {
    if (name === "course.updated" && course.value) course.value = { ...course.value, ...given(event.changes) };
  };
  const mayFollow = viewer && shown && (isStaff || shown.enrollment);
  return html`<nav class="back"><a href="#/">← ${t("courses")}</a></nav>
    <header class="about">
      <h1 tabindex="-1">${title}</h1>
      <${Alert} error=${error.value} />
      ${shown && html`<${About} course=${shown} isStaff=${isStaff} changed=${load} />`}
    </header>
    ${mayFollow && html`<${WhoIsHere} courseId=${courseId} />`}
    ${mayFollow && html`<${Announcements} course=${shown} isStaff=${isStaff} told=${told} ended=${load} />`}`;
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

/** The fields that an event names; it leaves the others out, or tells them as null.
 * @param {Record<string, unknown>} changes */
function given(changes) {
  return Object.fromEntries(Object.entries(changes ?? {}).filter(([, value]) => value !== null));
}

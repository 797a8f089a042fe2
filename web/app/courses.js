import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { SchoolNews } from "./announce/school.js";
import { Alert, troubleOf } from "./forms.js";
import { html } from "./html.js";
import { school, user } from "./state.js";
import { t } from "./texts.js";

/** @typedef {{courseId: string, title: string, description: string, category: string, difficultyLevel: string,
 *   status: string, instructorId: string, instructor: Person | null, totalEnrollments: number,
 *   enrollment?: {enrollmentId: string} | null}} Course */
/** @typedef {{id: string, firstName: string, lastName: string}} Person */
/** @typedef {import("../sdk/request.js").Pagination} Pagination */

const PAGE = 12;
const PAUSE_MS = 250;

/** @param {Person | null | undefined} person */
export function nameOf(person) {
  return person ? `${person.firstName} ${person.lastName}` : "";
}

export function Courses() {
  const search = useSignal("");
  const page = useSignal(1);
  const found = useSignal(/** @type {{items: Course[], pagination: Pagination} | null} */ (null));
  const error = useSignal(/** @type {import("./forms.js").Trouble} */ (null));
  const viewer = user.value?.id;

  useEffect(() => {
    const left = new AbortController();
    const load = async () => {
      try {
        const query = { search: search.value.trim(), page: page.value, limit: PAGE };
        const { data, pagination } = await school.rest.get("/courses", query, { signal: left.signal });
        found.value = { items: data, pagination: /** @type {Pagination} */ (pagination) };
        error.value = null;
      } catch (thrown) {
        if (!left.signal.aborted) error.value = troubleOf(thrown);
      }
    };
    const timer = setTimeout(load, found.value ? PAUSE_MS : 0);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [search.value, page.value, viewer]);

  /** @param {InputEvent} event */
  const searched = (event) => {
    search.value = /** @type {HTMLInputElement} */ (event.currentTarget).value;
    page.value = 1;
  };
  const total = found.value?.pagination.totalCount ?? 0;
  return html`<h1 tabindex="-1">${t("courses")}</h1>
    ${viewer && html`<${SchoolNews} />`}
    <form role="search" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <div class="field">
        <label for="search">${t("search")}</label>
        <input id="search" type="search" maxlength="100" value=${search} onInput=${searched} />
      </div>
    </form>
    <${Alert} error=${error.value} />
    <p class="count" role="status">${found.value ? t("found", { count: total }) : t("loading")}</p>
    <ul class="cards">
      ${found.value?.items.map((course) => html`<${Card} key=${course.courseId} course=${course} />`)}
    </ul>
    ${found.value && html`<${Pages} pagination=${found.value.pagination} page=${page} />`}`;
}

/** @param {{course: Course}} props */
function Card({ course }) {
  return html`<li class="card course">
    <h2><a href=${`#/courses/${course.courseId}`}>${course.title}</a></h2>
    <p>${course.description}</p>
    <${Facts} course=${course} />
  </li>`;
}

/** @param {{course: Course}} props */
export function Facts({ course }) {
  return html`<p class="facts">
    ${course.status !== "published" && html`<span class="tag">${t(`status-${course.status}`)}</span>`}
    <span>${t(`level-${course.difficultyLevel}`)}</span>
    <span>${nameOf(course.instructor)}</span>
    <span>${t("students", { count: course.totalEnrollments })}</span>
  </p>`;
}

/** @param {{pagination: Pagination, page: import("@preact/signals").Signal<number>}} props */
export function Pages({ pagination, page }) {
  const { totalPages, hasPrev, hasNext } = pagination;
  if (totalPages < 2) return null;
  return html`<nav class="pages" aria-label=${t("pages")}>
    <button disabled=${!hasPrev} onClick=${() => page.value--}>${t("previous")}</button>
    <span>${t("page-of", { page: pagination.page, total: totalPages })}</span>
    <button disabled=${!hasNext} onClick=${() => page.value++}>${t("next")}</button>
  </nav>`;
}

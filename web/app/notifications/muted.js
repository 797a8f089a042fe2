import { complaint } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { ownCourses } from "../own-courses.js";
import { t } from "../texts.js";

/** Courses that the user wants to hear nothing of.
 * @param {{muted: string[], error: import("../forms.js").Trouble}} props */
export function MutedCourses({ muted, error }) {
  const loading = useLoaded(() => ownCourses());
  const wrong = complaint(error, "mutedCourses");
  return html`<section class="card" aria-labelledby="muted-courses">
    <h2 id="muted-courses">${t("muted-courses")}</h2>
    <p>${t("muted-courses-hint")}</p>
    ${wrong && html`<p class="wrong">${wrong}</p>`}
    <${Loaded} of=${loading}>
      ${(/** @type {import("../courses.js").Course[]} */ courses) => {
        if (courses.length === 0) return html`<p class="empty">${t("no-own-courses")}</p>`;
        return html`<fieldset class="columns">
          <legend class="visually-hidden">${t("muted-courses")}</legend>
          ${courses.map(({ courseId, title }) => {
            return html`<label key=${courseId}>
              <input type="hidden" name="muted.listed" value=${courseId} />
              <input type="checkbox" name="muted" value=${courseId} defaultChecked=${muted.includes(courseId)} />
              ${title}
            </label>`;
          })}
        </fieldset>`;
      }}
    <//>
  </section>`;
}

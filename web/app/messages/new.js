import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Alert, Choice, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { ownCourses } from "../own-courses.js";
import { go, school } from "../state.js";
import { t } from "../texts.js";
import { Picker } from "./picker.js";

/** @typedef {import("../../sdk/messages.js").Person} Person */
/** @typedef {import("../forms.js").Trouble} Trouble */

const KINDS = /** @type {const} */ (["people", "course"]);

/** Begin a conversation: with somebody, with a group, or with the staff of a course. A draft keeps its key until it is
 * sent, so trying again sends nothing twice. */
export function NewMessage() {
  const kind = useSignal(/** @type {"people" | "course"} */ ("people"));
  const chosen = useSignal(/** @type {Person[]} */ ([]));
  const key = useRef(crypto.randomUUID());
  const { busy, error, submit } = useSubmit(async (form) => {
    const { content = "", title, courseId } = filled(form);
    const to = kind.value === "people" ? { to: chosen.value.map(({ id }) => id) } : { courseId };
    const isGroup = kind.value === "people" && chosen.value.length > 1;
    const draft = { ...to, ...(isGroup && title && { title }), content: content.trim(), clientId: key.current };
    const { threadId } = await school.messages.send(draft);
    go(`/messages/${threadId}`);
  });
  const wrong = error.value;
  return html`<section class="conversation begin" aria-labelledby="begin">
    <header>
      <a class="back" href="#/messages" aria-label=${t("back-to-messages")}>←</a>
      <h1 id="begin" tabindex="-1">${t("new-message")}</h1>
    </header>
    <form class="scroll" onSubmit=${submit} aria-labelledby="begin" novalidate>
      <${Alert} error=${wrong} />
      <fieldset>
        <legend>${t("write-to")}</legend>
        ${KINDS.map((one) => {
          return html`<label key=${one}>
            <input type="radio" name="kind" checked=${kind.value === one} onChange=${() => (kind.value = one)} />
            ${t(`write-to-${one}`)}
          </label>`;
        })}
      </fieldset>
      ${kind.value === "people"
        ? html`<${Picker} chosen=${chosen} error=${wrong} /> ${chosen.value.length > 1 && html`<${Title} error=${wrong} />`}`
        : html`<${WhichCourse} error=${wrong} />`}
      <${Field} name="content" label=${t("message")} multiline=${true} maxlength="4000" error=${wrong} required />
      <button class="primary" aria-disabled=${busy.value}>${t(busy.value ? "sending-message" : "send-message")}</button>
    </form>
  </section>`;
}

/** @param {{error: Trouble}} props */
function Title({ error }) {
  return html`<${Field} name="title" label=${t("group-title")} hint=${t("group-title-hint")} maxlength="100" error=${error} />`;
}

/** @param {{error: Trouble}} props */
function WhichCourse({ error }) {
  const loading = useLoaded(ownCourses);
  return html`<${Loaded} of=${loading}>
    ${(/** @type {import("../courses.js").Course[]} */ courses) => {
      if (courses.length === 0) return html`<p class="empty">${t("no-own-courses")}</p>`;
      const options = courses.map(({ courseId, title }) => [courseId, title]);
      return html`<${Choice} name="courseId" label=${t("course")} options=${options} error=${error} />`;
    }}
  <//>`;
}

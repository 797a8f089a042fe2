import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { nameOf } from "../courses.js";
import { focusOn } from "../doing.js";
import { Alert, Field, given, troubleOf } from "../forms.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { t } from "../texts.js";

/** @typedef {import("../../sdk/messages.js").Person} Person */
/** @typedef {import("../forms.js").Trouble} Trouble */

const PAUSE_MS = 250;
const MOST = 49;
const SHOWN = 8;

/** Choose people by their names. @param {{chosen: import("@preact/signals").Signal<Person[]>, error: Trouble}} props */
export function Picker({ chosen, error }) {
  const typed = useSignal("");
  const found = useSignal(/** @type {Person[] | null} */ (null));
  const trouble = useSignal(/** @type {Trouble} */ (null));
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(
      async () => {
        try {
          const people = await school.messages.people(typed.value.trim());
          if (!isOver) found.value = people;
          trouble.value = null;
        } catch (thrown) {
          if (!isOver) trouble.value = troubleOf(thrown);
        }
      },
      found.value ? PAUSE_MS : 0,
    );
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [typed.value]);
  /** @param {Person} person */
  const add = (person) => {
    chosen.value = [...chosen.value, person];
    focusOn("to");
  };
  /** @param {Person} person */
  const remove = (person) => {
    chosen.value = chosen.value.filter(({ id }) => id !== person.id);
    focusOn("to");
  };
  const known = new Set(chosen.value.map(({ id }) => id));
  const offered = (found.value ?? []).filter(({ id }) => !known.has(id)).slice(0, SHOWN);
  const isFull = chosen.value.length >= MOST;
  return html`<div class="picker">
    ${chosen.value.length > 0 && html`<ul class="chosen" aria-label=${t("chosen-people")}>
      ${chosen.value.map((one) => {
        const name = nameOf(one);
        return html`<li key=${one.id}>
          <button type="button" aria-label=${t("remove-person", { name })} onClick=${() => remove(one)}>
            ${name}<span aria-hidden="true">×</span>
          </button>
        </li>`;
      })}
    </ul>`}
    <${Field}
      name="to"
      type="search"
      autocomplete="off"
      maxlength="100"
      label=${t("find-people")}
      hint=${t("find-people-hint")}
      error=${error}
      onInput=${(/** @type {Event} */ event) => (typed.value = given(event))}
    />
    <${Alert} error=${trouble.value} />
    <p class="count" role="status">${found.value && offered.length === 0 && t("nobody-found")}</p>
    ${!isFull && offered.length > 0 && html`<ul class="offered" aria-label=${t("found-people-to-write")}>
      ${offered.map((one) => {
        const name = nameOf(one);
        return html`<li key=${one.id}>
          <button type="button" onClick=${() => add(one)}>
            <span>${t("add-person", { name })}</span> <span class="soft">${one.username}</span>
          </button>
        </li>`;
      })}
    </ul>`}
  </div>`;
}

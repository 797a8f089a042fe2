import { useSignal } from "@preact/signals";
import { Alert, troubleOf } from "./forms.js";
import { html } from "./html.js";
import { t } from "./texts.js";

/** @typedef {ReturnType<typeof useDoing>} Doing */

/** Something that a button does: whether it is under way, what went wrong, and what to say when it is done. */
export function useDoing() {
  const busy = useSignal(false);
  const error = useSignal(/** @type {import("./forms.js").Trouble} */ (null));
  const done = useSignal("");
  /** @param {() => Promise<unknown>} work @param {string} [said] @returns {Promise<boolean>} whether it was done */
  const run = async (work, said = "") => {
    if (busy.value) return false;
    busy.value = true;
    error.value = null;
    done.value = "";
    try {
      await work();
      if (said) done.value = said;
    } catch (thrown) {
      error.value = troubleOf(thrown);
    } finally {
      busy.value = false;
    }
    return error.value === null;
  };
  return { busy, error, done, run };
}

/** What came of it, for eyes and for screen readers. @param {{of: Doing}} props */
export function Outcome({ of }) {
  return html`<${Alert} error=${of.error.value} />
    <p class="done" role="status">${of.done.value}</p>`;
}

/**
 * A button that asks once more in its own place. The keyboard goes along.
 * @param {{label: string, name?: string, question: string, yes: string, act: () => unknown, danger?: boolean}} props
 *   `name` says what the button is for, where the label alone would be the same as that of its neighbours
 */
export function Sure({ label, name, question, yes, act }) {
  const state = useSignal(/** @type {"first" | "asked" | "back"} */ ("first"));
  const ask = () => (state.value = "asked");
  const back = () => (state.value = "back");
  const go = () => {
    back();
    void act();
  };
  if (state.value !== "asked") {
    const focus = state.value === "back" ? focused : null;
    return html`<div class="tools">
      <button key="ask" type="button" ref=${focus} aria-label=${name} onClick=${ask}>${label}</button>
    </div>`;
  }
  return html`<div class="tools">
    <span>${question}</span>
    <button key="yes" type="button" class="danger" ref=${focused} onClick=${go}>${yes}</button>
    <button key="no" type="button" onClick=${back}>${t("cancel")}</button>
  </div>`;
}

/** Where a control was replaced by another, the keyboard goes on from that. @param {HTMLElement | null} element */
export function focused(element) {
  element?.focus?.();
}

/** What had the keyboard's focus is gone: go on from here. @param {string} id */
export function focusOn(id) {
  setTimeout(() => document.getElementById(id)?.focus());
}

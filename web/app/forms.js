import { useSignal } from "@preact/signals";
import { ApiError } from "../sdk/index.js";
import { html } from "./html.js";
import { has, t } from "./texts.js";

/** @typedef {ApiError | null} Trouble */

/** @param {unknown} error @returns {ApiError} */
export function troubleOf(error) {
  if (error instanceof ApiError) return error;
  throw error;
}

/** What went wrong, in words: those of the server, or ours for what the client noticed itself.
 * @param {{error: Trouble}} props */
export function Alert({ error }) {
  const ours = `error-${error?.code.replaceAll("_", "-")}`;
  const text = error && (has(ours) ? t(ours) : error.message);
  return html`<div class="alert" role="alert" hidden=${!error}>${text}</div>`;
}

/** @param {ApiError | null} error @param {string} name */
function complaint(error, name) {
  const field = error?.fields.find(({ path }) => path === name);
  if (!field) return null;
  const id = `field-${field.code.replaceAll("_", "-")}`;
  return t(has(id) ? id : "field-wrong");
}

/**
 * A labelled field with its own complaint.
 * @param {{name: string, id?: string, label: string, error: Trouble, hint?: string, multiline?: boolean,
 *   [attribute: string]: any}} props
 */
export function Field({ name, id = name, label, error, hint, multiline, ...attributes }) {
  const wrong = complaint(error, name);
  const about = [wrong && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  const common = { id, name, "aria-invalid": wrong ? "true" : undefined, "aria-describedby": about || undefined };
  const control = multiline
    ? html`<textarea rows="4" ...${common} ...${attributes}></textarea>`
    : html`<input ...${common} ...${attributes} />`;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${control} ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${wrong && html`<p class="wrong" id=${`${id}-error`}>${wrong}</p>`}
  </div>`;
}

/**
 * Something to do that takes a while: whether it is under way, and what went wrong.
 * @param {(form: HTMLFormElement) => Promise<void>} work
 */
export function useSubmit(work) {
  const busy = useSignal(false);
  const error = useSignal(/** @type {Trouble} */ (null));
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    if (busy.value) return;
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    busy.value = true;
    error.value = null;
    try {
      await work(form);
    } catch (thrown) {
      error.value = troubleOf(thrown);
      setTimeout(() => /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid=true]"))?.focus());
    } finally {
      busy.value = false;
    }
  };
  return { busy, error, submit };
}

/** The form's fields by name, without the empty ones.
 * @param {HTMLFormElement} form @returns {Record<string, string>} */
export function filled(form) {
  const given = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

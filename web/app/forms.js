import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
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
  return html`<div class="alert" role="alert" hidden=${!error}>${text}</div>
    ${error && error.retryAfterMs > 0 && html`<${Countdown} key=${error.requestId} ms=${error.retryAfterMs} />`}`;
}

/** How long until it makes sense to try again. Screen readers are told at the end, and not every second.
 * @param {{ms: number}} props */
function Countdown({ ms }) {
  const left = useSignal(Math.ceil(ms / 1000));
  useEffect(() => {
    const until = Date.now() + ms;
    const timer = setInterval(() => {
      left.value = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      if (left.value === 0) clearInterval(timer);
    }, 500);
    return () => clearInterval(timer);
  }, []);
  const isOver = left.value === 0;
  const time = `${Math.floor(left.value / 60)}:${String(left.value % 60).padStart(2, "0")}`;
  return html`<p class="countdown" role="timer">${!isOver && t("wait", { time })}</p>
    <p class="countdown" role="status">${isOver && t("wait-over")}</p>`;
}

/** What is wrong with the field of this name, in words. @param {ApiError | null} error @param {string} name */
export function complaint(error, name) {
  const field = error?.fields.find(({ path }) => path === name);
  if (!field) return null;
  const id = `field-${field.code.replaceAll("_", "-")}`;
  return t(has(id) ? id : "field-wrong");
}

/** What a control's frame shows. @typedef {{name: string, id?: string, label: string, error?: Trouble, hint?: string,
 *   [attribute: string]: any}} Framed */

/**
 * A labelled field with its own complaint.
 * @param {Framed & {multiline?: boolean}} props
 */
export function Field({ multiline, ...props }) {
  return framed(props, (attributes) => {
    return multiline ? html`<textarea rows="4" ...${attributes}></textarea>` : html`<input ...${attributes} />`;
  });
}

/**
 * A labelled choice of one.
 * @param {Framed & {options: (readonly [value: string, text: string])[], chosen?: string}} props
 */
export function Choice({ options, chosen, ...props }) {
  return framed(props, (attributes) => {
    return html`<select ...${attributes}>
      ${options.map(([value, text]) => {
        return html`<option key=${value} value=${value} selected=${value === chosen}>${text}</option>`;
      })}
    </select>`;
  });
}

/** @param {Framed} props @param {(attributes: object) => any} control */
function framed({ name, id = name, label, error = null, hint, ...attributes }, control) {
  const wrong = complaint(error, name);
  const about = [wrong && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  const common = { id, name, "aria-invalid": wrong ? "true" : undefined, "aria-describedby": about || undefined };
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${control({ ...common, ...attributes })} ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
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

/** What stands in the field that the event is about. @param {Event} event */
export function given(event) {
  return /** @type {HTMLInputElement | HTMLSelectElement} */ (event.currentTarget).value;
}

/** The form's fields by name, without the empty ones.
 * @param {HTMLFormElement} form @returns {Record<string, string>} */
export function filled(form) {
  const given = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

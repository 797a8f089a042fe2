import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../texts.js";

const LONGEST = 4000;

/** The field to write in: Enter sends, with Shift it begins a new line.
 * @param {{typing: () => void, send: (text: string) => void}} props */
export function Composer({ typing, send }) {
  const text = useSignal("");
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useLayoutEffect(() => grow(field.current), [text.value]);
  const input = (/** @type {InputEvent} */ event) => {
    text.value = /** @type {HTMLTextAreaElement} */ (event.currentTarget).value;
    if (text.value.trim()) typing();
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const content = text.value.trim();
    if (content) send(content);
    text.value = "";
    field.current?.focus();
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  return html`<form class="write" onSubmit=${submit}>
    <label class="visually-hidden" for="write">${t("write-message")}</label>
    <textarea
      id="write"
      ref=${field}
      rows="1"
      maxlength=${LONGEST}
      placeholder=${t("write-message")}
      aria-describedby="write-hint"
      value=${text}
      onInput=${input}
      onKeyDown=${key}
    ></textarea>
    <button class="primary">${t("send-message")}</button>
    <p id="write-hint" class="hint">${t("write-hint")}</p>
  </form>`;
}

/** As high as what stands in it, as far as the style allows. @param {HTMLTextAreaElement | null} area */
function grow(area) {
  if (!area) return;
  area.style.blockSize = "auto";
  area.style.blockSize = `${area.scrollHeight + 2}px`;
}

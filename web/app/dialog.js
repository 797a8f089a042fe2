import { useLayoutEffect, useRef } from "preact/hooks";
import { html } from "./html.js";

/**
 * A question that comes first: the rest of the page waits, Escape closes it, and the keyboard's focus comes back to
 * where it was.
 * @param {{id: string, title: string, close: () => void, children?: any}} props
 */
export function Dialog({ id, title, close, children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    const shown = /** @type {HTMLDialogElement} */ (box.current);
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    shown.showModal();
    return () => {
      box.current = null;
      shown.close();
      before?.focus();
    };
  }, []);
  const closed = () => void (box.current && close());
  return html`<dialog ref=${box} class="card" aria-labelledby=${id} onClose=${closed}>
    <h2 id=${id} tabindex="-1" autofocus>${title}</h2>
    ${children}
  </dialog>`;
}

import { html } from "./html.js";
import { t } from "./texts.js";

/** A table that scrolls by itself where the page is narrow, by keyboard too.
 * @param {{title: string, columns: string[], children?: any}} props */
export function Table({ title, columns, children }) {
  return html`<h2 id=${title}>${t(title)}</h2>
    <${Rows} about=${title} columns=${columns}>${children}<//>`;
}

/** The same under a heading that stands elsewhere, with the id `about`.
 * @param {{about: string, columns: string[], children?: any}} props */
export function Rows({ about, columns, children }) {
  return html`<div class="scrolls card" role="region" aria-labelledby=${about} tabindex="0">
    <table>
      <thead>
        <tr>
          ${columns.map((name) => html`<th key=${name} scope="col">${t(name)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${children}
      </tbody>
    </table>
  </div>`;
}

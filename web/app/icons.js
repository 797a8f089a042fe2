import { html } from "./html.js";

const PATHS = {
  bell: "M6 10a6 6 0 0 1 12 0c0 6 2.5 7 2.5 7h-17S6 16 6 10Zm4 10.5a2.2 2.2 0 0 0 4 0",
  letter: "M3.5 5.5h17v13h-17zM4 6.5l8 6.5 8-6.5",
};

/** A sign whose meaning is said beside it. @param {{of: keyof typeof PATHS}} props */
export function Icon({ of }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[of]} /></svg>`;
}

const MOST = 99;

/** A number as a badge shows it. @param {number} count */
export function shortened(count) {
  return count > MOST ? `${MOST}+` : String(count);
}

/** A number on a sign; what it counts is said beside it. @param {{count: number}} props */
export function Badge({ count }) {
  return count > 0 && html`<span class="badge" aria-hidden="true">${shortened(count)}</span>`;
}

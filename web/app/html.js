import htm from "htm";
import { h } from "preact";

/** @typedef {import("preact").ComponentChildren} Children */

export const html = /** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */ (htm.bind(h));

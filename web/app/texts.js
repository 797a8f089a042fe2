import { FluentBundle, FluentResource } from "@fluent/bundle";
import { signal } from "@preact/signals";

/** @typedef {"en" | "fr"} Language */
const KEPT = "coursewire.language";
const PARTS = ["", "-account", "-admin", "-announcements", "-jobs", "-messages", "-notifications"];

/** @type {import("@preact/signals").Signal<Language>} */
export const language = signal(chosen());
/** @type {Partial<Record<Language, FluentBundle>>} */
const bundles = {};

/** @returns {Language} */
function chosen() {
  const kept = localStorage.getItem(KEPT);
  const wanted = kept ?? navigator.languages.find((one) => /^(en|fr)\b/.test(one)) ?? "en";
  return wanted.startsWith("fr") ? "fr" : "en";
}

/** Load a language, then show it. @param {Language} wanted */
export async function speak(wanted) {
  bundles[wanted] ??= await loaded(wanted);
  document.documentElement.lang = wanted;
  language.value = wanted;
}

/** Choose a language, for this visit and later ones. @param {Language} wanted */
export async function choose(wanted) {
  localStorage.setItem(KEPT, wanted);
  await speak(wanted);
}

/** @param {Language} wanted */
async function loaded(wanted) {
  const bundle = new FluentBundle(wanted, { useIsolating: false });
  const texts = PARTS.map(async (part) => (await fetch(`/web/locales/${wanted}${part}.ftl`)).text());
  for (const text of await Promise.all(texts)) bundle.addResource(new FluentResource(text));
  return bundle;
}

/**
 * The text in the language shown; an id without a text shows itself. A value that is missing shows its name and does
 * not throw, which it would without a list for what went wrong: an event may be older than what its text asks for.
 * @param {string} id
 * @param {Record<string, string | number>} [values]
 */
export function t(id, values) {
  const bundle = bundles[language.value];
  const message = bundle?.getMessage(id);
  return bundle && message?.value ? bundle.formatPattern(message.value, values, []) : id;
}

/** @param {string} id */
export function has(id) {
  return bundles[language.value]?.hasMessage(id) ?? false;
}

/** @param {string} instant */
export function when(instant) {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(new Date(instant));
}

/** @typedef {import("../../sdk/notifications.js").Category} Category */
/** @typedef {import("../../sdk/notifications.js").Channel} Channel */
/** @typedef {import("../../sdk/notifications.js").Cadence} Cadence */
/** @typedef {import("../../sdk/notifications.js").NotificationPreferences} Preferences */
/** @typedef {import("../../sdk/notifications.js").NotificationChange} Change */

/** What people choose by, in the order of the page. @type {Category[]} */
export const CATEGORIES = ["announcements", "deadlines", "grades", "messages", "payments", "security", "system"];
/** @type {Channel[]} */
export const CHANNELS = ["in_app", "email", "push", "sms"];
/** @type {Cadence[]} */
export const CADENCES = ["immediate", "digest", "never"];

/** The name of a cell's field, as the server names it too. @param {Category} category @param {Channel} channel */
export function cellOf(category, channel) {
  return `cadences.${category}.${channel}`;
}

/** What a form has chosen otherwise than it was; what is locked has no field in it.
 * @param {FormData} form @param {Preferences} before @returns {Change} */
export function changed(form, before) {
  const hours = { from: String(form.get("quietHours.from")), until: String(form.get("quietHours.until")) };
  const now = {
    enabled: form.has("enabled"),
    deadlinesAnyway: form.has("deadlinesAnyway"),
    quietHours: form.has("quiet") ? hours : null,
    mutedCourses: mutedIn(form, before.mutedCourses),
    cadences: cadencesIn(form, before),
  };
  const same = { ...before, cadences: {} };
  const names = /** @type {(keyof typeof now)[]} */ (Object.keys(now));
  const others = names.filter((name) => JSON.stringify(now[name]) !== JSON.stringify(same[name]));
  return Object.fromEntries(others.map((name) => [name, now[name]]));
}

/** The listed courses that are chosen, and those that were and could not be listed.
 * @param {FormData} form @param {string[]} before */
function mutedIn(form, before) {
  const listed = new Set(form.getAll("muted.listed"));
  const chosen = form.getAll("muted").map(String);
  const kept = before.filter((one) => !listed.has(one) || chosen.includes(one));
  return [...kept, ...chosen.filter((one) => !before.includes(one))];
}

/** @param {FormData} form @param {Preferences} before @returns {NonNullable<Change["cadences"]>} */
function cadencesIn(form, before) {
  /** @type {Record<string, Record<string, string>>} */
  const found = {};
  for (const category of CATEGORIES) {
    for (const channel of CHANNELS) {
      const chosen = form.get(cellOf(category, channel));
      if (chosen === null || chosen === before.cadences[category]?.[channel]) continue;
      (found[category] ??= {})[channel] = String(chosen);
    }
  }
  return /** @type {NonNullable<Change["cadences"]>} */ (found);
}

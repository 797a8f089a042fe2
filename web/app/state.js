import { computed, effect, signal } from "@preact/signals";
import { client } from "../sdk/index.js";
import { language } from "./texts.js";

/** @typedef {import("../sdk/live.js").State} State */
/** @typedef {import("../sdk/session.js").User} User */

const HINT = "coursewire.session";

/** Whoever is asked to prove who they are, and how to answer. @typedef {{answer: (proved: boolean) => void}} Asked */

/** @type {import("@preact/signals").Signal<Asked | null>} */
export const proving = signal(null);

/** @returns {Promise<boolean>} */
function prove() {
  return new Promise((resolve) => {
    const answer = (/** @type {boolean} */ proved) => {
      proving.value = null;
      resolve(proved);
    };
    proving.value = { answer };
  });
}

export const school = client({ language: () => language.value, prove });

/** Who is signed in. @type {import("@preact/signals").Signal<User | null>} */
export const user = signal(school.session.user);

/** The connection, as the header shows it. @type {import("@preact/signals").Signal<State>} */
export const connection = signal("offline");

/** @type {import("@preact/signals").Signal<import("../sdk/live.js").Live | null>} */
export const live = signal(null);

/** Why the session that was open here is over. */
export const farewell = signal("");

/** Where to go on after signing in. */
export const wanted = signal("/");

school.session.onChange((now, why) => {
  if (now?.id !== user.peek()?.id) {
    live.peek()?.close();
    live.value = now ? school.connect() : null;
  }
  user.value = now;
  mayComeBack(now !== null);
  if (now) farewell.value = "";
  else if (why) leave(why);
});

/** The session was ended from elsewhere: nothing of it stays on the screen. @param {string} why */
function leave(why) {
  proving.peek()?.answer(false);
  farewell.value = why;
  if (path.peek() !== "/sign-in") wanted.value = route.peek();
  go("/sign-in");
}

effect(() => live.value?.onState((state) => (connection.value = state)));

/** Whether an earlier visit may have left a session. The cookie itself is out of a script's sight. */
export function mayHaveSession() {
  return localStorage.getItem(HINT) !== null;
}

/** @param {boolean} may */
export function mayComeBack(may) {
  if (may) localStorage.setItem(HINT, "yes");
  else localStorage.removeItem(HINT);
}

/** Whether the user may do this, as far as a menu is concerned: by permission where they are known, else by role.
 * @param {string} permission @param {...string} roles */
export function may(permission, ...roles) {
  const known = user.value?.permissions;
  return known ? known.includes(permission) : roles.includes(user.value?.role ?? "");
}

/** Where in the app we are: the part of the address after `#`. */
export const route = signal(here());
addEventListener("hashchange", () => (route.value = here()));

/** The same, in its parts. */
export const path = computed(() => route.value.split("?")[0] ?? "/");
export const query = computed(() => new URLSearchParams(route.value.split("?")[1]));

function here() {
  return location.hash.replace(/^#/, "") || "/";
}

/** @param {string} path */
export function go(path) {
  location.hash = path;
}

/** Take what is secret out of the address, and out of the browser's history; the page stays. */
export function hideQuery() {
  history.replaceState(null, "", `#${path.peek()}`);
}

/** The course in the address, if it is one. @param {string} path */
export function courseIn(path) {
  return /^\/courses\/([0-9a-f]{24})$/.exec(path)?.[1] ?? null;
}

/** What is open in the inbox, if the address is one of its: a thread's id, `new`, or nothing yet. @param {string} path */
export function inboxIn(path) {
  const found = /^\/messages(?:\/([0-9a-f]{24}|new))?$/.exec(path);
  return found && { open: found[1] ?? null };
}

/** The account in the address, if it is one. @param {string} path */
export function accountIn(path) {
  return /^\/admin\/users\/([0-9a-f]{24})$/.exec(path)?.[1] ?? null;
}

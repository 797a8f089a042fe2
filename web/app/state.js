import { effect, signal } from "@preact/signals";
import { client } from "../sdk/index.js";
import { language } from "./texts.js";

/** @typedef {import("../sdk/live.js").State} State */
/** @typedef {import("../sdk/session.js").User} User */

const HINT = "coursewire.session";

export const school = client({ language: () => language.value });

/** Who is signed in. @type {import("@preact/signals").Signal<User | null>} */
export const user = signal(school.session.user);

/** The connection, as the header shows it. @type {import("@preact/signals").Signal<State>} */
export const connection = signal("offline");

/** @type {import("@preact/signals").Signal<import("../sdk/live.js").Live | null>} */
export const live = signal(null);

school.session.onChange((now) => {
  if (now?.id !== user.peek()?.id) {
    live.peek()?.close();
    live.value = now ? school.connect() : null;
  }
  user.value = now;
  if (now) localStorage.setItem(HINT, "yes");
  else leave();
});

/** The session is over, by the user's own word or by another's: nothing of it stays on the screen. */
function leave() {
  localStorage.removeItem(HINT);
  go("/sign-in");
}

effect(() => live.value?.onState((state) => (connection.value = state)));

/** Whether an earlier visit may have left a session. The cookie itself is out of a script's sight. */
export function mayHaveSession() {
  return localStorage.getItem(HINT) !== null;
}

/** Where in the app we are: the part of the address after `#`. */
export const route = signal(here());
addEventListener("hashchange", () => (route.value = here()));

function here() {
  return location.hash.replace(/^#/, "") || "/";
}

/** @param {string} path */
export function go(path) {
  location.hash = path;
}

/** The course in the address, if it is one. @param {string} path */
export function courseIn(path) {
  return /^\/courses\/([0-9a-f]{24})$/.exec(path)?.[1] ?? null;
}

import { signal } from "@preact/signals";
import { school, user } from "../state.js";

/** @typedef {import("../../sdk/conversations.js").Message} Message */
/** @typedef {import("../../sdk/conversations.js").Thread} Thread */
/** @typedef {import("../../sdk/position.js").LiveEvent} LiveEvent */
/** `name` is "reset" where everything is to be loaded anew; what has no number, such as typing, comes as well.
 * @typedef {(name: string, event?: any) => void} Listener */

const COUNT_AFTER_MS = 300;
const LOOK_EVERY_MS = 20_000;

/** How many messages wait for the user, on all devices the same. */
export const waiting = signal(0);

/** @type {Set<Listener>} */
const listeners = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let counting;

/** Be told of what happens to messages, while some of them are shown. @param {Listener} listener */
export function onMessage(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** @param {string} name @param {any} [event] */
export function tell(name, event) {
  for (const listener of listeners) listener(name, event);
}

/** Follow the user's own stream of messages; returns a function that ends it.
 * @param {import("../../sdk/live.js").Live} connection */
export function follow(connection) {
  let isLoaded = false;
  const leave = connection.own("collab", {
    load: async () => {
      const { asOf } = await school.messages.threads({ limit: 1 });
      waiting.value = await school.messages.unread();
      if (isLoaded) tell("reset");
      isLoaded = true;
      return asOf;
    },
    apply: (name, event) => {
      countSoon();
      tell(name, event);
    },
    told: tell,
  });
  const end = lookingAgain(connection);
  return () => {
    end();
    leave();
    clearTimeout(counting);
    waiting.value = 0;
  };
}

/** Server-sent events bring no messages: as long as there is nothing else, they are looked for now and then.
 * @param {import("../../sdk/live.js").Live} connection */
function lookingAgain(connection) {
  const look = () => {
    if (connection.state !== "sse" || document.hidden) return;
    countSoon();
    tell("reset");
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

/** What counts is decided by the server, which knows what is muted. */
function countSoon() {
  clearTimeout(counting);
  counting = setTimeout(async () => {
    try {
      waiting.value = await school.messages.unread();
    } catch {
      // the next event, or the next connection, counts again
    }
  }, COUNT_AFTER_MS);
}

/** Who the user is. */
export function me() {
  return user.value?.id ?? "";
}

import { ApiError } from "./errors.js";

/** @typedef {{id: string, name: string, role: string, since: string}} Present */
/** Who is here: `people` is null where they are too many to name. @typedef {{count: number, people: Present[] | null}} Here */
/** Someone who is writing in the field `where`. @typedef {{userId: string, name: string, where: string}} Typist */
/** @typedef {Here & {typing: Typist[]}} RoomState */

const MAX_LISTED = 200;
const LIST_AGAIN_MS = [500, 2500];
const TYPING_EVERY_MS = 3000;

/**
 * Who is here after one event. `isStale` says that the list no longer has as many people as the server counts, because
 * an event was lost, or that a crowd has become small enough to be listed: then the list is to be loaded.
 * @param {Here} here
 * @param {string} name
 * @param {any} event
 * @returns {Here & {isStale: boolean}}
 */
export function attended(here, name, event) {
  const { count } = event;
  if (name === "presence.changed") return { count, people: null, isStale: count <= MAX_LISTED };
  const others = here.people?.filter(({ id }) => id !== event.userId) ?? null;
  const { userId: id, name: called, role, since } = event;
  const people = others && name === "presence.joined" ? [...others, { id, name: called, role, since }] : others;
  return { count, people, isStale: people?.length !== count };
}

/**
 * A course's room: who is in it, and who is typing. `changed` is told the state, at every change; being in the room is
 * following it, so whoever has one open is seen by the others.
 */
export class Room {
  /** @type {RoomState} */ state = { count: 0, people: [], typing: [] };
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */ #typists = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #listAgain;
  #typedAt = -Infinity;
  #isClosed = false;

  /**
   * @param {import("./live.js").Live} live
   * @param {import("./rest.js").Rest} rest
   * @param {string} courseId
   * @param {(state: RoomState) => void} changed
   */
  constructor(live, rest, courseId, changed) {
    this.live = live;
    this.rest = rest;
    this.courseId = courseId;
    this.changed = changed;
    this.leave = live.watch({
      courseId,
      namespace: "collab",
      load: () => this.#list(),
      apply: () => {},
      told: (name, event) => this.#told(name, event),
      ended: () => this.close(),
    });
  }

  /** Say that the user is writing in the field `where`; call it at every key, it is sent every 3 s at most.
   * @param {string} where */
  typing(where) {
    if (performance.now() - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = performance.now();
    this.live.say("collab", "typing", { courseId: this.courseId, where });
  }

  /** Leave the room. */
  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#listAgain);
    for (const timer of this.#typists.values()) clearTimeout(timer);
    this.leave();
  }

  /** @returns {Promise<undefined>} */
  async #list() {
    const { count, people } = (await this.rest.get(`/courses/${this.courseId}/presence`)).data;
    this.#show({ count, people });
  }

  /** @param {string} name @param {any} event */
  #told(name, event) {
    if (name === "typing") return this.#typed(event);
    const { isStale, ...here } = attended(this.state, name, event);
    this.#show(here);
    clearTimeout(this.#listAgain);
    const [soonest = 0, latest = 0] = LIST_AGAIN_MS;
    const wait = soonest + this.live.random() * (latest - soonest); // a whole class has missed the same event
    if (isStale) this.#listAgain = setTimeout(() => void this.#listed(), wait);
  }

  async #listed() {
    try {
      await this.#list();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // the next event tells again that the list is stale
    }
  }

  /** @param {Typist & {inMs: number}} event */
  #typed({ userId, name, where, inMs }) {
    if (userId === this.live.session.user?.id) return;
    clearTimeout(this.#typists.get(userId));
    this.#typists.set(userId, setTimeout(() => this.#show({ typing: this.#without(userId) }), inMs));
    this.#show({ typing: [...this.#without(userId), { userId, name, where }] });
  }

  /** @param {string} userId */
  #without(userId) {
    return this.state.typing.filter((one) => one.userId !== userId);
  }

  /** @param {Partial<RoomState>} state */
  #show(state) {
    if (this.#isClosed) return;
    this.state = { ...this.state, ...state };
    this.changed(this.state);
  }
}

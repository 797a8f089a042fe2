import { pauseMs, sleep } from "./backoff.js";
import { ApiError } from "./errors.js";
import { judge } from "./position.js";

/** @typedef {import("./position.js").Position} Position */
/** @typedef {import("./position.js").LiveEvent} LiveEvent */
/**
 * What the caller of `watch` hands in. `load` loads the snapshot and returns its `asOf`; `apply` gets each event once
 * and in order; `told` gets what has no number, such as presence and typing, as it comes and while it comes; `ended` is
 * told when the right to follow has ended, or was never there.
 * @typedef {{load: () => Promise<Record<string, Position> | undefined>,
 *   apply: (name: string, event: LiveEvent) => void, told?: (name: string, event: any) => void, ended?: (error: ApiError) => void}} Handlers
 */
/**
 * What a subscription asks of the open connection: `join` to follow from where it stands, `sync` after a gap.
 * @typedef {{join: (subscription: Subscription) => void,
 *   sync: (subscription: Subscription, stream: string, position: Position) => void, changed: () => void}} Link
 */

const NO_LONGER = new Set([401, 403, 404]);

/** The streams of one course, of a thread of many people, or of the user and the whole school, in one namespace. It knows how far each was applied, and no transport. */
export class Subscription {
  /** @type {Map<string, Position>} */ positions = new Map();
  /** Streams whose `sync.ok` is still to come. @type {Set<string>} */ pending = new Set();
  /** What arrived while the snapshot was loading. @type {[string, any][] | null} */ #waiting = null;
  /** Streams with a gap, until the missing events came. @type {Set<string>} */ #asked = new Set();
  isEnded = false;
  isLoaded = false;

  /**
   * @param {string} namespace
   * @param {string | null} courseId null for the user's own stream and the school's, and for a thread
   * @param {Handlers} handlers
   * @param {Link} link
   * @param {string | null} [threadId]
   */
  constructor(namespace, courseId, handlers, link, threadId = null) {
    this.threadId = threadId;
    this.namespace = namespace;
    this.courseId = courseId;
    this.handlers = handlers;
    this.link = link;
  }

  /** Whether these are the streams of the user, which every connection follows by itself. */
  get isOwn() {
    return !this.courseId && !this.threadId;
  }

  /** Whether everything up to the present was applied. */
  get isSettled() {
    return this.isEnded || (this.isLoaded && this.#waiting === null && this.pending.size === 0);
  }

  /** @param {string} stream */
  owns(stream) {
    const [namespace, room = ""] = stream.split("/");
    if (namespace !== this.namespace) return false;
    if (this.threadId) return room === `thread:${this.threadId}`;
    if (this.courseId) return room.split(":")[1] === this.courseId && !room.startsWith("user:");
    return room.startsWith("user:") || room === "all";
  }

  /** Load the snapshot and go on from it. What arrives meanwhile is kept, and judged afterwards. */
  async load() {
    if (this.#waiting !== null || this.isEnded) return;
    this.#waiting = [];
    this.link.changed();
    const asOf = await this.#loaded();
    if (this.isEnded) return;
    this.positions = new Map(Object.entries(asOf ?? {}).filter(([stream]) => this.owns(stream)));
    this.#asked.clear();
    this.isLoaded = true;
    const told = this.#waiting;
    this.#waiting = null;
    this.link.join(this);
    for (const [name, payload] of told) this.receive(name, payload);
    this.link.changed();
  }

  /** A new connection: nothing is asked for on it, and every known stream is to be caught up with; but for those that
   * it does not carry, which wait where they stand for a connection that does.
   * @param {boolean} [isCarried] */
  begin(isCarried = true) {
    this.#asked.clear();
    this.pending = new Set(isCarried ? this.positions.keys() : []);
  }

  /** @param {string} name @param {any} payload an event, or `sync.ok`, or `sync.reset` */
  receive(name, payload) {
    if (this.isEnded) return;
    if (this.#waiting !== null) this.#waiting.push([name, payload]);
    else if (name === "sync.ok") this.#caughtUp(payload);
    else if (name === "sync.reset") this.#reset(payload);
    else if (payload._seq === undefined) this.handlers.told?.(name, payload);
    else this.#event(name, payload);
  }

  /** @param {ApiError} error */
  end(error) {
    if (this.isEnded) return;
    this.isEnded = true;
    this.#waiting = null;
    this.handlers.ended?.(error);
    this.link.changed();
  }

  /** @param {string} name @param {LiveEvent} event */
  #event(name, event) {
    const stream = event._stream;
    const position = this.positions.get(stream);
    const verdict = judge(position, event);
    if (verdict === "apply") {
      this.positions.set(stream, [event._epoch, event._seq]);
      if (!event._redacted) this.handlers.apply(name, event);
    } else if (verdict === "reset") {
      void this.load();
    } else if (verdict === "gap" && position && !this.#asked.has(stream)) {
      this.#asked.add(stream);
      this.pending.add(stream);
      this.link.changed();
      this.link.sync(this, stream, position);
    }
  }

  /** @param {{stream: string, epoch: string, from: number, to: number}} told */
  #caughtUp({ stream, epoch, from, to }) {
    const position = this.positions.get(stream);
    this.#asked.delete(stream);
    this.pending.delete(stream);
    if (!position) this.positions.set(stream, [epoch, to]);
    else if (position[0] !== epoch || from > position[1]) return void this.load();
    this.link.changed();
  }

  /** @param {{stream: string, reason: string}} told */
  #reset({ stream, reason }) {
    this.pending.delete(stream);
    if (reason === "not_permitted" || reason === "unknown_stream") {
      const what = { code: "not_permitted", category: /** @type {const} */ ("auth"), status: 403 };
      this.end(new ApiError("This may not be followed any more.", what));
    } else void this.load();
  }

  /** Ask for the snapshot until it comes, or until there is no right to it. */
  async #loaded() {
    for (let failures = 1; !this.isEnded; failures++) {
      try {
        return await this.handlers.load();
      } catch (error) {
        if (error instanceof ApiError && NO_LONGER.has(error.status)) return this.end(error) ?? undefined;
        if (!(error instanceof ApiError)) throw error;
        await sleep(pauseMs(failures));
      }
    }
    return undefined;
  }
}

import { pauseMs, sleep, spreadMs } from "./backoff.js";
import { ApiError } from "./errors.js";
import { EventLink } from "./events.js";
import { earliest } from "./position.js";
import { SocketLink } from "./socket.js";
import { Subscription } from "./subscription.js";

/** @typedef {"live" | "resuming" | "offline" | "sse" | "closed"} State */
/** @typedef {import("./socket.js").End} End */
/**
 * @typedef {{transports?: ("websocket" | "sse")[], namespaces?: string[], socketRetryMs?: number,
 *   random?: () => number}} LiveOptions
 */

const FALL_BACK_AFTER = 2;
const SOCKET_RETRY_MS = 60_000;
const EARLY = 0.9; // of the moment at which the server would close
const AT_ONCE_MS = 250;
const TOKEN_REFUSED = new Set(["not_authenticated", "session_ended", "session_outdated"]);

/**
 * The live connection of one session: a WebSocket, or server-sent events where a WebSocket does not get through.
 * It comes back by itself, resumes every stream from where it stood, and ends with the session.
 */
export class Live {
  /** @type {State} */ state = "offline";
  /** @type {Set<Subscription>} */ #subscriptions = new Set();
  /** @type {Set<(state: State) => void>} */ #watchers = new Set();
  /** @type {SocketLink | EventLink | null} */ #link = null;
  /** @type {string | null} */ #cursor = null;
  #pause = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #probeTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #moveTimer;
  #isOpen = false;
  #socketFailures = 0;
  #tokenRefused = false;
  /** @type {() => void} */ #unplug = () => {};

  /**
   * @param {import("./request.js").Wire} wire
   * @param {import("./session.js").Session} session
   * @param {LiveOptions} [options]
   */
  constructor(wire, session, options = {}) {
    this.wire = wire;
    this.session = session;
    const { transports = ["websocket", "sse"], namespaces = ["announcements"], random = Math.random } = options;
    this.options = { ...options, transports, namespaces };
    this.random = random;
    this.#listen();
    void this.#run();
  }

  /** @param {(state: State) => void} watcher is told the state, at once and at every change */
  onState(watcher) {
    this.#watchers.add(watcher);
    watcher(this.state);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Follow a course, or with `courseId: null` what concerns the user alone and the whole school, or with a `threadId`
   * as well a thread of so many people that it has a stream. Returns a function that ends it.
   * @param {{courseId: string | null, threadId?: string | null,
   *   namespace?: string} & import("./subscription.js").Handlers} what
   */
  watch({ courseId, threadId = null, namespace = "announcements", ...handlers }) {
    const link = {
      join: (/** @type {Subscription} */ one) => this.#isOpen && this.#link?.join(one),
      sync: (/** @type {Subscription} */ one, /** @type {string} */ stream, /** @type {[string, number]} */ position) => {
        this.#link?.sync(one, stream, position);
      },
      changed: () => this.#show(),
    };
    const subscription = new Subscription(namespace, courseId, handlers, link, threadId);
    this.#subscriptions.add(subscription);
    if (this.#link?.kind === "sse") this.#link.close({ pauseMs: 0 });
    void subscription.load();
    return () => {
      this.#subscriptions.delete(subscription);
      subscription.isEnded = true;
      const isShared = this.#all().some((one) => one.courseId === courseId && one.namespace === namespace);
      if (!isShared && this.#isOpen) this.#link?.leave(subscription);
      this.#show();
    };
  }

  /** Follow what concerns the user alone, in one namespace. Returns a function that ends it.
   * @param {string} namespace @param {import("./subscription.js").Handlers} handlers */
  own(namespace, handlers) {
    return this.watch({ courseId: null, namespace, ...handlers });
  }

  /** Say something that may be lost, such as that the user is typing. Server-sent events take nothing.
   * @param {string} namespace @param {string} name @param {object} body */
  say(namespace, name, body) {
    if (this.#isOpen) this.#link?.tell(namespace, name, body);
  }

  /** End the connection for good. */
  close() {
    this.#set("closed");
    this.#unplug();
    this.#link?.close();
    this.#pause.abort();
  }

  async #run() {
    for (let failures = 0; !this.#isClosed; ) {
      if (globalThis.navigator?.onLine === false) {
        this.#set("offline");
        await this.#sleep(2 ** 30);
        continue;
      }
      if (this.state !== "offline" || failures === 0) this.#set("resuming");
      const end = await this.#once();
      if (this.#isClosed) return;
      failures = end.opened ? 0 : failures + 1;
      this.#set(failures ? "offline" : "resuming");
      if (end.refusal && TOKEN_REFUSED.has(end.refusal.code)) this.#tokenRefused = true;
      const pause = end.opened ? (end.pauseMs ?? pauseMs(1, this.random)) : pauseMs(failures, this.random);
      await this.#sleep(Math.max(pause, spreadMs(end.refusal?.retryAfterMs ?? 0, this.random)));
    }
  }

  /** One connection, from its beginning to its end. @returns {Promise<End>} */
  async #once() {
    const token = await this.#token();
    if (!token) return { opened: false };
    const useEvents = !this.options.transports.includes("websocket") || this.#socketFailures >= FALL_BACK_AFTER;
    const link = useEvents && this.options.transports.includes("sse") ? this.#events(token) : this.#socket(token);
    for (const one of this.#all()) one.begin(link.carries(one.namespace));
    this.#link = link;
    if (link.kind === "sse") this.#probeLater();
    const end = await link.run(this.#namespaces());
    clearTimeout(this.#probeTimer);
    clearTimeout(this.#moveTimer);
    this.#link = null;
    this.#isOpen = false;
    if (end.opened) this.#socketFailures = link.kind === "live" ? 0 : this.#socketFailures;
    else if (link.kind === "live") this.#socketFailures += end.refusal ? 0 : 1;
    else this.#socketFailures = FALL_BACK_AFTER - 1;
    return end;
  }

  async #token() {
    try {
      const token = this.#tokenRefused ? await this.session.refresh() : await this.session.token();
      this.#tokenRefused = false;
      return token;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.category === "auth") this.close();
      return null;
    }
  }

  /** @param {string} token */
  #socket(token, hear = this.#hear.bind(this), opened = this.#opened.bind(this)) {
    const resume = (/** @type {string} */ namespace) => {
      const own = this.#all().filter((one) => one.namespace === namespace && one.isOwn);
      return earliest(own.map((one) => one.positions));
    };
    return new SocketLink({ url: this.wire.url, token, hear, opened, resume });
  }

  /** @param {string} token */
  #events(token) {
    const courses = [...new Set(this.#all().flatMap((one) => one.courseId ?? []))];
    return new EventLink({
      wire: this.wire,
      token,
      courseId: courses.length === 1 ? /** @type {string} */ (courses[0]) : null,
      cursor: this.#cursor,
      hear: this.#hear.bind(this),
      opened: this.#opened.bind(this),
      moved: (cursor) => (this.#cursor = cursor),
    });
  }

  /** While events come by SSE, see now and then whether a WebSocket gets through again. */
  #probeLater() {
    if (!this.options.transports.includes("websocket")) return;
    const wait = (this.options.socketRetryMs ?? SOCKET_RETRY_MS) * (0.5 + this.random() / 2);
    this.#probeTimer = setTimeout(() => void this.#probe(), wait);
  }

  async #probe() {
    const before = this.#link;
    const token = await this.#token();
    if (!token || before?.kind !== "sse" || this.#link !== before) return;
    const probe = this.#socket(token, () => {}, () => probe.close());
    const end = await probe.run(this.#namespaces().slice(0, 1));
    if (this.#link !== before) return;
    if (!end.opened) return this.#probeLater();
    this.#socketFailures = 0;
    before.close({ pauseMs: 0 });
  }

  #opened() {
    this.#isOpen = true;
    for (const one of this.#all()) {
      const isFollowed = one.isOwn && this.#link?.follows(one.namespace); // what came while it opened is not
      if (one.isLoaded && !isFollowed) this.#link?.join(one);
    }
    this.#show();
  }

  /** @param {string} _namespace @param {string} name @param {any} payload */
  #hear(_namespace, name, payload) {
    if (name === "auth.expiring") return void this.#renew();
    if (name === "session.permissions") return this.#rights(payload);
    if (name === "sys.reconnect") return this.#moveOn(payload);
    const stream = payload?._stream ?? payload?.stream;
    if (!stream) return;
    for (const one of this.#all()) if (one.owns(stream)) one.receive(name, payload);
  }

  /** A fresh token on the open connection; where none is to be had, the connection ends and `#run` finds out why. */
  async #renew() {
    try {
      const token = await this.session.refresh();
      this.#link?.renew(token);
      if (this.#link?.kind === "sse") this.#link.close({ pauseMs: 0 });
    } catch {
      this.#tokenRefused = true;
    }
  }

  /** The server ends, and has given this client a moment of its own to go; others go at other moments.
   * @param {{inMs: number}} told */
  #moveOn({ inMs }) {
    const link = this.#link;
    clearTimeout(this.#moveTimer); // it is told on every namespace
    this.#moveTimer = setTimeout(() => link?.close({ pauseMs: this.random() * AT_ONCE_MS }), inMs * EARLY);
  }

  /** @param {{ended?: string, left?: string[] | null, role?: string | null, permissions?: string[] | null}} told */
  #rights({ ended, left, role, permissions }) {
    if (ended && ended !== "replaced") void this.#over(ended);
    if (role || permissions) {
      this.session.changed({ role: role ?? undefined, permissions: permissions ?? undefined });
      this.session.refresh().catch(() => (this.#tokenRefused = true));
    }
    const what = { code: "not_permitted", category: /** @type {const} */ ("auth"), status: 403 };
    const error = new ApiError("This may not be followed any more.", what);
    for (const one of this.#all()) if (left?.some((stream) => one.owns(stream))) one.end(error);
  }

  /** The session is over, if it cannot be renewed; whoever is signed out has no connection either.
   * @param {string} why */
  async #over(why) {
    await this.session.ended(why);
    if (!this.session.isSignedIn) this.close();
  }

  #listen() {
    const wake = () => this.#pause.abort();
    const cut = () => (this.#link ? this.#link.close({ pauseMs: 0 }) : undefined);
    globalThis.addEventListener?.("online", wake);
    globalThis.addEventListener?.("offline", cut);
    this.#unplug = () => {
      globalThis.removeEventListener?.("online", wake);
      globalThis.removeEventListener?.("offline", cut);
    };
  }

  /** @param {number} ms */
  async #sleep(ms) {
    await sleep(ms, this.#pause.signal);
    if (!this.#isClosed) this.#pause = new AbortController();
  }

  get #isClosed() {
    return this.state === "closed";
  }

  #all() {
    return [...this.#subscriptions];
  }

  #namespaces() {
    return [...new Set([...this.options.namespaces, ...this.#all().map((one) => one.namespace)])];
  }

  /** While the connection is open, say whether everything was caught up with. */
  #show() {
    if (!this.#isOpen || !this.#link) return;
    this.#set(this.#all().every((one) => one.isSettled) ? this.#link.kind : "resuming");
  }

  /** @param {State} state */
  #set(state) {
    if (this.state === state || this.state === "closed") return;
    this.state = state;
    for (const watcher of this.#watchers) watcher(state);
  }
}

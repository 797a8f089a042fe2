import { Manager } from "socket.io-client";
import { ApiError } from "./errors.js";

/** @typedef {import("./subscription.js").Subscription} Subscription */
/** How a connection ended: whether it was ever open, and the refusal if there was one.
 * @typedef {{opened: boolean, refusal?: ApiError, pauseMs?: number}} End */

const CONNECT_WITHIN_MS = 5_000;
const ACK_WITHIN_MS = 10_000;

/** One WebSocket connection with the namespaces that are asked for. It never reconnects: that is `connect`'s part. */
export class SocketLink {
  /** @type {Map<string, import("socket.io-client").Socket>} */ #sockets = new Map();
  /** What was said too fast and is to be said again. @type {(() => void)[]} */ #again = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #pace;
  #opened = false;
  #closed = false;
  /** @type {(end: End) => void} */ #end = () => {};
  kind = /** @type {const} */ ("live");

  /**
   * @param {{url: string, token: string, hear: (namespace: string, name: string, payload: any) => void,
   *   opened: () => void, resume: (namespace: string) => Record<string, import("./position.js").Position>}} options
   */
  constructor(options) {
    this.options = options;
    this.manager = new Manager(options.url, {
      transports: ["websocket"],
      reconnection: false,
      autoConnect: false,
      timeout: CONNECT_WITHIN_MS,
    });
  }

  /** @param {string} _namespace */
  carries(_namespace) {
    return true;
  }

  /** Whether what is the user's own there is followed by itself. @param {string} namespace */
  follows(namespace) {
    return this.#sockets.has(namespace);
  }

  /** @param {string[]} namespaces @returns {Promise<End>} */
  run(namespaces) {
    return new Promise((resolve) => {
      this.#end = resolve;
      for (const namespace of namespaces) this.#connect(namespace);
    });
  }

  /** @param {Subscription} subscription */
  join(subscription) {
    const { namespace, courseId, threadId, positions } = subscription;
    const socket = this.#sockets.get(namespace) ?? this.#connect(namespace);
    if (subscription.isOwn) return this.#joinOwn(socket, subscription);
    if (!socket.connected) return;
    const resume = Object.fromEntries(positions);
    const [command, body] = threadId ? ["thread.watch", { threadId, resume }] : ["course.watch", { courseId, resume }];
    this.#say(socket, command, body, subscription, (data) => {
      for (const [stream, position] of Object.entries(data.streams)) {
        if (!subscription.positions.has(stream)) subscription.positions.set(stream, /** @type {any} */ (position));
      }
    });
  }

  /** @param {Subscription} subscription @param {string} stream @param {[string, number]} position */
  sync(subscription, stream, [epoch, seq]) {
    const socket = this.#sockets.get(subscription.namespace);
    if (socket?.connected) this.#say(socket, "sync", { stream, epoch, seq }, subscription, () => {});
  }

  /** @param {Subscription} subscription */
  leave({ namespace, courseId }) {
    const socket = this.#sockets.get(namespace);
    if (courseId && socket?.connected) socket.emit("course.unwatch", { courseId });
  }

  /** Say something that needs no answer. @param {string} namespace @param {string} name @param {object} body */
  tell(namespace, name, body) {
    const socket = this.#sockets.get(namespace);
    if (socket?.connected) socket.emit(name, body);
  }

  /** Put a fresh token on the open connection. @param {string} token */
  renew(token) {
    [...this.#sockets.values()].find((socket) => socket.connected)?.emit("auth.refresh", { token }, () => {});
  }

  /** @param {Omit<End, "opened">} [why] */
  close(why = {}) {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#pace);
    this.manager.engine?.close(); // first, because a farewell on a socket that the server is closing is an error
    for (const socket of this.#sockets.values()) socket.disconnect();
    this.#end({ opened: this.#opened, ...why });
  }

  /** @param {string} namespace */
  #connect(namespace) {
    const { token, resume, hear, opened } = this.options;
    const socket = this.manager.socket(`/${namespace}`, {
      auth: (/** @type {(data: object) => void} */ send) => send({ token, resume: resume(namespace) }),
    });
    this.#sockets.set(namespace, socket);
    socket.onAny((name, payload) => hear(namespace, name, payload));
    socket.on("connect", () => {
      if ([...this.#sockets.values()].every((one) => one.connected)) {
        this.#opened = true;
        opened();
      }
    });
    socket.on("connect_error", (error) => {
      const said = /** @type {any} */ (error).data;
      this.close(said?.code ? { refusal: ApiError.of(said, said.status ?? 0) } : {});
    });
    socket.on("disconnect", () => this.close());
    socket.connect();
    // Also before it has opened, which nothing else tells. A refused CONNECT closes it too, and is told just behind.
    this.manager.engine?.once("close", () => queueMicrotask(() => this.close()));
    return socket;
  }

  /** The user's own stream was joined by the CONNECT; after a reset it is asked for by name.
   * @param {import("socket.io-client").Socket} socket @param {Subscription} subscription */
  #joinOwn(socket, subscription) {
    if (!socket.connected) return;
    for (const [stream, position] of subscription.positions) this.sync(subscription, stream, position);
  }

  /**
   * @param {import("socket.io-client").Socket} socket @param {string} name @param {object} body
   * @param {Subscription} subscription @param {(data: any) => void} done
   */
  #say(socket, name, body, subscription, done) {
    socket.timeout(ACK_WITHIN_MS).emit(name, body, (/** @type {Error | null} */ late, /** @type {any} */ ack) => {
      if (this.#closed) return;
      if (late) return this.close();
      if (ack.ok) return done(ack.data);
      const error = ApiError.of(ack.error, ack.error.status);
      if (error.code === "rate_limited") {
        this.#again.push(() => subscription.isEnded || this.#say(socket, name, body, subscription, done));
        return this.#repeat(error.retryAfterMs);
      }
      if (error.retryable) this.close({ refusal: error });
      else subscription.end(error);
    });
  }

  /** One by one, as far apart as the server asked: all together they would be too fast again. @param {number} ms */
  #repeat(ms) {
    this.#pace ??= setTimeout(() => {
      this.#pace = undefined;
      this.#again.shift()?.();
      if (this.#again.length) this.#repeat(ms);
    }, ms);
  }
}

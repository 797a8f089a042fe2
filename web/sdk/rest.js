import { pauseMs, sleep } from "./backoff.js";
import { ApiError } from "./errors.js";
import { send } from "./request.js";

/** @typedef {{query?: Record<string, unknown>, ifMatch?: string, idempotencyKey?: string,
 *   signal?: AbortSignal}} Options */

/** Asks the user to prove again who they are, and says whether they did. @typedef {() => Promise<boolean>} Prove */

const ATTEMPTS = 4;
const LONGEST_WAIT_MS = 30_000;
const TOKEN_REFUSED = new Set(["not_authenticated", "session_ended", "session_outdated"]);

/**
 * REST with retries. Every POST carries an Idempotency-Key, so a repeated one does the thing once; what failed for
 * want of a network or of a server is tried four times, and a token that does not count any more is exchanged once.
 * Where the server wants a newer proof of who is calling, `prove` asks for one, and the call is repeated once.
 */
export class Rest {
  /** @type {Promise<boolean> | null} */ #proving = null;

  /**
   * @param {import("./request.js").Wire} wire
   * @param {import("./session.js").Session} session
   * @param {{random?: () => number, pause?: typeof sleep, prove?: Prove}} [options]
   */
  constructor(wire, session, { random = Math.random, pause = sleep, prove } = {}) {
    this.wire = wire;
    this.session = session;
    this.random = random;
    this.pause = pause;
    this.prove = prove;
  }

  /** @param {string} path @param {Options["query"]} [query] @param {Options} [options] */
  get(path, query, options) {
    return this.#call("GET", path, undefined, { ...options, query });
  }

  /** @param {string} path @param {unknown} [body] @param {Options} [options] */
  post(path, body, options) {
    return this.#call("POST", path, body ?? {}, { idempotencyKey: crypto.randomUUID(), ...options });
  }

  /** @param {string} path @param {unknown} body @param {Options} [options] */
  put(path, body, options) {
    return this.#call("PUT", path, body, options);
  }

  /** @param {string} path @param {unknown} body @param {Options} [options] */
  patch(path, body, options) {
    return this.#call("PATCH", path, body, options);
  }

  /** @param {string} path @param {Options & {body?: unknown}} [options] */
  delete(path, { body, ...options } = {}) {
    return this.#call("DELETE", path, body, options);
  }

  /** @param {string} method @param {string} path @param {unknown} body @param {Options} [options] */
  async #call(method, path, body, { query, ifMatch, idempotencyKey, signal } = {}) {
    const headers = {
      ...(ifMatch && { "If-Match": ifMatch }),
      ...(idempotencyKey && method === "POST" && { "Idempotency-Key": idempotencyKey }),
    };
    let [renewed, proved] = [false, false];
    for (let failures = 0; ; ) {
      try {
        const authorization = await this.#authorization();
        return await send(this.wire, { method, path, query, body, headers: { ...headers, ...authorization }, signal });
      } catch (thrown) {
        const error = /** @type {ApiError} */ (thrown);
        if (TOKEN_REFUSED.has(error.code) && this.session.isSignedIn && !renewed) {
          renewed = true;
          await this.session.refresh();
          continue;
        }
        if (error.code === "step_up_required" && !proved && (await this.#proved())) {
          proved = true;
          continue;
        }
        failures += 1;
        const isHopeless = !error.retryable || error.retryAfterMs > LONGEST_WAIT_MS;
        if (isHopeless || failures >= ATTEMPTS || signal?.aborted) throw error;
        await this.pause(Math.max(pauseMs(failures, this.random), error.retryAfterMs), signal);
      }
    }
  }

  /** Calls at the same time share one question. */
  async #proved() {
    if (!this.prove) return false;
    this.#proving ??= this.prove().finally(() => (this.#proving = null));
    return this.#proving;
  }

  /** @returns {Promise<Record<string, string>>} */
  async #authorization() {
    return this.session.isSignedIn ? { Authorization: `Bearer ${await this.session.token()}` } : {};
  }
}

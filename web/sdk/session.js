import { sleep } from "./backoff.js";
import { ApiError } from "./errors.js";
import { send } from "./request.js";

/** @typedef {{id: string, email: string, firstName: string, lastName: string, role: string}} User */

const RENEW_BEFORE_MS = 30_000;
const REPLACED_TRIES = 3;
const REPLACED_PAUSE_MS = 200;

/**
 * Who is signed in. The access token stays in memory. In browsers the refresh token is a cookie that no script can
 * read; in Node it is kept here.
 */
export class Session {
  /** @type {string | null} */ #token = null;
  /** @type {string | null} */ #refreshToken = null;
  #expiresAt = 0;
  /** @type {Promise<string> | null} */ #refreshing = null;
  /** @type {Set<(user: User | null) => void>} */ #watchers = new Set();
  /** @type {User | null} */ user = null;

  /** @param {import("./request.js").Wire} wire */
  constructor(wire) {
    this.wire = wire;
  }

  /** @param {(user: User | null) => void} watcher is told who is signed in and in which role, at every change */
  onChange(watcher) {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** @param {string} email @param {string} password */
  async signIn(email, password) {
    return this.#take(await this.#post("/auth/signin", { email, password }));
  }

  /** @param {{email: string, password: string, firstName: string, lastName: string, role?: string}} draft */
  async signUp(draft) {
    return this.#take(await this.#post("/auth/signup", draft));
  }

  /** Go on with the session of an earlier page, or of a kept refresh token; null when there is none.
   * @param {string} [refreshToken] */
  async restore(refreshToken) {
    if (refreshToken) this.#refreshToken = refreshToken;
    try {
      await this.refresh();
    } catch (error) {
      if (error instanceof ApiError && error.category === "auth") return null;
      throw error;
    }
    return this.user;
  }

  async signOut() {
    const body = this.#refreshToken ? { refreshToken: this.#refreshToken } : {};
    const headers = this.#token ? { Authorization: `Bearer ${this.#token}` } : undefined;
    await send(this.wire, { method: "POST", path: "/auth/logout", body, headers });
    this.#forget();
  }

  /** A token that is good for at least half a minute; refused with `auth` when nobody is signed in. */
  async token() {
    if (this.#token && Date.now() < this.#expiresAt - RENEW_BEFORE_MS) return this.#token;
    return this.refresh();
  }

  get isSignedIn() {
    return this.user !== null;
  }

  /** Exchange the refresh token. Callers at the same time share one exchange. @returns {Promise<string>} */
  refresh() {
    this.#refreshing ??= this.#exchange().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  /** A step-up, here or in another tab, may put new tokens in the place of those that were just sent. */
  async #exchange() {
    for (let tries = 1; ; tries += 1) {
      const before = this.#token;
      try {
        const body = this.#refreshToken ? { refreshToken: this.#refreshToken } : {};
        this.#take(await this.#post("/auth/refresh", body));
        return /** @type {string} */ (this.#token);
      } catch (error) {
        if (!(error instanceof ApiError) || error.category !== "auth") throw error;
        if (this.#token && this.#token !== before) return this.#token;
        if (error.code !== "session_replaced" || tries === REPLACED_TRIES) {
          this.#forget();
          throw error;
        }
        await sleep(REPLACED_PAUSE_MS);
      }
    }
  }

  /** @param {string} path @param {unknown} body */
  async #post(path, body) {
    return (await send(this.wire, { method: "POST", path, body })).data;
  }

  /** @param {{user: User, accessToken: string, refreshToken: string | null, expiresIn: number}} opened */
  #take(opened) {
    this.#token = opened.accessToken;
    this.#refreshToken = opened.refreshToken;
    this.#expiresAt = Date.now() + opened.expiresIn * 1000;
    this.#tell(opened.user);
    return opened.user;
  }

  #forget() {
    this.#token = this.#refreshToken = null;
    this.#expiresAt = 0;
    this.#tell(null);
  }

  /** @param {User | null} user */
  #tell(user) {
    const isOther = user?.id !== this.user?.id || user?.role !== this.user?.role;
    this.user = user;
    if (isOther) for (const watcher of this.#watchers) watcher(user);
  }
}

import { sleep } from "./backoff.js";
import { ApiError } from "./errors.js";
import { send } from "./request.js";

/** `permissions` are known once the server has told of a change. @typedef {{id: string, email: string,
 *   firstName: string, lastName: string, role: string, permissions?: string[]}} User */
/** A way to prove who one is, beside the password.
 * @typedef {{kind: "totp" | "email" | "sms" | "passkey", factorId: string, name: string}} Method */
/** The password was right, and one of these is still to be proved.
 * @typedef {{mfaToken: string, methods: Method[]}} Pending */
/** @typedef {(user: User | null, why: string) => void} Watcher */

const RENEW_BEFORE_MS = 30_000;
const REPLACED_TRIES = 3;
const REPLACED_PAUSE_MS = 200;
const LOCK = "coursewire.session";

/** One tab at a time: the refresh cookie belongs to all tabs of a browser.
 * @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function alone(work) {
  const locks = globalThis.document && navigator.locks;
  return /** @type {Promise<T>} */ (locks ? locks.request(LOCK, work) : work());
}

/**
 * Who is signed in. The access token stays in memory. In browsers the refresh token is a cookie that no script can
 * read; in Node it is kept here.
 */
export class Session {
  /** @type {string | null} */ #token = null;
  /** @type {string | null} */ #refreshToken = null;
  #expiresAt = 0;
  /** @type {Promise<string> | null} */ #refreshing = null;
  #why = "";
  /** @type {Set<Watcher>} */ #watchers = new Set();
  /** @type {User | null} */ user = null;

  /** @param {import("./request.js").Wire} wire */
  constructor(wire) {
    this.wire = wire;
  }

  /** @param {Watcher} watcher is told who is signed in, at every change; and why, where a session has ended */
  onChange(watcher) {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Sign in; where a second factor is enrolled, the answer is what `factors.verify` needs.
   * @param {string} email @param {string} password @returns {Promise<User | Pending>} */
  signIn(email, password) {
    return this.open("/auth/signin", { email, password });
  }

  /** @param {{email: string, password: string, firstName: string, lastName: string, role?: string,
   *   inviteCode?: string}} draft
   * @returns {Promise<User>} */
  signUp(draft) {
    return /** @type {Promise<User>} */ (this.open("/auth/signup", draft));
  }

  /**
   * Post what opens a session, or with `token` another one in place of this.
   * @param {string} path @param {object} body @param {string} [token] @returns {Promise<User | Pending>}
   */
  open(path, body, token) {
    const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
    return alone(async () => {
      const { data } = await send(this.wire, { method: "POST", path, body, headers });
      return data.mfaRequired ? { mfaToken: data.mfaToken, methods: data.methods } : this.#take(data);
    });
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
    this.#forget("");
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
    this.#refreshing ??= this.#renewed().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  /** The server has said that this session is over. If that is so, everyone here is told why.
   * @param {string} why */
  async ended(why) {
    this.#why = why;
    try {
      await this.refresh();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    } finally {
      this.#why = "";
    }
  }

  /** What the user may do has changed: the role and the permissions are known, and the token is to be renewed.
   * @param {{role?: string, permissions?: string[]}} rights */
  changed({ role, permissions }) {
    if (!this.user) return;
    this.#expiresAt = 0;
    const known = { role: role ?? this.user.role, permissions: permissions ?? this.user.permissions };
    this.#tell({ ...this.user, ...known }, "");
  }

  /** The user has changed their own name, say. @param {Partial<User>} fields */
  amended(fields) {
    if (this.user) this.#tell({ ...this.user, ...fields }, "");
  }

  #renewed() {
    const before = this.#token;
    return alone(async () => this.#brought(before) ?? this.#exchange(before));
  }

  /** The token that another call has brought since `before`, if one has. @param {string | null} before */
  #brought(before) {
    return this.#token !== before ? this.#token : null;
  }

  /** A step-up, here or in another tab, may put new tokens in the place of those that were just sent.
   * @param {string | null} before @returns {Promise<string>} */
  async #exchange(before, tries = 1) {
    try {
      const body = this.#refreshToken ? { refreshToken: this.#refreshToken } : {};
      this.#take((await send(this.wire, { method: "POST", path: "/auth/refresh", body })).data);
      return /** @type {string} */ (this.#token);
    } catch (error) {
      if (!(error instanceof ApiError) || error.category !== "auth") throw error;
      const brought = this.#brought(before);
      if (brought) return brought;
      if (error.code !== "session_replaced" || tries === REPLACED_TRIES) {
        this.#forget(this.#why || error.code);
        throw error;
      }
    }
    await sleep(REPLACED_PAUSE_MS);
    return this.#exchange(before, tries + 1);
  }

  /** @param {{user: User, accessToken: string, refreshToken: string | null, expiresIn: number}} opened */
  #take(opened) {
    this.#token = opened.accessToken;
    this.#refreshToken = opened.refreshToken;
    this.#expiresAt = Date.now() + opened.expiresIn * 1000;
    const isSame = opened.user.id === this.user?.id && opened.user.role === this.user.role;
    const permissions = opened.user.permissions ?? (isSame ? this.user?.permissions : undefined);
    this.#tell({ ...opened.user, permissions }, "");
    return opened.user;
  }

  /** @param {string} why */
  #forget(why) {
    this.#token = this.#refreshToken = null;
    this.#expiresAt = 0;
    this.#tell(null, why);
  }

  /** @param {User | null} user @param {string} why */
  #tell(user, why) {
    const isOther = JSON.stringify(user) !== JSON.stringify(this.user);
    this.user = user;
    if (isOther) for (const watcher of this.#watchers) watcher(user, why);
  }
}

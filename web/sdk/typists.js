/** Someone who is writing just now. @typedef {{userId: string, name: string}} Typist */

const TYPING_EVERY_MS = 3000;
const TYPING_FOR_MS = 5000;

/** Who is writing in one place. Each of them stops by themselves, and when what they wrote is there. */
export class Typists {
  /** @type {Map<string, {name: string, timer: ReturnType<typeof setTimeout>}>} */ #writing = new Map();
  #saidAt = -Infinity;

  /** @param {(typists: Typist[]) => void} changed */
  constructor(changed) {
    this.changed = changed;
  }

  /** @param {{userId: string, name: string, inMs?: number}} event */
  told({ userId, name, inMs = TYPING_FOR_MS }) {
    clearTimeout(this.#writing.get(userId)?.timer);
    this.#writing.set(userId, { name, timer: setTimeout(() => this.stopped(userId), inMs) });
    this.#show();
  }

  /** @param {string} userId */
  stopped(userId) {
    clearTimeout(this.#writing.get(userId)?.timer);
    if (this.#writing.delete(userId)) this.#show();
  }

  /** Whether it is time to say again that the user is writing; ask at every key. */
  get isDue() {
    if (performance.now() - this.#saidAt < TYPING_EVERY_MS) return false;
    this.#saidAt = performance.now();
    return true;
  }

  /** What was written is sent: the next key is news again. */
  sent() {
    this.#saidAt = -Infinity;
  }

  close() {
    for (const { timer } of this.#writing.values()) clearTimeout(timer);
    this.#writing.clear();
  }

  #show() {
    this.changed([...this.#writing].map(([userId, { name }]) => ({ userId, name })));
  }
}

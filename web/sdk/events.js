import { ApiError } from "./errors.js";

/** @typedef {import("./socket.js").End} End */
/** @typedef {{id: string, event: string, data: string, retry: number | null}} Frame */

const SILENCE_MS = 40_000;
/** @type {Record<string, string>} */
const TOPICS = {
  announcements: "notifications",
  notifications: "notifications",
  grading: "assignments",
  progress: "progress",
};

/** One response of server-sent events. It is read with `fetch`, so that a token and a cursor can go with it. */
export class EventLink {
  kind = /** @type {const} */ ("sse");
  #abort = new AbortController();
  #opened = false;
  /** @type {Omit<End, "opened">} */ #why = {};

  /**
   * @param {{wire: import("./request.js").Wire, token: string, courseId: string | null, cursor: string | null,
   *   hear: (namespace: string, name: string, payload: any) => void, opened: () => void,
   *   moved: (cursor: string) => void}} options
   */
  constructor(options) {
    this.options = options;
  }

  /** All that is the user's own comes in the one response. @param {string} _namespace */
  follows(_namespace) {
    return true;
  }

  /** What is not in a topic comes on a WebSocket only. @param {string} namespace */
  carries(namespace) {
    return namespace in TOPICS;
  }

  /** @param {string[]} namespaces @returns {Promise<End>} */
  async run(namespaces) {
    const topics = [...new Set(namespaces.map((one) => TOPICS[one]).filter(Boolean))].join(",");
    try {
      const response = await this.#ask(topics);
      if (response.ok && response.body) await this.#read(response.body);
      else this.#why.refusal = ApiError.of(await response.json().catch(() => null), response.status);
    } catch {
      // The network failed, or close() was called: either way the connection is over, and the caller goes on.
    }
    return { opened: this.#opened, ...this.#why };
  }

  /** Nobody can speak on this connection: what is followed was decided when it opened. */
  join() {}
  leave() {}
  renew() {}
  tell() {}

  /** A gap cannot be asked for here; the snapshot closes it.
   * @param {import("./subscription.js").Subscription} subscription */
  sync(subscription) {
    void subscription.load();
  }

  /** @param {Omit<End, "opened">} [why] */
  close(why = {}) {
    this.#why = { ...this.#why, ...why };
    this.#abort.abort();
  }

  /** @param {string} topics */
  #ask(topics) {
    const { wire, token, courseId, cursor } = this.options;
    const query = new URLSearchParams({ topics, ...(courseId && { courseId }) });
    return wire.fetch(`${wire.url}/api/v1/events?${query}`, {
      headers: {
        Accept: "text/event-stream",
        "Accept-Language": wire.language(),
        Authorization: `Bearer ${token}`,
        ...(cursor && { "Last-Event-ID": cursor }),
      },
      credentials: "same-origin",
      cache: "no-store",
      signal: this.#abort.signal,
    });
  }

  /** @param {ReadableStream<Uint8Array>} body */
  async #read(body) {
    const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
    const parse = frames((frame) => this.#hear(frame));
    let silence = setTimeout(() => this.close(), SILENCE_MS);
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        clearTimeout(silence);
        silence = setTimeout(() => this.close(), SILENCE_MS);
        parse(/** @type {string} */ (part.value));
      }
    } finally {
      clearTimeout(silence);
    }
  }

  /** @param {Frame} frame */
  #hear({ id, event, data, retry }) {
    if (retry !== null) this.#why.pauseMs = retry;
    if (!data) return;
    const payload = JSON.parse(data);
    if (event === "sys.error") {
      this.#why.refusal = ApiError.of(payload, payload.status);
      return;
    }
    if (!this.#opened) {
      this.#opened = true;
      this.options.opened();
    }
    const stream = payload._stream ?? payload.stream ?? "";
    this.options.hear(stream.split("/")[0], event, payload);
    if (id) this.options.moved(id);
  }
}

/**
 * Cuts text into the frames of an event stream (HTML standard 9.2); call it with each part as it comes.
 * @param {(frame: Frame) => void} emit
 * @returns {(text: string) => void}
 */
export function frames(emit) {
  let rest = "";
  let frame = { id: "", event: "message", data: "", retry: /** @type {number | null} */ (null) };
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        emit({ ...frame, data: frame.data.replace(/\n$/, "") });
        frame = { id: frame.id, event: "message", data: "", retry: null };
        continue;
      }
      const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (field === "data") frame.data += `${value}\n`;
      else if (field === "event" || field === "id") frame[field] = value;
      else if (field === "retry" && /^\d+$/.test(value)) frame.retry = Number(value);
    }
  };
}

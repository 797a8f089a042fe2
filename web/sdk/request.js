import { ApiError } from "./errors.js";

/** @typedef {{success: true, data: any, message: string, requestId: string, pagination?: Pagination,
 *   asOf?: Record<string, import("./position.js").Position>}} Envelope */
/** @typedef {{page: number, limit: number, totalCount: number, totalPages: number, hasNext: boolean,
 *   hasPrev: boolean}} Pagination */
/** @typedef {{method: string, path: string, query?: Record<string, unknown>, body?: unknown,
 *   headers?: Record<string, string>, timeoutMs?: number, signal?: AbortSignal}} Asked */
/** @typedef {{url: string, fetch: typeof fetch, language: () => string}} Wire */

/**
 * One call, tried once: the envelope of a success, or an `ApiError`.
 * @param {Wire} wire
 * @param {Asked} asked
 * @returns {Promise<Envelope & {etag: string | null}>}
 */
export async function send(wire, { method, path, query = {}, body, headers = {}, timeoutMs = 20_000, signal }) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  const timeout = AbortSignal.timeout(timeoutMs);
  /** @type {Response} */
  let response;
  /** @type {any} */
  let answer = null;
  try {
    response = await wire.fetch(`${wire.url}/api/v1${path}${search && `?${search}`}`, {
      method,
      headers: {
        Accept: "application/json",
        "Accept-Language": wire.language(),
        "X-Request-ID": crypto.randomUUID(),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const text = await response.text();
    answer = parsed(text);
  } catch (error) {
    throw ApiError.network(error);
  }
  if (response.ok && answer?.success) return { ...answer, etag: response.headers.get("ETag") };
  throw ApiError.of(answer, response.status, Number(response.headers.get("Retry-After") ?? 0) * 1000);
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

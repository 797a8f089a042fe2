/** @typedef {"network" | "validation" | "server" | "auth"} Category */
/** @typedef {{path: string, code: string, message: string}} FieldError */

/** A call that did not succeed. `code` and `category` are for programs, `message` is in the language asked for. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {{code: string, category: Category, status?: number, retryable?: boolean, fields?: FieldError[],
   *   requestId?: string, retryAfterMs?: number, cause?: unknown}} what
   */
  constructor(message, what) {
    super(message, { cause: what.cause });
    this.name = "ApiError";
    this.code = what.code;
    this.category = what.category;
    /** 0 when there was no answer at all. */
    this.status = what.status ?? 0;
    this.retryable = what.retryable ?? false;
    this.fields = what.fields ?? [];
    this.requestId = what.requestId ?? "";
    this.retryAfterMs = what.retryAfterMs ?? 0;
  }

  /** @param {unknown} cause */
  static network(cause) {
    return new ApiError("The server cannot be reached.", {
      code: "network",
      category: "network",
      retryable: true,
      cause,
    });
  }

  /**
   * The refusal in an answer, or in a socket's ack, which says itself how long to wait.
   * @param {any} body
   * @param {number} status
   * @param {number} [retryAfterMs]
   */
  static of(body, status, retryAfterMs = (body?.retryAfter ?? 0) * 1000) {
    return new ApiError(body?.message ?? `The server answered ${status}.`, {
      code: body?.code ?? "unknown",
      category: body?.category ?? categoryOf(status),
      status: body?.status ?? status,
      retryable: body?.retryable ?? status >= 500,
      fields: body?.fields ?? [],
      requestId: body?.requestId ?? "",
      retryAfterMs,
    });
  }
}

/**
 * For answers that are not ours: a proxy's page, say.
 * @param {number} status
 * @returns {Category}
 */
function categoryOf(status) {
  if (status === 401 || status === 403) return "auth";
  return status >= 500 ? "server" : "validation";
}

/** @typedef {import("./request.js").Pagination} Pagination */
/** @typedef {{actor?: string, action?: string, subject?: string, from?: string, to?: string, page?: number,
 *   limit?: number}} AuditQuery */
/** @typedef {{id: string, firstName: string, lastName: string, username: string}} Somebody */
/** `result` is `done`, or the code of a refusal.
 * @typedef {{id: string, at: string, actorId: string | null, actor: Somebody | null, sessionId: string | null,
 *   action: string, subject: string, subjectUser: Somebody | null, details: Record<string, unknown>, result: string,
 *   ip: string, requestId: string}} AuditRow */

/** What was done in the school, and by whom. @param {import("./rest.js").Rest} rest */
export const auditOf = (rest) => ({
  /** @param {AuditQuery} query @param {AbortSignal} [signal]
   * @returns {Promise<{data: AuditRow[], pagination?: Pagination}>} */
  list: (query, signal) => rest.get("/admin/audit", query, { signal }),
});

/** @typedef {import("./request.js").Pagination} Pagination */
/** `oldestReadyS` is how long the one has waited that waits longest.
 * @typedef {{lane: string, ready: number, running: number, dead: number, oldestReadyS: number, limit: number}} Lane */
/** @typedef {{kind: string, line: string, zone: string, nextRunAt: string, lastRunAt: string | null,
 *   lastState: string | null}} CronRow */
/** @typedef {{kind: string, lane: string, ready: number, running: number, dead: number, done: number}} KindRow */
/** @typedef {{lanes: Lane[], kinds: KindRow[], cron: CronRow[], workers: number}} JobBoard */
/** @typedef {{done: number, total: number, percent: number}} JobProgress */
/** @typedef {{jobId: string, kind: string, lane: string, state: string, attempt: number, attempts: number | null,
 *   createdAt: string, runAt: string, startedAt?: string | null, finishedAt?: string | null,
 *   leaseUntil?: string | null, error?: string | null, ownerId?: string | null, progress: JobProgress | null,
 *   key?: string | null, line?: string | null, requestId: string}} JobRow */

/** Work that is done afterwards, for those who look after the school. @param {import("./rest.js").Rest} rest */
export const jobsOf = (rest) => ({
  /** @param {AbortSignal} [signal] @returns {Promise<JobBoard>} */
  board: async (signal) => (await rest.get("/admin/jobs", {}, { signal })).data,

  /** @param {Record<string, unknown>} query @param {AbortSignal} [signal]
   * @returns {Promise<{data: JobRow[], pagination?: Pagination}>} */
  list: (query, signal) => rest.get("/admin/jobs/list", query, { signal }),

  /** Let a dead job be tried again. @param {string} jobId */
  requeue: (jobId) => rest.post(`/admin/jobs/${jobId}/requeue`),

  /** Give a dead job up for good. @param {string} jobId */
  discard: (jobId) => rest.post(`/admin/jobs/${jobId}/discard`),
});

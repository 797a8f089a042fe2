/** @typedef {import("./request.js").Envelope} Envelope */
/** @typedef {import("./request.js").Pagination} Pagination */
/** @typedef {"announcements" | "deadlines" | "grades" | "messages" | "payments" | "security" | "system"} Category */
/** @typedef {"in_app" | "email" | "push" | "sms"} Channel */
/** @typedef {"immediate" | "digest" | "never"} Cadence */
/** Where a stream stands, by name. @typedef {Record<string, [string, number]>} AsOf */
/** One thing that the user was told; `title` and `text` are in their language.
 * @typedef {{notificationId: string, kind: string, category: Category, title: string, text: string, subject: string,
 *   facts: Record<string, string>, link: string, courseId: string | null, actorId: string | null, createdAt: string,
 *   readAt: string | null}} Notification */
/** @typedef {{unread?: boolean, category?: Category, courseId?: string, page?: number,
 *   limit?: number}} NotificationsQuery */
/** @typedef {{unread: number, byCategory: Partial<Record<Category, number>>}} NotificationSummary */
/** Quiet hours are of the user's own zone and may pass midnight.
 * @typedef {{cadences: Record<Category, Record<Channel, Cadence>>, locked: {category: Category, channel: Channel}[],
 *   mutedCourses: string[], quietHours: {from: string, until: string} | null, deadlinesAnyway: boolean,
 *   timezone: string, enabled: boolean}} NotificationPreferences */
/** What to choose otherwise; what is left out stays.
 * @typedef {{cadences?: Partial<Record<Category, Partial<Record<Channel, Cadence>>>>, mutedCourses?: string[],
 *   quietHours?: {from: string, until: string} | null, deadlinesAnyway?: boolean, timezone?: string,
 *   enabled?: boolean}} NotificationChange */
/** @typedef {{reasons: {code: string, text: string}[], channels: {channel: Channel, cadence: Cadence, state: string,
 *   at: string | null, text: string}[]}} Why */
/** How many were read now, and how many are left. @typedef {{unread: number, changed: number}} Marked */

/** The event `notification.new`; `type` is the kind, `unread` the count right after it.
 * @typedef {{notificationId: string, userId: string, type: string, category: Category, subject: string,
 *   facts: Record<string, string>, link: string, courseId: string | null, actorId: string | null, createdAt: string,
 *   unread: number}} NotificationNew */
/** The event `notification.read`: these, or the one named by `before` and all that are older.
 * @typedef {{userId: string, ids?: string[], before?: string, unread: number}} NotificationRead */
/** The event `notification.withdrawn`: what these told was taken back, and they are gone.
 * @typedef {{userId: string, ids: string[], unread: number}} NotificationWithdrawn */

/** What the user was told, and how they want to be told. @param {import("./rest.js").Rest} rest */
export const notificationsOf = (rest) => ({
  /** Newest first; `asOf` is where events go on from.
   * @param {NotificationsQuery} [query] @param {AbortSignal} [signal]
   * @returns {Promise<{data: Notification[], pagination?: Pagination, asOf?: AsOf}>} */
  list: (query, signal) => rest.get("/notifications", query, { signal }),

  /** @returns {Promise<{data: NotificationSummary, asOf?: AsOf}>} */
  summary: () => rest.get("/notifications/summary"),

  /** At most 500 ids, or the one named by `before` and all older ones.
   * @param {{ids: string[]} | {before: string}} which @returns {Promise<Marked>} */
  read: async (which) => (await rest.post("/notifications/read", which)).data,

  /** @returns {Promise<Marked>} */
  readAll: async () => (await rest.post("/notifications/read-all")).data,

  /** @param {string} notificationId @returns {Promise<Why>} */
  why: async (notificationId) => (await rest.get(`/notifications/${notificationId}/why`)).data,

  /** @returns {Promise<NotificationPreferences>} */
  preferences: async () => (await rest.get("/notifications/preferences")).data,

  /** @param {NotificationChange} change @returns {Promise<NotificationPreferences>} */
  choose: async (change) => (await rest.put("/notifications/preferences", change)).data,
});

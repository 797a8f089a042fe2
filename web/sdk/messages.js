/** @typedef {import("./request.js").Pagination} Pagination */
/** @typedef {{id: string, firstName: string, lastName: string, username: string, avatarUrl: string | null}} Person */
/** Of a message that was deleted `content` is empty and `deletedAt` is set.
 * @typedef {{messageId: string, threadId: string, seq: number, content: string, senderId: string,
 *   sender: Person | null, sentAt: string, editedAt: string | null, deletedAt: string | null, clientId: string | null, version: number}} Message */
/** `stream` is that of a thread of more than 50 people, to be followed with `thread.watch`; of others everything comes
 * on one's own stream.
 * @typedef {{threadId: string, kind: "direct" | "group" | "course_question", title: string | null,
 *   courseId: string | null, participants: Person[], participantCount: number, lastMessage: Message | null, unread: number, lastReadSeq: number,
 *   seq: number, muted: boolean, archived: boolean, stream: string | null, createdAt: string,
 *   updatedAt: string}} Thread */
/** To a thread, to people, or to the staff of a course; a repeat with the same `clientId` is the same message.
 * @typedef {{threadId?: string, to?: string[], courseId?: string, title?: string, content: string,
 *   clientId?: string}} MessageDraft */
/** @typedef {Record<string, import("./position.js").Position>} Positions */

/** Messages between people. @param {import("./rest.js").Rest} rest */
export const messagesOf = (rest) => ({
  /** The threads of the user, those with the newest messages first. @param {Record<string, unknown>} [query]
   * @returns {Promise<{data: Thread[], pagination?: Pagination, asOf?: Positions}>} */
  threads: (query) => rest.get("/threads", query),

  /** @param {string} threadId @returns {Promise<Thread>} */
  thread: async (threadId) => (await rest.get(`/threads/${threadId}`)).data,

  /** One's own settings of a thread, and the title of a group.
   * @param {string} threadId @param {{title?: string, muted?: boolean, archived?: boolean}} changes
   * @returns {Promise<Thread>} */
  change: async (threadId, changes) => (await rest.patch(`/threads/${threadId}`, changes)).data,

  /** Take people into a group; they see what comes from now on. @param {string} threadId @param {string[]} userIds */
  add: (threadId, userIds) => rest.post(`/threads/${threadId}/members`, { userIds }),

  /** Leave a group. @param {string} threadId */
  leave: (threadId) => rest.post(`/threads/${threadId}/leave`),

  /** Messages in their order: those after or before a number, the newest without either.
   * @param {string} threadId @param {{after?: number, before?: number, limit?: number}} [query]
   * @returns {Promise<{data: Message[], asOf?: Positions}>} */
  messages: (threadId, query) => rest.get(`/threads/${threadId}/messages`, query),

  /** @param {MessageDraft} draft @returns {Promise<Message>} */
  send: async (draft) => (await rest.post("/messages", draft)).data,

  /** Everything up to this number is read. @param {string} threadId @param {number} seq
   * @returns {Promise<number>} how many messages of the thread are left */
  read: async (threadId, seq) => (await rest.post(`/threads/${threadId}/read`, { seq })).data.unread,

  /** @param {string} messageId @param {string} content @returns {Promise<Message>} */
  edit: async (messageId, content) => (await rest.patch(`/messages/${messageId}`, { content })).data,

  /** @param {string} messageId */
  remove: (messageId) => rest.delete(`/messages/${messageId}`),

  /** Messages that contain a text, the newest first.
   * @param {{q?: string, threadId?: string, page?: number, limit?: number}} query
   * @returns {Promise<{data: Message[], pagination?: Pagination}>} */
  search: (query) => rest.get("/messages/search", query),

  /** Whom the user may write to. @param {string} [q] part of a name @returns {Promise<Person[]>} */
  people: async (q) => (await rest.get("/messages/people", { q })).data,

  /** Whom the user has blocked. @returns {Promise<Person[]>} */
  blocks: async () => (await rest.get("/messages/blocks", { limit: 100 })).data,

  /** @param {string} userId */
  block: (userId) => rest.post("/messages/blocks", { userId }),

  /** @param {string} userId */
  unblock: (userId) => rest.delete("/messages/blocks", { body: { userId } }),

  /** How many messages wait in all threads that are not muted. @returns {Promise<number>} */
  unread: async () => (await rest.get("/messages/unread")).data.unread,
});

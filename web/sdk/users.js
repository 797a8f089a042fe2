/** @typedef {import("./request.js").Pagination} Pagination */
/** @typedef {{id: string, email: string, firstName: string, lastName: string, username: string, role: string,
 *   status: string, isActive: boolean, createdAt: string, updatedAt: string}} Account */
/** @typedef {{assignmentId: string, userId: string, role: string | null, denies: string | null, scopeType: string,
 *   scopeId: string | null, grantedBy: string, createdAt: string, expiresAt: string | null,
 *   hasExpired: boolean}} Assignment */
/** @typedef {{role?: string, denies?: string, scopeType: string, scopeId?: string,
 *   expiresAt?: string}} NewAssignment */
/** `scopes` are where the role can be given beside the primary one. @typedef {{role: string, inherits: string | null,
 *   permissions: {permission: string, reaches: string[]}[], scopes: string[]}} Role */
/** `code` is there once, in the answer that made it.
 * @typedef {{inviteCodeId: string, role: string, uses: number, used: number, isOpen: boolean, createdAt: string,
 *   expiresAt: string, code?: string}} InviteCode */

const ALL = { limit: 100 };

/** Other people's accounts, for those who manage them. @param {import("./rest.js").Rest} rest */
export const usersOf = (rest) => ({
  /** @param {Record<string, unknown>} query @param {AbortSignal} [signal]
   * @returns {Promise<{data: Account[], pagination?: Pagination}>} */
  list: (query, signal) => rest.get("/admin/users", query, { signal }),

  /** @param {string} userId @returns {Promise<Account>} */
  read: async (userId) => (await rest.get(`/users/${userId}`)).data,

  /** @param {string} userId @param {string} role */
  changeRole: (userId, role) => rest.put(`/users/${userId}/role`, { role }),

  /** @param {string} userId @param {string} [reason] */
  suspend: (userId, reason) => rest.post(`/users/${userId}/suspend`, reason ? { reason } : {}),

  /** @param {string} userId */
  unsuspend: (userId) => rest.post(`/users/${userId}/unsuspend`),

  /** @param {string} userId @param {Record<string, unknown>} [query] */
  activity: (userId, query) => rest.get(`/users/${userId}/activity`, query),

  /** End all sessions of the account. @param {string} userId @returns {Promise<number>} how many there were */
  revokeSessions: async (userId) => (await rest.post(`/users/${userId}/sessions/revoke`)).data.revoked,

  /**
   * Take away all second factors of the account. @param {string} userId
   * @returns {Promise<boolean>} whether that is done; for an administrator another one has to ask as well
   */
  resetFactors: async (userId) => (await rest.post(`/users/${userId}/factors/reset`)).data.done,

  /** Take everything out of the account that says whose it was. @param {string} userId */
  anonymise: (userId) => rest.delete(`/users/${userId}`),

  /** @param {string} userId @returns {Promise<Assignment[]>} */
  assignments: async (userId) => (await rest.get(`/users/${userId}/assignments`, ALL)).data,

  /** @param {string} userId @param {NewAssignment} draft */
  assign: (userId, draft) => rest.post(`/users/${userId}/assignments`, draft),

  /** @param {string} assignmentId */
  unassign: (assignmentId) => rest.delete(`/role-assignments/${assignmentId}`),

  /** Which role may do what. @returns {Promise<{roles: Role[], permissions: string[]}>} */
  permissions: async () => (await rest.get("/admin/permissions")).data,
});

/** Codes that let people register with a role. @param {import("./rest.js").Rest} rest */
export const invitesOf = (rest) => ({
  /** @returns {Promise<InviteCode[]>} */
  list: async () => (await rest.get("/admin/invite-codes", ALL)).data,

  /** @param {{role: string, uses?: number, expiresInDays?: number}} draft @returns {Promise<InviteCode>} */
  create: async (draft) => (await rest.post("/admin/invite-codes", draft)).data,

  /** @param {string} inviteCodeId */
  revoke: (inviteCodeId) => rest.delete(`/admin/invite-codes/${inviteCodeId}`),
});

/**
 * Where the user is signed in; `ip` is the network, not the address.
 * @typedef {{id: string, deviceInfo: {name: string, browser: string, os: string, kind: string}, userAgent: string,
 *   ip: string, createdAt: string, lastActivity: string, expiresAt: string, isActive: boolean, isCurrent: boolean,
 *   permissions: string[], amr: string[]}} DeviceSession
 */

/** One's own sessions. @param {import("./rest.js").Rest} rest */
export const sessionsOf = (rest) => ({
  /** @returns {Promise<DeviceSession[]>} */
  list: async () => (await rest.get("/auth/sessions")).data,

  /** @param {string} sessionId */
  revoke: (sessionId) => rest.delete(`/auth/sessions/${sessionId}`),

  /** End every other session. @returns {Promise<number>} how many there were */
  revokeOthers: async () => (await rest.delete("/auth/sessions")).data.revoked,
});

/** `key` is there once, in the answer that made it.
 * @typedef {{id: string, name: string, scopes: string[], cidr?: string | null, createdAt: string,
 *   expiresAt: string, lastUsedAt: string | null, key?: string}} ApiKey */

/** Keys for programs that act for the user. @param {import("./rest.js").Rest} rest */
export const keysOf = (rest) => ({
  /** @returns {Promise<ApiKey[]>} */
  list: async () => (await rest.get("/auth/api-keys", { limit: 100 })).data,

  /** @param {{name: string, scopes: string[], expiresAt?: string, cidr?: string}} draft @returns {Promise<ApiKey>} */
  create: async (draft) => (await rest.post("/auth/api-keys", draft)).data,

  /** @param {string} apiKeyId */
  revoke: (apiKeyId) => rest.delete(`/auth/api-keys/${apiKeyId}`),
});

/** A service that the school trusts to say who somebody is. @typedef {{id: string, name: string}} Provider */
/** @typedef {{id: string, provider: string, name: string | null, createdAt: string, lastUsedAt: string}} Identity */

/** Signing in with others. @param {import("./rest.js").Rest} rest */
export const providersOf = (rest) => ({
  /** @returns {Promise<Provider[]>} */
  list: async () => (await rest.get("/auth/providers")).data,

  /** The address that leads to the provider, and from there back to a page of the app.
   * @param {string} provider @param {string} back */
  startUrl: (provider, back) => {
    return `${rest.wire.url}/api/v1/auth/oidc/start?${new URLSearchParams({ provider, return: back })}`;
  },

  /** @returns {Promise<Identity[]>} */
  identities: async () => (await rest.get("/auth/identities")).data,

  /** @param {string} provider @param {string} returnTo a page of the app
   * @returns {Promise<string>} where the browser goes on */
  link: async (provider, returnTo) => (await rest.post("/auth/identities/link", { provider, returnTo })).data.url,

  /** @param {string} identityId */
  unlink: (identityId) => rest.delete(`/auth/identities/${identityId}`),
});

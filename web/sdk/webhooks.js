/** `secret` is there once, in the answer that made it.
 * @typedef {{webhookId: string, url: string, events: string[], createdAt: string, disabledAt: string | null,
 *   previousSecretUntil: string | null, secret?: string}} Webhook */

/** @typedef {{factId: string, event: string, state: string, attempts: number, status: number | null,
 *   reason: string | null, nextAt: string | null, createdAt: string}} WebhookDelivery */

/** Other systems that are told what happens; for administrators. @param {import("./rest.js").Rest} rest */
export const webhooksOf = (rest) => ({
  /** @returns {Promise<Webhook[]>} */
  list: async () => (await rest.get("/admin/webhooks", { limit: 100 })).data,

  /** @param {{url: string, events: string[]}} draft @returns {Promise<Webhook>} */
  create: async (draft) => (await rest.post("/admin/webhooks", draft)).data,

  /** Sign with a new secret; the one before counts for a day. @param {string} webhookId @returns {Promise<Webhook>} */
  rotate: async (webhookId) => (await rest.post(`/admin/webhooks/${webhookId}/secret`)).data,

  /** @param {string} webhookId @returns {Promise<Webhook>} */
  enable: async (webhookId) => (await rest.post(`/admin/webhooks/${webhookId}/enable`)).data,

  /** @param {string} webhookId @returns {Promise<WebhookDelivery[]>} */
  deliveries: async (webhookId) => (await rest.get(`/admin/webhooks/${webhookId}/deliveries`, { limit: 100 })).data,

  /** @param {string} webhookId */
  remove: (webhookId) => rest.delete(`/admin/webhooks/${webhookId}`),
});

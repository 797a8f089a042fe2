/** What a browser gives for being reached while no page is open. @typedef {{endpoint: string,
 *   keys: {p256dh: string, auth: string}}} PushSubscriptionIn */

/** Notifications on this device, also while no page is open. @param {import("./rest.js").Rest} rest */
export const pushOf = (rest) => ({
  /** The public key that a browser is to subscribe with. @returns {Promise<string>} */
  key: async () => (await rest.get("/notifications/push/key")).data.key,

  /** @param {PushSubscriptionIn} subscription */
  subscribe: (subscription) => rest.post("/notifications/push/subscriptions", subscription),
});

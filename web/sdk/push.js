/** @typedef {{subscriptionId: string, mark: string, device: string, createdAt: string}} PushBrowser */

/** Whether this browser can be told while no page is open. */
export const knowsPush = () => "serviceWorker" in navigator && "PushManager" in globalThis;

/** The SHA-256 of an address in hexadecimal, by which a browser finds itself in the list. @param {string} endpoint */
export async function markOf(endpoint) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** Browsers that take notifications. @param {import("./rest.js").Rest} rest */
export function pushOf(rest) {
  /** @returns {Promise<PushBrowser[]>} */
  const list = async () => (await rest.get("/notifications/push/subscriptions", { limit: 100 })).data;

  /** @param {string} subscriptionId */
  const forget = (subscriptionId) => rest.delete(`/notifications/push/subscriptions/${subscriptionId}`);

  /** What browsers subscribe with; null where the school tells none. @returns {Promise<string | null>} */
  const key = async () => (await rest.get("/notifications/push/key")).data.publicKey;

  return {
    list,
    forget,
    key,

    /**
     * Have this browser told: asks the user for leave, so call it when a button is pressed. A subscription under another
     * key is replaced.
     * @param {string} vapidKey @param {ServiceWorkerRegistration} registration @returns {Promise<PushBrowser>}
     */
    async subscribe(vapidKey, registration) {
      const before = await registration.pushManager.getSubscription();
      const held = before?.options.applicationServerKey;
      const wanted = bytesOf(vapidKey);
      const isSame = held && String(new Uint8Array(held)) === String(wanted);
      if (before && !isSame) await before.unsubscribe();
      const subscription = isSame
        ? before
        : await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted });
      return (await rest.post("/notifications/push/subscriptions", subscription?.toJSON())).data;
    },

    /** Tell this browser nothing any more. @param {ServiceWorkerRegistration} registration */
    async unsubscribe(registration) {
      const subscription = await registration.pushManager.getSubscription();
      if (!subscription) return;
      const mark = await markOf(subscription.endpoint);
      const own = (await list()).find((browser) => browser.mark === mark);
      if (own) await forget(own.subscriptionId);
      await subscription.unsubscribe();
    },
  };
}

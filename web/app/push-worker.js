/*
 * What the browser runs when something is pushed to this device, also while no page is open: it shows the notification,
 * and opens the page that it is about. It neither keeps nor answers anything of the pages themselves.
 */

/** @typedef {{title?: string, text?: string, link?: string, notificationId?: string}} Pushed */
const worker = /** @type {any} */ (self);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("push", (/** @type {any} */ event) => {
  const { title, text, link, notificationId } = told(event.data);
  const options = { body: text, tag: notificationId, icon: "/web/app/icon.svg", data: { link } };
  event.waitUntil(worker.registration.showNotification(title || "Coursewire", options));
});

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(opened(addressOf(event.notification.data?.link)));
});

/** @param {any} data @returns {Pushed} */
function told(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return { title: data.text() }; // what is not ours to read is shown as it is
  }
}

/** A page of ours; a link that leads anywhere else leads to the list. @param {unknown} link */
function addressOf(link) {
  const page = String(link ?? "").replace(/^\/app\//, "").replace(/^#/, "");
  return new URL(`/app/#${page.startsWith("/") ? page : "/notifications"}`, worker.location.origin).href;
}

/** In a window that is open already, if there is one. @param {string} address */
async function opened(address) {
  const [open] = await worker.clients.matchAll({ type: "window" });
  if (!open) return worker.clients.openWindow(address);
  await open.focus();
  return open.navigate(address);
}

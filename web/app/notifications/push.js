import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Outcome, useDoing } from "../doing.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { t } from "../texts.js";

/** @typedef {"unknown" | "off" | "on" | "refused"} Here whether this device is told */

const WORKER = "/web/app/push-worker.js";
const SCOPE = "/app/";

/** Notifications on this device; nothing where the browser has no such thing. */
export function PushHere() {
  const here = useSignal(/** @type {Here} */ ("unknown"));
  const doing = useDoing();
  useEffect(() => void whether().then((state) => (here.value = state)), []);
  if (!knowsPush() || here.value === "unknown") return null;
  const begin = () =>
    doing.run(async () => {
      here.value = await subscribed();
    });
  const end = () =>
    doing.run(async () => {
      await (await subscription())?.unsubscribe();
      here.value = "off";
    });
  return html`<section class="card" aria-labelledby="push-here">
    <h2 id="push-here">${t("push-here")}</h2>
    <p role="status">${t(`push-${here.value}`)}</p>
    <${Outcome} of=${doing} />
    ${here.value === "off" &&
    html`<button class="primary" aria-disabled=${doing.busy.value} onClick=${begin}>${t("push-begin")}</button>`}
    ${here.value === "on" && html`<button aria-disabled=${doing.busy.value} onClick=${end}>${t("push-end")}</button>`}
  </section>`;
}

function knowsPush() {
  return "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;
}

/** @returns {Promise<Here>} */
async function whether() {
  if (!knowsPush()) return "unknown";
  if (Notification.permission === "denied") return "refused";
  return (await subscription()) ? "on" : "off";
}

/** What this browser is subscribed with, if it is. */
async function subscription() {
  const worker = await navigator.serviceWorker.getRegistration(SCOPE);
  return (await worker?.pushManager.getSubscription()) ?? null;
}

/** Ask the user, subscribe, and tell the school where. @returns {Promise<Here>} */
async function subscribed() {
  if ((await Notification.requestPermission()) !== "granted") return whether();
  const applicationServerKey = await school.push.key();
  await navigator.serviceWorker.register(WORKER, { scope: SCOPE });
  const worker = await navigator.serviceWorker.ready;
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  const { endpoint = "", keys } = made.toJSON();
  await school.push.subscribe({ endpoint, keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" } });
  return "on";
}

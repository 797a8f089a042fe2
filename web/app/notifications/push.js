import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Outcome, useDoing } from "../doing.js";
import { html } from "../html.js";
import { knowsPush } from "../../sdk/index.js";
import { school } from "../state.js";
import { t } from "../texts.js";

/** @typedef {"unknown" | "off" | "on" | "refused"} Here whether this device is told */

const WORKER = "/web/app/push-worker.js";
const SCOPE = "/app/";

/** Notifications on this device; nothing where the browser or the school has no such thing. */
export function PushHere() {
  const here = useSignal(/** @type {Here} */ ("unknown"));
  const doing = useDoing();
  useEffect(() => void whether().then((state) => (here.value = state)), []);
  if (here.value === "unknown") return null;
  const begin = () =>
    doing.run(async () => {
      here.value = await begun();
    });
  const end = () =>
    doing.run(async () => {
      const worker = await navigator.serviceWorker.getRegistration(SCOPE);
      if (worker) await school.push.unsubscribe(worker);
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

/** @returns {Promise<Here>} */
async function whether() {
  if (!knowsPush() || !("Notification" in globalThis) || (await school.push.key()) === null) return "unknown";
  if (Notification.permission === "denied") return "refused";
  const worker = await navigator.serviceWorker.getRegistration(SCOPE);
  return (await worker?.pushManager.getSubscription()) ? "on" : "off";
}

/** Ask the user, subscribe, and tell the school where. @returns {Promise<Here>} */
async function begun() {
  const key = await school.push.key();
  if (key === null || (await Notification.requestPermission()) !== "granted") return whether();
  await navigator.serviceWorker.register(WORKER, { scope: SCOPE });
  await school.push.subscribe(key, await navigator.serviceWorker.ready);
  return "on";
}

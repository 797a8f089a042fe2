import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Outcome, useDoing } from "../doing.js";
import { html } from "../html.js";
import { Badge, Icon, shortened } from "../icons.js";
import { live, path, school } from "../state.js";
import { t } from "../texts.js";
import { Item, Notices, markRead } from "./item.js";
import { useListing } from "./listing.js";
import { follow, news, unread } from "./store.js";

const SHOWN = 10;
const EVERYTHING = {};

/** How many are unread, and the newest of them in a panel: Escape closes it, and so does going elsewhere. */
export function Bell() {
  const isOpen = useSignal(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const connection = live.value;
  useEffect(() => (connection ? follow(connection) : undefined), [connection]);
  useEffect(() => void (isOpen.value = false), [path.value]);
  useEffect(() => {
    if (!isOpen.value) return undefined;
    const elsewhere = (/** @type {Event} */ event) => {
      if (!box.current?.contains(/** @type {Node} */ (event.target))) isOpen.value = false;
    };
    addEventListener("pointerdown", elsewhere);
    addEventListener("focusin", elsewhere);
    return () => {
      removeEventListener("pointerdown", elsewhere);
      removeEventListener("focusin", elsewhere);
    };
  }, [isOpen.value]);
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !isOpen.value) return;
    isOpen.value = false;
    button.current?.focus();
  };
  return html`<div class="bell" ref=${box} onKeyDown=${escape}>
    <button
      ref=${button}
      class="sign"
      aria-label=${t("notifications-unread", { count: unread.value, shown: shortened(unread.value) })}
      aria-expanded=${isOpen.value}
      aria-controls=${isOpen.value ? "bell-panel" : undefined}
      onClick=${() => (isOpen.value = !isOpen.value)}
    >
      <${Icon} of="bell" /><${Badge} count=${unread.value} />
    </button>
    <p class="visually-hidden" role="status">${news.value}</p>
    ${isOpen.value && html`<${Panel} close=${() => (isOpen.value = false)} />`}
  </div>`;
}

/** @param {{close: () => void}} props */
function Panel({ close }) {
  const { list, error } = useListing(EVERYTHING, SHOWN);
  const doing = useDoing();
  return html`<section id="bell-panel" class="panel card" aria-labelledby="bell-title">
    <header>
      <h2 id="bell-title">${t("notifications")}</h2>
      <button class="quiet" disabled=${unread.value === 0} onClick=${() => doing.run(school.notifications.readAll)}>
        ${t("read-all")}
      </button>
    </header>
    <${Outcome} of=${doing} />
    <${Notices} list=${list.value} error=${error.value}>
      ${list.value?.slice(0, SHOWN).map((one) => {
        return html`<${Item} key=${one.notificationId} one=${one} read=${markRead} opened=${close} />`;
      })}
    <//>
    <footer>
      <a href="#/notifications" onClick=${close}>${t("all-notifications")}</a>
      <a href="#/account/notifications" onClick=${close}>${t("notification-preferences")}</a>
    </footer>
  </section>`;
}

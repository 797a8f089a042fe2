import { Alert } from "../forms.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { t } from "../texts.js";
import { Ago } from "../times.js";
import { addressOf, wordsOf } from "./store.js";

/** @typedef {import("../../sdk/notices.js").Notice} Notice */

/** One notification as it stands in a list; following its link is reading it.
 * @param {{one: Notice, read: (one: Notice) => void, opened?: () => void, children?: any}} props */
export function Item({ one, read, opened, children }) {
  const { title, text } = wordsOf(one);
  const isUnread = one.readAt === null;
  const open = () => {
    if (isUnread) read(one);
    opened?.();
  };
  return html`<li class=${`notice-item ${isUnread ? "unread" : ""}`}>
    <a href=${addressOf(one.link)} onClick=${open}>
      ${isUnread && html`<span class="visually-hidden">${t("unread-one")} </span>`}${title}
    </a>
    ${text && html`<p class="text">${text}</p>`}
    <p class="facts"><span>${t(`category-${one.category}`)}</span><${Ago} at=${one.createdAt} /></p>
    ${children}
  </li>`;
}

/** A list of them, or why there is nothing to show.
 * @param {{list: readonly Notice[] | null, error: import("../forms.js").Trouble, empty?: string,
 *   children?: any}} props */
export function Notices({ list, error, empty = "no-notifications", children }) {
  return html`<${Alert} error=${error} />
    ${!list && !error && html`<p role="status" class="loading">${t("loading")}</p>`}
    ${list?.length === 0 && html`<p class="empty">${t(empty)}</p>`}
    ${list && list.length > 0 && html`<ul class="notices">${children}</ul>`}`;
}

/** Mark one as read. That it could not be marked is nothing to disturb anybody with: it stays unread, as is seen.
 * @param {Notice} one */
export async function markRead(one) {
  try {
    await school.notifications.read({ ids: [one.notificationId] });
  } catch {
    // it stays unread, here and everywhere
  }
}

import { useSignal } from "@preact/signals";
import { Outcome, useDoing } from "../doing.js";
import { Choice, given } from "../forms.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { t } from "../texts.js";
import { CATEGORIES } from "./choices.js";
import { Item, Notices } from "./item.js";
import { useListing } from "./listing.js";
import { unread, wordsOf } from "./store.js";
import { WhyThis } from "./why.js";

/** @typedef {import("../../sdk/notices.js").Notice} Notice */
/** @typedef {import("./listing.js").Filters} Filters */
/** @typedef {import("../../sdk/notifications.js").Category} Category */

const PAGE = 20;

/** Everything that the user was told in the app, newest first. */
export function NotificationsPage() {
  const filters = useSignal(/** @type {Filters} */ ({}));
  const listing = useListing(filters.value, PAGE);
  const doing = useDoing();
  const { list, error, hasMore } = listing;
  /** @param {Notice} one */
  const read = (one) => void doing.run(() => school.notifications.read({ ids: [one.notificationId] }));
  const shown = list.value && list.value.filter((one) => fits(one, filters.value));
  return html`<h1 tabindex="-1">${t("notifications")}</h1>
    <${Filtering} filters=${filters} />
    <div class="tools spread">
      <p class="count" role="status">${t("unread-count", { count: unread.value })}</p>
      <button disabled=${unread.value === 0} onClick=${() => doing.run(school.notifications.readAll)}>
        ${t("read-all")}
      </button>
      <a href="#/account/notifications">${t("notification-preferences")}</a>
    </div>
    <${Outcome} of=${doing} />
    <${Notices} list=${shown} error=${error.value} empty=${isFiltered(filters.value) ? "none-fits" : undefined}>
      ${shown?.map((one) => html`<${Row} key=${one.notificationId} one=${one} read=${read} />`)}
    <//>
    ${hasMore.value && html`<p><button onClick=${listing.more}>${t("show-older")}</button></p>`}`;
}

/** @param {{one: Notice, read: (one: Notice) => void}} props */
function Row({ one, read }) {
  const name = t("mark-read-about", { title: wordsOf(one).title });
  return html`<${Item} one=${one} read=${read}>
    <div class="tools">
      ${one.readAt === null &&
      html`<button class="small" aria-label=${name} onClick=${() => read(one)}>${t("mark-read")}</button>`}
      <${WhyThis} one=${one} />
    </div>
  <//>`;
}

/** @param {{filters: import("@preact/signals").Signal<Filters>}} props */
function Filtering({ filters }) {
  const pickShown = (/** @type {Event} */ event) => {
    filters.value = { ...filters.value, unread: given(event) === "unread" || undefined };
  };
  const pickCategory = (/** @type {Event} */ event) => {
    filters.value = { ...filters.value, category: /** @type {Category} */ (given(event)) || undefined };
  };
  const categories = CATEGORIES.map((one) => [one, t(`category-${one}`)]);
  const stay = (/** @type {Event} */ event) => event.preventDefault();
  return html`<form class="filters" aria-label=${t("filter")} onSubmit=${stay}>
    <${Choice}
      name="unread"
      label=${t("notifications-shown")}
      options=${[["", t("show-all")], ["unread", t("show-unread")]]}
      chosen=${filters.value.unread ? "unread" : ""}
      onChange=${pickShown}
    />
    <${Choice}
      name="category"
      label=${t("notification-about")}
      options=${[["", t("any")], ...categories]}
      chosen=${filters.value.category ?? ""}
      onChange=${pickCategory}
    />
  </form>`;
}

/** @param {Filters} filters */
function isFiltered({ unread, category }) {
  return Boolean(unread || category);
}

/** One that was just read stays where it is until the list is loaded again: nothing moves from under a finger.
 * @param {Notice} one @param {Filters} filters */
function fits(one, { category }) {
  return !category || one.category === category;
}

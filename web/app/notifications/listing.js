import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { noticed } from "../../sdk/index.js";
import { troubleOf } from "../forms.js";
import { school } from "../state.js";
import { language } from "../texts.js";
import { onNotice } from "./store.js";

/** @typedef {import("../../sdk/notices.js").Notice} Notice */
/** @typedef {import("../../sdk/position.js").LiveEvent} LiveEvent */
/** @typedef {Pick<import("../../sdk/notifications.js").NotificationsQuery, "unread" | "category">} Filters */

/**
 * The newest notifications by these filters, as they come and are read, and older ones when they are asked for. What
 * happens while a page loads is applied to what came, once more where that knew of it.
 * @param {Filters} filters @param {number} limit
 */
export function useListing(filters, limit) {
  const list = useSignal(/** @type {readonly Notice[] | null} */ (null));
  const error = useSignal(/** @type {import("../forms.js").Trouble} */ (null));
  const hasMore = useSignal(false);
  const turn = useRef(0);
  const meanwhile = useRef(/** @type {[string, LiveEvent][]} */ ([]));

  /** @param {number} page */
  const load = async (page) => {
    const mine = ++turn.current;
    meanwhile.current = [];
    try {
      const { data, pagination } = await school.notifications.list({ ...filters, page, limit });
      if (mine !== turn.current) return;
      /** @type {readonly Notice[]} */
      let now = page === 1 ? data : appended(list.value ?? [], data);
      for (const [name, event] of meanwhile.current) now = noticed(now, name, event);
      list.value = now;
      hasMore.value = pagination?.hasNext ?? false;
      error.value = null;
    } catch (thrown) {
      if (mine === turn.current) error.value = troubleOf(thrown);
    }
  };
  useEffect(() => {
    list.value = null;
    void load(1);
    const end = onNotice((name, event) => {
      if (!event) return void load(1);
      meanwhile.current.push([name, event]);
      if (list.value) list.value = noticed(list.value, name, event);
    });
    return () => {
      turn.current++;
      end();
    };
  }, [filters, language.value]);

  const more = () => {
    const shown = list.value ?? [];
    const counted = filters.unread ? shown.filter((one) => one.readAt === null) : shown;
    return load(Math.floor(counted.length / limit) + 1);
  };
  return { list, error, hasMore, more };
}

/** Pages are counted from the newest, so some of the next one may have been on the last.
 * @param {readonly Notice[]} list @param {readonly Notice[]} older */
function appended(list, older) {
  const known = new Set(list.map((one) => one.notificationId));
  return [...list, ...older.filter((one) => !known.has(one.notificationId))];
}

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { applied, feedOf } from "../../sdk/index.js";
import { Alert, troubleOf } from "../forms.js";
import { html } from "../html.js";
import { live, school } from "../state.js";
import { t } from "../texts.js";
import { Composer, placeOf } from "./composer.js";
import { Plans } from "./plans.js";
import { Post } from "./post.js";

/** @typedef {import("../../sdk/feed.js").Announcement} Announcement */
/** @typedef {import("../../sdk/feed.js").Feed} Feed */
/** @typedef {import("../forms.js").Trouble} Trouble */

const PAGE = 20;
const COUNT_AGAIN_MS = 5000;

/**
 * Announcements as they come: of a course, or without one of the whole school. `told` hears every event.
 * @param {{course?: import("../courses.js").Course, isStaff: boolean, ended?: () => void,
 *   told?: (name: string, event: any) => void}} props
 */
export function Announcements({ course, isStaff, ended, told }) {
  const feed = useSignal(/** @type {Feed | null} */ (null));
  const older = useSignal(/** @type {number | null} */ (null));
  const news = useSignal("");
  const error = useSignal(/** @type {Trouble} */ (null));
  const round = useSignal(0);
  const courseId = course?.courseId ?? null;
  const connection = live.value;

  /** @param {number} page */
  const list = (page) => school.rest.get("/announcements", { ...placeOf(courseId), page, limit: PAGE });

  useEffect(() => {
    return connection?.watch({
      courseId,
      load: async () => {
        const { data, asOf, pagination } = await list(1);
        feed.value = feedOf(data);
        older.value = pagination?.hasNext ? 2 : null;
        error.value = null;
        return asOf;
      },
      apply: (name, event) => {
        feed.value = applied(feed.value ?? {}, name, event);
        if (name === "announcement.posted") {
          news.value = t("new-announcement", { title: event.title });
          round.value++;
        }
        told?.(name, event);
      },
      ended: (refusal) => {
        error.value = refusal;
        ended?.();
      },
    });
  }, [courseId, connection]);
  useEffect(() => (isStaff ? counted(feed, () => list(1)) : undefined), [courseId, isStaff]);

  const more = async () => {
    try {
      const { data, pagination } = await list(/** @type {number} */ (older.value));
      feed.value = { ...feedOf(data), ...feed.value };
      older.value = pagination?.hasNext ? (older.value ?? 1) + 1 : null;
    } catch (thrown) {
      error.value = troubleOf(thrown);
    }
  };

  const posts = newestFirst(feed.value ?? {});
  const changed = () => void round.value++;
  return html`<section aria-labelledby="announcements">
    <h2 id="announcements" tabindex="-1">${t("announcements")}</h2>
    ${isStaff && html`<${Composer} courseId=${courseId} stored=${changed} />`}
    ${isStaff && html`<${Plans} courseId=${courseId} round=${round.value} changed=${changed} />`}
    <${Alert} error=${error.value} />
    <p class="visually-hidden" role="status">${news.value}</p>
    ${!feed.value && !error.value && html`<p role="status">${t("loading")}</p>`}
    ${feed.value && posts.length === 0 && html`<p class="empty">${t("no-announcements")}</p>`}
    <ol class="feed" reversed>
      ${posts.map((post) => {
        return html`<${Post} key=${post.announcementId} post=${post} course=${course} isStaff=${isStaff} />`;
      })}
    </ol>
    ${older.value && html`<p><button onClick=${more}>${t("show-older")}</button></p>`}
  </section>`;
}

/** @param {Feed} feed */
export function newestFirst(feed) {
  const at = (/** @type {Announcement} */ one) => `${new Date(one.postedAt ?? 0).toISOString()} ${one.announcementId}`;
  return Object.values(feed).sort((a, b) => (at(a) < at(b) ? 1 : -1));
}

/**
 * Ask now and then how many have read what is shown, while somebody looks: receipts are counted and not told.
 * @param {import("@preact/signals").Signal<Feed | null>} feed
 * @param {() => Promise<{data: Announcement[]}>} list
 */
function counted(feed, list) {
  const timer = setInterval(async () => {
    if (document.hidden || !feed.value) return;
    const { data } = await list().catch(() => ({ data: [] }));
    const known = feed.value;
    const news = data.flatMap(({ announcementId, seenBy }) => {
      const shown = known[announcementId];
      return shown ? [[announcementId, { ...shown, seenBy }]] : [];
    });
    feed.value = { ...known, ...Object.fromEntries(news) };
  }, COUNT_AGAIN_MS);
  return () => clearInterval(timer);
}

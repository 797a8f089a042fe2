import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { applied, feedOf } from "../../sdk/index.js";
import { html } from "../html.js";
import { live, may, school } from "../state.js";
import { t } from "../texts.js";
import { placeOf } from "./composer.js";
import { Announcements, newestFirst } from "./feed.js";
import { Post } from "./post.js";

const SHOWN = 3;

/** Whether the user may speak to the whole school. */
function mayTellAll() {
  return may("announcement.post_system", "admin", "manager");
}

/** Everything that the whole school is told. */
export function SchoolPage() {
  return html`<nav class="back"><a href="#/">← ${t("courses")}</a></nav>
    <h1 tabindex="-1">${t("school-news")}</h1>
    <${Announcements} isStaff=${mayTellAll()} />`;
}

/** The newest of it, for the page on which everybody begins. */
export function SchoolNews() {
  const feed = useSignal(/** @type {import("../../sdk/feed.js").Feed} */ ({}));
  const connection = live.value;
  useEffect(() => {
    return connection?.watch({
      courseId: null,
      load: async () => {
        const { data, asOf } = await school.rest.get("/announcements", { ...placeOf(null), limit: SHOWN });
        feed.value = feedOf(data);
        return asOf;
      },
      apply: (name, event) => (feed.value = applied(feed.value, name, event)),
    });
  }, [connection]);

  const posts = newestFirst(feed.value).slice(0, SHOWN);
  if (posts.length === 0 && !mayTellAll()) return null;
  return html`<section class="about" aria-labelledby="school-news">
    <h2 id="school-news">${t("school-news")}</h2>
    <ol class="feed" reversed>
      ${posts.map((post) => html`<${Post} key=${post.announcementId} post=${post} isStaff=${false} />`)}
    </ol>
    <p><a href="#/school">${t("school-all")}</a></p>
  </section>`;
}

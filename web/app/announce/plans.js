import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Alert, troubleOf } from "../forms.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { language, t } from "../texts.js";
import { Editor, placeOf } from "./composer.js";
import { here, inWords } from "./times.js";

/** @typedef {import("../../sdk/feed.js").Announcement} Announcement */

const MOST = 100;

/**
 * What is not posted yet, for those who may post it. `round` counts up when the list may have changed.
 * @param {{courseId: string | null, round: number, changed: () => void}} props
 */
export function Plans({ courseId, round, changed }) {
  const plans = useSignal(/** @type {Announcement[]} */ ([]));
  const error = useSignal(/** @type {import("../forms.js").Trouble} */ (null));
  useEffect(() => {
    const load = async () => {
      try {
        const query = { ...placeOf(courseId), status: "draft,scheduled", limit: MOST };
        plans.value = (await school.rest.get("/announcements", query)).data;
        error.value = null;
      } catch (thrown) {
        error.value = troubleOf(thrown);
      }
    };
    void load();
  }, [courseId, round]);

  if (plans.value.length === 0) return html`<${Alert} error=${error.value} />`;
  const due = (/** @type {Announcement} */ one) => one.scheduledAt ?? "~";
  const sorted = [...plans.value].sort((a, b) => (due(a) < due(b) ? -1 : 1));
  return html`<section aria-labelledby="plans">
    <h3 id="plans" tabindex="-1">${t("plans")}</h3>
    <${Alert} error=${error.value} />
    <ul class="feed">
      ${sorted.map((post) => html`<${Plan} key=${post.announcementId} post=${post} changed=${changed} />`)}
    </ul>
  </section>`;
}

/** @param {{post: Announcement, changed: () => void}} props */
function Plan({ post, changed }) {
  const isEdited = useSignal(false);
  const error = useSignal(/** @type {import("../forms.js").Trouble} */ (null));
  const path = `/announcements/${post.announcementId}`;
  const done = () => {
    isEdited.value = false;
    changed();
  };
  /** @param {() => Promise<unknown>} call */
  const doing = (call) => async () => {
    try {
      await call();
      document.getElementById("announcements")?.focus();
      changed();
    } catch (thrown) {
      error.value = troubleOf(thrown);
    }
  };
  if (isEdited.value) return html`<li><${Editor} post=${post} done=${done} /></li>`;
  const about = `plan-${post.announcementId}`;
  const zone = post.timezone ?? here;
  return html`<li class="card plan">
    <h4 id=${about}>${post.title}</h4>
    <p class="facts">
      <span class="tag">${t(`plan-${post.status}`)}</span>
      ${post.scheduledAt && html`<time datetime=${post.scheduledAt}>${inWords(language.value, post.scheduledAt, zone)}</time>`}
    </p>
    <p class="text">${post.content}</p>
    <${Alert} error=${error.value} />
    <div class="tools">
      <button onClick=${() => (isEdited.value = true)} aria-describedby=${about}>${t("edit")}</button>
      <button onClick=${doing(() => school.rest.put(path, { status: "posted" }))} aria-describedby=${about}>
        ${t("post-now")}
      </button>
      ${post.status === "scheduled" &&
      html`<button onClick=${doing(() => school.rest.put(path, { status: "draft" }))} aria-describedby=${about}>
        ${t("cancel-schedule")}
      </button>`}
      <button onClick=${doing(() => school.rest.delete(path))} aria-describedby=${about}>${t("discard")}</button>
    </div>
  </li>`;
}

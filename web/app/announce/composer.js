import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Alert, Choice, Field, given, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { language, t } from "../texts.js";
import { here, instantOf, inWords, wallAt } from "./times.js";

/** @typedef {import("../../sdk/feed.js").Announcement} Announcement */
/** @typedef {"now" | "later" | "draft"} When */

const STATUS = { now: "posted", later: "scheduled", draft: "draft" };
const DOES = { now: "post", later: "schedule", draft: "save-draft" };
const WHENS = /** @type {const} */ (["now", "later", "draft"]);

/** The place of a feed, as calls name it: a course, or the whole school. @param {string | null} courseId */
export function placeOf(courseId) {
  return courseId ? { courseId } : { audience: "school" };
}

/**
 * Write to everyone in a course, or without one to the whole school: now, later, or never yet. What is written keeps
 * its key until it is stored, so trying again stores nothing twice.
 * @param {{courseId: string | null, stored: () => void}} props
 */
export function Composer({ courseId, stored }) {
  const key = useRef(crypto.randomUUID());
  const round = useSignal(0);
  const { busy, error, submit } = useSubmit(async (form) => {
    const said = Object.fromEntries(Object.entries(saidIn(form)).filter(([, value]) => value !== "" && value !== null));
    await school.rest.post("/announcements", { ...placeOf(courseId), ...said }, { idempotencyKey: key.current });
    key.current = crypto.randomUUID();
    round.value++;
    stored();
  });
  return html`<form class="card composer" onSubmit=${submit} aria-label=${t("compose")} novalidate>
    <${Alert} error=${error.value} />
    <${Draft} key=${round.value} error=${error.value} busy=${busy.value} />
  </form>`;
}

/** Change what is there. @param {{post: Announcement, done: () => void}} props */
export function Editor({ post, done }) {
  const { busy, error, submit } = useSubmit(async (form) => {
    await school.rest.put(`/announcements/${post.announcementId}`, saidIn(form));
    done();
  });
  return html`<form class="card" onSubmit=${submit} aria-label=${t("edit-of", { title: post.title })} novalidate>
    <${Alert} error=${error.value} />
    <${Draft} post=${post} error=${error.value} busy=${busy.value} cancel=${done} />
  </form>`;
}

/**
 * What the form says. Times go as the clock on the wall shows them, and only where they were changed.
 * @param {HTMLFormElement} form
 */
function saidIn(form) {
  const fields = new FormData(form);
  const text = (/** @type {string} */ name) => String(fields.get(name) ?? "");
  const wasPosted = !fields.has("when");
  const when = /** @type {When} */ (text("when"));
  const times = Object.fromEntries(
    [...form.querySelectorAll("input[type=datetime-local]")].flatMap((input) => {
      const { name, value, defaultValue } = /** @type {HTMLInputElement} */ (input);
      return value === defaultValue && !(name === "scheduledAt" && !defaultValue) ? [] : [[name, value || null]];
    }),
  );
  return {
    title: text("title"),
    content: text("content"),
    notify: fields.has("notify"),
    ...(wasPosted ? {} : { status: STATUS[when] }),
    ...times,
    ...(Object.values(times).some(Boolean) && { timezone: text("timezone") }),
  };
}

/** The fields of an announcement, and what members will see of it.
 * @param {{post?: Announcement, error: import("../forms.js").Trouble, busy: boolean, cancel?: () => void}} props */
function Draft({ post, error, busy, cancel }) {
  const wasPosted = post?.status === undefined ? Boolean(post) : post.status === "posted";
  const title = useSignal(post?.title ?? "");
  const content = useSignal(post?.content ?? "");
  const when = useSignal(/** @type {When} */ (post?.status === "draft" ? "draft" : post?.scheduledAt ? "later" : "now"));
  const preview = useSignal(false);
  const id = post ? `-${post.announcementId}` : "";
  const does = wasPosted ? "save" : DOES[when.value];
  return html`<${Field}
      name="title"
      id=${`title-new${id}`}
      label=${t("title")}
      maxlength="200"
      defaultValue=${post?.title}
      onInput=${(/** @type {Event} */ event) => (title.value = given(event))}
      error=${error}
      ref=${post ? focused : null}
      required
    />
    <${Field}
      name="content"
      id=${`content-new${id}`}
      label=${t("message")}
      multiline=${true}
      defaultValue=${post?.content}
      onInput=${(/** @type {Event} */ event) => (content.value = given(event))}
      error=${error}
      required
    />
    <div class="pair">
      ${!wasPosted && html`<${Beginning} post=${post} id=${id} when=${when} error=${error} />`}
      <${Moment} name="expiresAt" id=${`ends${id}`} label=${t("take-down-at")} at=${post?.expiresAt} post=${post} error=${error} />
    </div>
    <input type="hidden" name="timezone" value=${zoneOf(post)} />
    <p>
      <label class="check">
        <input type="checkbox" name="notify" defaultChecked=${!wasPosted} />
        <span>${t(wasPosted ? "notify-again" : "notify-everyone")}</span>
      </label>
    </p>
    <div class="tools">
      <button class="primary" aria-disabled=${busy}>${t(busy ? "posting" : does)}</button>
      <button type="button" aria-expanded=${preview.value} onClick=${() => (preview.value = !preview.value)}>
        ${t("preview")}
      </button>
      ${cancel && html`<button type="button" onClick=${cancel}>${t("cancel")}</button>`}
    </div>
    ${preview.value && html`<${Preview} title=${title.value} content=${content.value} />`}`;
}

/** @param {{title: string, content: string}} props */
function Preview({ title, content }) {
  return html`<section class="preview" aria-label=${t("preview-says")}>
    <p class="hint">${t("preview-says")}</p>
    <h3>${title || t("no-title")}</h3>
    <p class="text">${content}</p>
  </section>`;
}

/** When it is posted.
 * @param {{post?: Announcement, id: string, when: import("@preact/signals").Signal<When>,
 *   error: import("../forms.js").Trouble}} props */
function Beginning({ post, id, when, error }) {
  const chosen = (/** @type {Event} */ event) => (when.value = /** @type {When} */ (given(event)));
  return html`<${Choice}
      name="when"
      id=${`when${id}`}
      label=${t("when")}
      options=${WHENS.map((one) => [one, t(`when-${one}`)])}
      chosen=${when.value}
      onChange=${chosen}
      error=${error}
    />
    ${when.value === "later" &&
    html`<${Moment}
      name="scheduledAt"
      id=${`begins${id}`}
      label=${t("post-at")}
      at=${post?.scheduledAt}
      post=${post}
      error=${error}
      required
    />`}`;
}

/** A time as the clock on the wall shows it, with its zone, and in words what moment that is.
 * @param {{name: string, id: string, label: string, at?: string | null, post?: Announcement,
 *   error: import("../forms.js").Trouble, required?: boolean}} props */
function Moment({ name, id, label, at, post, error, required }) {
  const zone = zoneOf(post);
  const shown = useSignal(at ? wallAt(at, zone) : "");
  const first = useRef(shown.value);
  const instant = instantOf(shown.value, zone);
  const hint = Number.isNaN(instant) ? t("zone-is", { zone }) : `${inWords(language.value, instant, zone)} (${zone})`;
  return html`<${Field}
    name=${name}
    id=${id}
    label=${label}
    type="datetime-local"
    defaultValue=${first.current}
    onInput=${(/** @type {Event} */ event) => (shown.value = given(event))}
    hint=${hint}
    error=${error}
    required=${required}
  />`;
}

/** The zone in which the times of an announcement are set: its own, or that of this device.
 * @param {Announcement | undefined} post */
function zoneOf(post) {
  return post?.timezone ?? here;
}

/** Where a control was replaced by another, the keyboard goes on from that. @param {HTMLElement | null} element */
export function focused(element) {
  element?.focus?.();
}

import { useRef } from "preact/hooks";
import { nameOf } from "../courses.js";
import { Outcome, Sure, useDoing } from "../doing.js";
import { html } from "../html.js";
import { useLoaded } from "../loaded.js";
import { go, school } from "../state.js";
import { t } from "../texts.js";
import { othersIn } from "./names.js";

/** @typedef {import("../../sdk/conversations.js").Thread} Thread */
/** @typedef {{thread: Thread, changed: () => Promise<void>}} Props */

/** What one can do with a thread as a whole. @param {Props} props */
export function Options({ thread, changed }) {
  const menu = useRef(/** @type {HTMLDetailsElement | null} */ (null));
  const doing = useDoing();
  /** @param {{muted?: boolean, archived?: boolean}} now */
  const set = (now) =>
    doing.run(async () => {
      await school.messages.change(thread.threadId, now);
      await changed();
    });
  const leave = () =>
    doing.run(async () => {
      await school.messages.leave(thread.threadId);
      go("/messages");
    });
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !menu.current?.open) return;
    menu.current.open = false;
    menu.current.querySelector("summary")?.focus();
  };
  const { muted, archived, kind } = thread;
  return html`<details class="menu" ref=${menu} onKeyDown=${escape}>
    <summary>${t("thread-options")}</summary>
    <div class="card">
      <${Outcome} of=${doing} />
      <button onClick=${() => set({ muted: !muted })}>${t(muted ? "unmute-thread" : "mute-thread")}</button>
      <button onClick=${() => set({ archived: !archived })}>${t(archived ? "unarchive-thread" : "archive-thread")}</button>
      ${kind === "direct" && html`<${Blocking} thread=${thread} doing=${doing} />`}
      ${kind === "group" &&
      html`<p class="soft">${othersIn(thread).map(nameOf).join(", ")}</p>
        <${Sure} label=${t("leave-group")} question=${t("leave-sure")} yes=${t("leave-yes")} act=${leave} />`}
    </div>
  </details>`;
}

/** Hear nothing more from somebody, or again. @param {{thread: Thread, doing: import("../doing.js").Doing}} props */
function Blocking({ thread, doing }) {
  const blocked = useLoaded(school.messages.blocks);
  const [other] = othersIn(thread);
  if (!other || !blocked.found.value) return null;
  const name = nameOf(other);
  const isBlocked = blocked.found.value.some(({ id }) => id === other.id);
  const set = () =>
    doing.run(async () => {
      await (isBlocked ? school.messages.unblock(other.id) : school.messages.block(other.id));
      await blocked.reload();
    });
  if (isBlocked) return html`<button onClick=${set}>${t("unblock-person", { name })}</button>`;
  return html`<${Sure} label=${t("block-person", { name })} question=${t("block-sure")} yes=${t("block-yes")} act=${set} />`;
}

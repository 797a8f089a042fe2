import { html } from "../html.js";
import { Conversation } from "./conversation.js";
import { NewMessage } from "./new.js";
import { t } from "../texts.js";
import { ThreadsPane } from "./threads.js";

/** The inbox: threads beside the one that is open, or on a small screen either.
 * @param {{open: string | null}} props `open` is the id of a thread, or `new` */
export function InboxPage({ open }) {
  return html`<div class=${`inbox ${open ? "is-open" : ""}`}>
    <${ThreadsPane} open=${open} />
    ${open === "new" && html`<${NewMessage} />`}
    ${open && open !== "new" && html`<${Conversation} key=${open} threadId=${open} />`}
    ${!open && html`<p class="nothing-open empty">${t("nothing-open")}</p>`}
  </div>`;
}

import { useEffect } from "preact/hooks";
import { html } from "../html.js";
import { Badge, Icon, shortened } from "../icons.js";
import { live, path } from "../state.js";
import { t } from "../texts.js";
import { follow, waiting } from "./store.js";

/** The way to the messages, with how many wait. */
export function MessagesLink() {
  const connection = live.value;
  useEffect(() => (connection ? follow(connection) : undefined), [connection]);
  const isHere = path.value.startsWith("/messages");
  return html`<a
    class="sign button"
    href="#/messages"
    aria-current=${isHere ? "page" : undefined}
    aria-label=${t("messages-unread", { count: waiting.value, shown: shortened(waiting.value) })}
  >
    <${Icon} of="letter" /><${Badge} count=${waiting.value} />
  </a>`;
}

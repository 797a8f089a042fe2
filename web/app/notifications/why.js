import { useSignal } from "@preact/signals";
import { Alert, troubleOf } from "../forms.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { t } from "../texts.js";
import { Ago } from "../times.js";
import { wordsOf } from "./store.js";

/** @typedef {import("../../sdk/notifications.js").Why} Why */

/** Why the user was told this, and by which ways. @param {{one: import("../../sdk/notices.js").Notice}} props */
export function WhyThis({ one }) {
  const why = useSignal(/** @type {Why | null} */ (null));
  const error = useSignal(/** @type {import("../forms.js").Trouble} */ (null));
  const toggle = async () => {
    if (why.value) return void (why.value = null);
    try {
      why.value = await school.notifications.why(one.notificationId);
      error.value = null;
    } catch (thrown) {
      error.value = troubleOf(thrown);
    }
  };
  return html`<button
      class="small"
      aria-expanded=${why.value !== null}
      aria-label=${t("why-this-about", { title: wordsOf(one).title })}
      onClick=${toggle}
    >
      ${t("why-this")}
    </button>
    <${Alert} error=${error.value} />
    ${why.value && html`<${Reasons} why=${why.value} />`}`;
}

/** @param {{why: Why}} props */
function Reasons({ why: { reasons, channels } }) {
  return html`<div class="notice why">
    <ul>
      ${reasons.map(({ code, text }) => html`<li key=${code}>${text}</li>`)}
    </ul>
    ${channels.length > 0 &&
    html`<ul>
      ${channels.map(({ channel, text, at }) => {
        const way = t(`channel-${channel.replaceAll("_", "-")}`);
        return html`<li key=${channel}><b>${way}</b>: ${text} ${at && html`<${Ago} at=${at} />`}</li>`;
      })}
    </ul>`}
  </div>`;
}

import { useSignal } from "@preact/signals";
import { AccountFrame } from "../account/frame.js";
import { Alert, Field, complaint, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { t } from "../texts.js";
import { changed } from "./choices.js";
import { Matrix } from "./matrix.js";
import { MutedCourses } from "./muted.js";
import { PushHere } from "./push.js";

/** @typedef {import("../../sdk/notifications.js").NotificationPreferences} Preferences */
/** @typedef {{data: Preferences, etag: string | null}} Kept */

const EVENING = { from: "22:00", until: "07:00" };

/** @returns {Promise<Kept>} */
const kept = () => school.rest.get("/notifications/preferences");

/** How the user wants to be told of what. */
export function PreferencesPage() {
  const loading = useLoaded(kept);
  const saved = useSignal("");
  const taken = (/** @type {Kept} */ now) => (loading.found.value = now);
  return html`<${AccountFrame} title=${t("notification-preferences")}>
    <p>${t("preferences-hint")}</p>
    <div class="sections">
      <${PushHere} />
      <${Loaded} of=${loading}>
        ${(/** @type {Kept} */ now) => html`<${Choices} key=${now.etag} kept=${now} taken=${taken} saved=${saved} />`}
      <//>
    </div>
  <//>`;
}

/** The form, made anew for each state that was kept; only what was changed is sent, and only onto that state.
 * @param {{kept: Kept, taken: (now: Kept) => void, saved: import("@preact/signals").Signal<string>}} props */
function Choices({ kept: { data, etag }, taken, saved }) {
  const { busy, error, submit } = useSubmit(async (form) => {
    saved.value = "";
    const change = changed(new FormData(form), data);
    if (Object.keys(change).length > 0) {
      await school.rest.put("/notifications/preferences", change, { ifMatch: etag ?? undefined });
      taken(await kept());
    }
    saved.value = t("saved");
  });
  const again = async () => {
    taken(await kept());
    error.value = null;
  };
  const wrong = error.value;
  return html`<form class="sections" onSubmit=${submit} onInput=${() => (saved.value = "")} novalidate>
    <${Alert} error=${wrong} />
    ${wrong?.status === 412 && html`<p><button type="button" onClick=${again}>${t("preferences-anew")}</button></p>`}
    <section class="card" aria-labelledby="ways">
      <h2 id="ways">${t("notification-ways")}</h2>
      <label class="check">
        <input type="checkbox" name="enabled" defaultChecked=${data.enabled} /> ${t("notifications-enabled")}
      </label>
      <p class="hint">${t("notifications-enabled-hint")}</p>
      <${Matrix} preferences=${data} error=${wrong} />
    </section>
    <${Quiet} preferences=${data} error=${wrong} />
    <${MutedCourses} muted=${data.mutedCourses} error=${wrong} />
    <div class="tools save">
      <button class="primary" aria-disabled=${busy.value}>${t("save")}</button>
      <span class="done" role="status">${saved.value}</span>
    </div>
  </form>`;
}

/** @param {{preferences: Preferences, error: import("../forms.js").Trouble}} props */
function Quiet({ preferences: { quietHours, timezone, deadlinesAnyway }, error }) {
  const isQuiet = useSignal(quietHours !== null);
  const hours = quietHours ?? EVENING;
  const wrong = complaint(error, "quietHours");
  return html`<section class="card" aria-labelledby="quiet">
    <h2 id="quiet">${t("quiet-hours")}</h2>
    <p>${t("quiet-hours-hint", { zone: timezone.replaceAll("_", " ") })}</p>
    <label class="check">
      <input type="checkbox" name="quiet" checked=${isQuiet.value} onChange=${() => (isQuiet.value = !isQuiet.value)} />
      ${t("quiet-hours-on")}
    </label>
    ${isQuiet.value &&
    html`<div class="pair times">
      <${Time} name="from" hours=${hours} error=${error} /><${Time} name="until" hours=${hours} error=${error} />
    </div>`}
    ${wrong && html`<p class="wrong">${wrong}</p>`}
    <p>
      <label class="check">
        <input type="checkbox" name="deadlinesAnyway" defaultChecked=${deadlinesAnyway} /> ${t("deadlines-anyway")}
      </label>
    </p>
  </section>`;
}

/** @param {{name: "from" | "until", hours: {from: string, until: string},
 *   error: import("../forms.js").Trouble}} props */
function Time({ name, hours, error }) {
  return html`<${Field}
    name=${`quietHours.${name}`}
    type="time"
    label=${t(`quiet-${name}`)}
    defaultValue=${hours[name]}
    error=${error}
    required
  />`;
}

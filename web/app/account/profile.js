import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Outcome, useDoing } from "../doing.js";
import { Alert, Choice, Field, given, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { choose, language, t } from "../texts.js";
import { AccountFrame } from "./frame.js";

/** @typedef {import("../../sdk/profiles.js").Profile} Profile */

const STUDY_TIMES = ["morning", "afternoon", "evening", "night"];
const LANGUAGES = [
  ["en", "English"],
  ["fr", "Français"],
];
const PAUSE_MS = 300;

/** What the user says about themselves, and how they like to learn. */
export function ProfilePage() {
  const me = school.session.user?.id ?? "";
  const loading = useLoaded(() => school.profiles.read(me));
  return html`<${AccountFrame} title=${t("profile")}>
    <${Loaded} of=${loading}>
      ${(/** @type {Profile} */ profile) => {
        return html`<div class="sections">
          <${Person} profile=${profile} changed=${loading.reload} />
          <${Preferences} profile=${profile} />
        </div>`;
      }}
    <//>
  <//>`;
}

/** @param {{profile: Profile, changed: () => Promise<void>}} props */
function Person({ profile, changed }) {
  const done = useSignal("");
  const { busy, error, submit } = useSubmit(async (form) => {
    done.value = "";
    const fields = new FormData(form);
    const [firstName, lastName, username] = ["firstName", "lastName", "username"].map((one) => String(fields.get(one)));
    await school.profiles.update({ firstName, lastName, username });
    school.session.amended({ firstName, lastName });
    done.value = t("saved");
    await changed();
  });
  const wrong = error.value;
  return html`<section class="card" aria-labelledby="person">
    <h2 id="person">${t("who-you-are")}</h2>
    <${Address} profile=${profile} />
    <form onSubmit=${submit} aria-labelledby="person" novalidate>
      <${Alert} error=${wrong} />
      <p class="done" role="status">${done.value}</p>
      <div class="pair">
        <${Field}
          name="firstName"
          autocomplete="given-name"
          label=${t("first-name")}
          defaultValue=${profile.firstName}
          error=${wrong}
          required
        />
        <${Field}
          name="lastName"
          autocomplete="family-name"
          label=${t("last-name")}
          defaultValue=${profile.lastName}
          error=${wrong}
          required
        />
      </div>
      <${Username} known=${profile.username} error=${wrong} />
      <button class="primary" aria-disabled=${busy.value}>${t("save")}</button>
    </form>
  </section>`;
}

/** The address, and whether it is known to be the user's own. @param {{profile: Profile}} props */
function Address({ profile: { email, emailVerified } }) {
  const doing = useDoing();
  const send = () => doing.run(() => school.passwords.sendVerification(), t("verify-sent"));
  return html`<p>${email} ${emailVerified && html`<span class="tag good">${t("address-verified")}</span>`}</p>
    ${!emailVerified &&
    html`<${Outcome} of=${doing} />
      <div class="tools">
        <span>${t("address-not-verified")}</span>
        <button type="button" onClick=${send}>${t("verify-again")}</button>
      </div>`}`;
}

/** A username that says while it is typed whether it is free.
 * @param {{known: string, error: import("../forms.js").Trouble}} props */
function Username({ known, error }) {
  const typed = useSignal(known);
  const said = useSignal("");
  useEffect(() => {
    const left = new AbortController();
    const ask = async () => {
      const name = typed.value;
      try {
        const { reason } = await school.profiles.checkUsername(name, left.signal);
        said.value = t(`username-${reason ?? "free"}`, { name });
      } catch {
        said.value = ""; // saving decides, and says what is wrong
      }
    };
    said.value = "";
    const timer = typed.value && typed.value !== known ? setTimeout(ask, PAUSE_MS) : undefined;
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [typed.value, known]);
  const input = (/** @type {Event} */ event) => (typed.value = given(event).trim());
  return html`<${Field}
      name="username"
      autocomplete="username"
      spellcheck=${false}
      maxlength="30"
      label=${t("username")}
      hint=${t("username-hint")}
      defaultValue=${known}
      onInput=${input}
      error=${error}
      required
    />
    <p class="hint" role="status">${said.value}</p>`;
}

/** @param {{profile: Profile}} props */
function Preferences({ profile }) {
  const done = useSignal("");
  const { busy, error, submit } = useSubmit(async (form) => {
    done.value = "";
    const fields = new FormData(form);
    const goal = String(fields.get("weeklyLearningGoal"));
    const locale = fields.get("locale") === "fr" ? "fr" : "en";
    await school.profiles.update({
      timezone: fields.get("timezone"),
      locale,
      notificationPreference: fields.has("notificationPreference"),
      preferredStudyTime: fields.get("preferredStudyTime") || null,
      weeklyLearningGoal: goal === "" ? null : Number(goal),
    });
    await choose(locale);
    done.value = t("saved");
  });
  const wrong = error.value;
  const times = STUDY_TIMES.map((one) => [one, t(`study-${one}`)]);
  return html`<section class="card" aria-labelledby="preferences">
    <h2 id="preferences">${t("preferences")}</h2>
    <form onSubmit=${submit} aria-labelledby="preferences" novalidate>
      <${Alert} error=${wrong} />
      <p class="done" role="status">${done.value}</p>
      <${Choice}
        name="locale"
        label=${t("language")}
        options=${LANGUAGES}
        chosen=${profile.locale ?? language.peek()}
        error=${wrong}
      />
      <${Choice}
        name="timezone"
        label=${t("timezone")}
        options=${zones(profile.timezone)}
        chosen=${profile.timezone ?? zoneHere()}
        error=${wrong}
      />
      <${Choice}
        name="preferredStudyTime"
        label=${t("study-time")}
        options=${[["", t("study-any")], ...times]}
        chosen=${profile.preferredStudyTime ?? ""}
        error=${wrong}
      />
      <${Field}
        name="weeklyLearningGoal"
        type="number"
        min="0"
        max="10080"
        label=${t("weekly-goal")}
        hint=${t("weekly-goal-hint")}
        defaultValue=${profile.weeklyLearningGoal ?? ""}
        error=${wrong}
      />
      <p>
        <label class="check">
          <input type="checkbox" name="notificationPreference" defaultChecked=${profile.notificationPreference} />
          ${t("notifications-wanted")}
        </label>
      </p>
      <button class="primary" aria-disabled=${busy.value}>${t("save")}</button>
    </form>
  </section>`;
}

function zoneHere() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** @param {string | null | undefined} known */
function zones(known) {
  const all = new Set([known ?? zoneHere(), "UTC", ...Intl.supportedValuesOf("timeZone")]);
  return [...all].sort().map((zone) => [zone, zone.replaceAll("_", " ")]);
}

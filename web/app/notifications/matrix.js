import { Choice } from "../forms.js";
import { html } from "../html.js";
import { t } from "../texts.js";
import { CADENCES, CATEGORIES, CHANNELS, cellOf } from "./choices.js";

/** @typedef {import("./choices.js").Category} Category */
/** @typedef {import("./choices.js").Channel} Channel */
/** @typedef {{preferences: import("./choices.js").Preferences, error: import("../forms.js").Trouble}} Props */

/** By which way things of each category come: a table, or where that is too wide a card for each category.
 * @param {Props} props */
export function Matrix({ preferences, error }) {
  return html`<table class="matrix">
    <caption class="visually-hidden">${t("notification-ways")}</caption>
    <thead>
      <tr>
        <td></td>
        ${CHANNELS.map((channel) => html`<th key=${channel} scope="col">${channelText(channel)}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${CATEGORIES.map((category) => {
        return html`<tr key=${category}>
          <th scope="row">${t(`category-${category}`)}</th>
          ${CHANNELS.map((channel) => {
            return html`<td key=${channel}>
              <${Cell} category=${category} channel=${channel} preferences=${preferences} error=${error} />
            </td>`;
          })}
        </tr>`;
      })}
    </tbody>
  </table>`;
}

/** @param {Props & {category: Category, channel: Channel}} props */
function Cell({ category, channel, preferences, error }) {
  const chosen = preferences.cadences[category]?.[channel] ?? "never";
  const isLocked = preferences.locked.some((one) => one.category === category && one.channel === channel);
  if (isLocked) {
    return html`<div class="locked">
      <span class="label">${channelText(channel)}</span>
      <b>${cadenceText(chosen, channel)}</b>
      <span class="hint">${t("always-told")}</span>
    </div>`;
  }
  const name = cellOf(category, channel);
  const label = html`<span class="visually-hidden">${t(`category-${category}`)}: </span>${channelText(channel)}`;
  return html`<${Choice}
    name=${name}
    label=${label}
    options=${offered(channel).map((one) => [one, cadenceText(one, channel)])}
    chosen=${chosen}
    error=${error}
  />`;
}

/** In the app nothing is bundled: it is there, or it is not. @param {Channel} channel */
function offered(channel) {
  return channel === "in_app" ? CADENCES.filter((one) => one !== "digest") : CADENCES;
}

/** @param {Channel} channel */
function channelText(channel) {
  return t(`channel-${channel.replaceAll("_", "-")}`);
}

/** @param {string} cadence @param {Channel} channel */
function cadenceText(cadence, channel) {
  return t(channel === "in_app" && cadence === "immediate" ? "cadence-shown" : `cadence-${cadence}`);
}

import { useSignal } from "@preact/signals";
import { Dialog } from "../dialog.js";
import { Outcome, Sure, focusOn, useDoing } from "../doing.js";
import { Alert, Choice, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { t, when } from "../texts.js";
import { AccountFrame } from "./frame.js";
import { Keep } from "./recovery.js";

/** @typedef {import("../../sdk/keys.js").ApiKey} ApiKey */

const DAY_MS = 86_400_000;
const LIVES = ["30", "90", "365"];

/** Keys for programs that act for the user. */
export function KeysPage() {
  const loading = useLoaded(() => school.keys.list());
  const doing = useDoing();
  const fresh = useSignal(/** @type {ApiKey | null} */ (null));
  /** @param {ApiKey} key */
  const revoke = async ({ id, name }) => {
    await doing.run(() => school.keys.revoke(id), t("key-is-revoked", { name }));
    await loading.reload();
    focusOn("keys");
  };
  const close = () => {
    fresh.value = null;
    void loading.reload();
  };
  return html`<${AccountFrame} title=${t("api-keys")}>
    <p>${t("keys-hint")}</p>
    <div class="sections">
      <section class="card" aria-labelledby="keys">
        <h2 id="keys" tabindex="-1">${t("your-keys")}</h2>
        <${Outcome} of=${doing} />
        <${Loaded} of=${loading}>
          ${(/** @type {ApiKey[]} */ keys) => {
            if (keys.length === 0) return html`<p class="empty">${t("no-keys")}</p>`;
            return html`<ul class="rows">
              ${keys.map((one) => html`<${Row} key=${one.id} apiKey=${one} revoke=${() => revoke(one)} />`)}
            </ul>`;
          }}
        <//>
      </section>
      <${NewKey} made=${(/** @type {ApiKey} */ key) => (fresh.value = key)} />
    </div>
    ${fresh.value && html`<${Shown} apiKey=${fresh.value} close=${close} />`}
  <//>`;
}

/** @param {{apiKey: ApiKey, revoke: () => void}} props */
function Row({ apiKey: { name, scopes, createdAt, expiresAt, lastUsedAt, cidr }, revoke }) {
  return html`<li>
    <h3>${name}</h3>
    <p class="facts">
      <span>${scopes.join(", ")}</span>
      ${cidr && html`<span>${cidr}</span>`}
      <span>${t("added-at", { at: when(createdAt) })}</span>
      <span>${t("ends-at", { at: when(expiresAt) })}</span>
      <span>${lastUsedAt ? t("last-used-at", { at: when(lastUsedAt) }) : t("never-used")}</span>
    </p>
    <${Sure}
      label=${t("revoke")}
      name=${t("revoke-named", { name })}
      question=${t("revoke-sure")}
      yes=${t("revoke-yes")}
      act=${revoke}
    />
  </li>`;
}

/** @param {{made: (key: ApiKey) => void}} props */
function NewKey({ made }) {
  const holding = useLoaded(async () => (await school.sessions.list()).find((one) => one.isCurrent)?.permissions ?? []);
  const { busy, error, submit } = useSubmit(async (form) => {
    const { name = "", life = "30", cidr } = filled(form);
    const scopes = new FormData(form).getAll("scope").map(String);
    const expiresAt = new Date(Date.now() + Number(life) * DAY_MS).toISOString();
    made(await school.keys.create({ name, scopes, expiresAt, ...(cidr && { cidr }) }));
    form.reset();
  });
  const wrong = error.value;
  return html`<section class="card" aria-labelledby="new-key">
    <h2 id="new-key">${t("new-key")}</h2>
    <form onSubmit=${submit} aria-labelledby="new-key" novalidate>
      <${Alert} error=${wrong} />
      <${Field} name="name" id="key-name" label=${t("key-name")} maxlength="80" error=${wrong} required />
      <fieldset class="columns">
        <legend>${t("key-scopes")}</legend>
        <${Loaded} of=${holding}>
          ${(/** @type {string[]} */ held) => {
            return held.map((one) => {
              return html`<label key=${one}>
                <input type="checkbox" name="scope" value=${one} /> <code>${one}</code>
              </label>`;
            });
          }}
        <//>
      </fieldset>
      <${Choice}
        name="life"
        label=${t("key-life")}
        options=${LIVES.map((days) => [days, t("days", { count: Number(days) })])}
      />
      <${Field}
        name="cidr"
        label=${t("key-cidr")}
        hint=${t("key-cidr-hint")}
        autocomplete="off"
        maxlength="50"
        error=${wrong}
      />
      <button class="primary" aria-disabled=${busy.value}>${t("make-key")}</button>
    </form>
  </section>`;
}

/** The key, this once. @param {{apiKey: ApiKey, close: () => void}} props */
function Shown({ apiKey: { name, key = "" }, close }) {
  return html`<${Dialog} id="shown-key" title=${name} close=${close}>
    <p>${t("key-shown-once")}</p>
    <p><code class="secret">${key}</code></p>
    <${Keep} text=${`${key}\n`} file="coursewire-key.txt" />
    <p><button type="button" class="primary" onClick=${close}>${t("key-kept")}</button></p>
  <//>`;
}

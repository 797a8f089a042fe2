import { useSignal } from "@preact/signals";
import { Alert, Choice, Field, filled, given, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { t } from "../texts.js";

/** @typedef {import("../../sdk/users.js").Role} Role */
/** @typedef {{roles: Role[], permissions: string[]}} Table */

const DENIAL = "denial";
const SCOPES = ["system", "course", "offering", "cohort", "user", "session"];

/** Give a role in one place, or take a permission away.
 * @param {{userId: string, changed: () => Promise<void>}} props */
export function Assign({ userId, changed }) {
  const loading = useLoaded(() => school.users.permissions());
  return html`<h3 id="assign">${t("assign")}</h3>
    <${Loaded} of=${loading}>
      ${(/** @type {Table} */ table) => html`<${Draft} table=${table} userId=${userId} changed=${changed} />`}
    <//>`;
}

/** @param {{table: Table, userId: string, changed: () => Promise<void>}} props */
function Draft({ table, userId, changed }) {
  const roles = table.roles.filter(({ scopes }) => scopes.length > 0);
  const what = useSignal(roles[0]?.role ?? DENIAL);
  const scope = useSignal("system");
  const { busy, error, submit } = useSubmit(async (form) => {
    const { role = "", expiresAt, ...rest } = filled(form);
    const until = expiresAt && { expiresAt: new Date(expiresAt).toISOString() };
    const asked = { scopeType: scope.value, ...rest, ...(role !== DENIAL && { role }), ...until };
    await school.users.assign(userId, asked);
    await changed();
  });
  const scopes = roles.find(({ role }) => role === what.value)?.scopes ?? SCOPES;
  const pickWhat = (/** @type {Event} */ event) => {
    what.value = given(event);
    scope.value = "system";
  };
  const pickScope = (/** @type {Event} */ event) => (scope.value = given(event));
  const wrong = error.value;
  const kinds = [...roles.map(({ role }) => [role, t(`is-${role}`)]), [DENIAL, t("assign-denial")]];
  const denials = table.permissions.map((one) => [one, one]);
  const places = scopes.map((one) => [one, t(`scope-${one}`)]);
  return html`<form onSubmit=${submit} aria-labelledby="assign" novalidate>
    <${Alert} error=${wrong} />
    <div class="pair">
      <${Choice}
        name="role"
        id="assign-role"
        label=${t("what")}
        options=${kinds}
        chosen=${what.value}
        onChange=${pickWhat}
        error=${wrong}
      />
      ${what.value === DENIAL &&
      html`<${Choice} name="denies" label=${t("permission")} options=${denials} error=${wrong} />`}
      <${Choice}
        name="scopeType"
        label=${t("scope")}
        options=${places}
        chosen=${scope.value}
        onChange=${pickScope}
        error=${wrong}
      />
      ${scope.value !== "system" && html`<${Place} error=${wrong} />`}
      <${Field} name="expiresAt" type="datetime-local" label=${t("until")} hint=${t("until-hint")} error=${wrong} />
    </div>
    <button class="primary" aria-disabled=${busy.value}>${t("assign")}</button>
  </form>`;
}

/** @param {{error: import("../forms.js").Trouble}} props */
function Place({ error }) {
  return html`<${Field}
    name="scopeId"
    label=${t("scope-id")}
    maxlength="24"
    autocomplete="off"
    spellcheck=${false}
    error=${error}
    required
  />`;
}

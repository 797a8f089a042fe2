import { useSignal } from "@preact/signals";
import { Keep } from "../account/recovery.js";
import { Outcome, Sure, focusOn, useDoing } from "../doing.js";
import { Alert, Choice, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { t, when } from "../texts.js";
import { AdminFrame, roleChoices } from "./frame.js";

/** @typedef {import("../../sdk/users.js").InviteCode} InviteCode */

/** Codes with which people register in a role that is not open to all. */
export function InvitesPage() {
  const loading = useLoaded(() => school.invites.list());
  const doing = useDoing();
  /** @param {InviteCode} invite */
  const revoke = async ({ inviteCodeId: id }) => {
    await doing.run(() => school.invites.revoke(id), t("invite-is-revoked"));
    await loading.reload();
    focusOn("invites");
  };
  return html`<${AdminFrame} title=${t("invite-codes")}>
    <p>${t("invite-codes-hint")}</p>
    <div class="sections">
      <${NewInvite} made=${loading.reload} />
      <section class="card" aria-labelledby="invites">
        <h2 id="invites" tabindex="-1">${t("invites-open")}</h2>
        <${Outcome} of=${doing} />
        <${Loaded} of=${loading}>
          ${(/** @type {InviteCode[]} */ invites) => {
            if (invites.length === 0) return html`<p class="empty">${t("no-invites")}</p>`;
            return html`<ul class="rows">
              ${invites.map((one) => html`<${Row}
                key=${one.inviteCodeId}
                invite=${one}
                revoke=${() => revoke(one)}
              />`)}
            </ul>`;
          }}
        <//>
      </section>
    </div>
  <//>`;
}

/** @param {{invite: InviteCode, revoke: () => void}} props */
function Row({ invite: { role, uses, used, expiresAt, isOpen }, revoke }) {
  const name = t(`is-${role}`);
  return html`<li>
    <h3>${name}</h3>
    <p class="facts">
      <span>${t("used-of", { used, most: uses })}</span>
      <span>${t("ends-at", { at: when(expiresAt) })}</span>
      ${!isOpen && html`<span class="tag">${t("invite-closed")}</span>`}
    </p>
    ${isOpen &&
    html`<${Sure}
      label=${t("revoke")}
      name=${t("revoke-named", { name })}
      question=${t("revoke-sure")}
      yes=${t("revoke-yes")}
      act=${revoke}
    />`}
  </li>`;
}

/** @param {{made: () => Promise<void>}} props */
function NewInvite({ made }) {
  const code = useSignal("");
  const { busy, error, submit } = useSubmit(async (form) => {
    const { role = "instructor", uses = "1", expiresInDays = "14" } = filled(form);
    const draft = { role, uses: Number(uses), expiresInDays: Number(expiresInDays) };
    const invite = await school.invites.create(draft);
    code.value = invite.code ?? "";
    await made();
  });
  const wrong = error.value;
  return html`<section class="card" aria-labelledby="new-invite">
    <h2 id="new-invite">${t("new-invite")}</h2>
    <form onSubmit=${submit} aria-labelledby="new-invite" novalidate>
      <${Alert} error=${wrong} />
      <div class="pair">
        <${Choice}
          name="role"
          label=${t("column-role")}
          options=${roleChoices().filter(([role]) => role !== "admin")}
          chosen="instructor"
          error=${wrong}
        />
        <${Field} name="uses" type="number" min="1" max="1000" label=${t("max-uses")} defaultValue="1" error=${wrong} />
        <${Field}
          name="expiresInDays"
          type="number"
          min="1"
          max="365"
          label=${t("days-open")}
          defaultValue="14"
          error=${wrong}
        />
      </div>
      <button class="primary" aria-disabled=${busy.value}>${t("make-invite")}</button>
    </form>
    <div role="status">${code.value && html`<p>${t("invite-made")} <code class="secret">${code.value}</code></p>`}</div>
    ${code.value && html`<${Keep} text=${code.value} file="coursewire-invite.txt" />`}
  </section>`;
}

import { CameBack } from "../enter/came-back.js";
import { Outcome, Sure, focusOn, useDoing } from "../doing.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { mayComeBack, school } from "../state.js";
import { t, when } from "../texts.js";

/** @typedef {import("../../sdk/providers.js").Identity} Identity */
/** @typedef {import("../../sdk/providers.js").Provider} Provider */

/** Other services that open this account. */
export function IdentitiesSection() {
  const loading = useLoaded(async () => {
    const [identities, providers] = await Promise.all([school.providers.identities(), school.providers.list()]);
    return { identities, providers };
  });
  const doing = useDoing();
  /** @param {Identity} identity */
  const unlink = async ({ id }) => {
    await doing.run(() => school.providers.unlink(id), t("identity-is-removed"));
    await loading.reload();
    focusOn("identities");
  };
  const link = (/** @type {string} */ provider) => {
    return doing.run(async () => {
      const url = await school.providers.link(provider, "/app/#/account");
      mayComeBack(true);
      location.assign(url);
    });
  };
  return html`<section class="card" aria-labelledby="identities">
    <h2 id="identities" tabindex="-1">${t("identities")}</h2>
    <p>${t("identities-hint")}</p>
    <${CameBack} done=${t("identity-is-linked")} />
    <${Outcome} of=${doing} />
    <${Loaded} of=${loading}>
      ${(/** @type {{identities: Identity[], providers: Provider[]}} */ { identities, providers }) => {
        return html`${identities.length === 0 && html`<p class="empty">${t("no-identities")}</p>`}
          <ul class="rows">
            ${identities.map((one) => {
              return html`<${Row} key=${one.id} identity=${one} unlink=${() => unlink(one)} />`;
            })}
          </ul>
          <div class="tools">
            ${providers.map(({ id, name }) => {
              const begin = () => link(id);
              return html`<button key=${id} type="button" onClick=${begin}>${t("link-with", { name })}</button>`;
            })}
          </div>`;
      }}
    <//>
  </section>`;
}

/** @param {{identity: Identity, unlink: () => void}} props */
function Row({ identity, unlink }) {
  const name = identity.name ?? identity.provider;
  return html`<li>
    <h3>${name}</h3>
    <p class="facts">
      <span>${t("added-at", { at: when(identity.createdAt) })}</span>
      <span>${t("last-used-at", { at: when(identity.lastUsedAt) })}</span>
    </p>
    <${Sure}
      label=${t("remove")}
      name=${t("remove-named", { name })}
      question=${t("remove-identity-sure")}
      yes=${t("remove-yes")}
      act=${unlink}
    />
  </li>`;
}

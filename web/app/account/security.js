import { html } from "../html.js";
import { t } from "../texts.js";
import { FactorsSection } from "./factors.js";
import { AccountFrame } from "./frame.js";
import { IdentitiesSection } from "./identities.js";
import { PasswordSection } from "./password.js";
import { SessionsSection } from "./sessions.js";

/** What keeps the account its owner's: where it is signed in, and what signing in takes. */
export function SecurityPage() {
  return html`<${AccountFrame} title=${t("security")}>
    <div class="sections">
      <${SessionsSection} />
      <${FactorsSection} />
      <${PasswordSection} />
      <${IdentitiesSection} />
    </div>
  <//>`;
}

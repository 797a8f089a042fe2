import { useSignal } from "@preact/signals";
import { createdPasskey } from "../../sdk/index.js";
import { Dialog } from "../dialog.js";
import { focusOn } from "../doing.js";
import { OneTimeCode } from "../enter/methods.js";
import { Alert, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { t } from "../texts.js";

/** @typedef {import("../../sdk/factors.js").Enrollment} Enrollment */
/** @typedef {import("../../sdk/factors.js").Kind} Kind */
/** @typedef {(codes: string[] | null) => void} Added */

/** Add a factor in two steps: begin, and show that it works.
 * @param {{kind: Kind, added: Added, close: () => void}} props */
export function Enroll({ kind, added, close }) {
  const begun = useSignal(/** @type {Enrollment | null} */ (null));
  return html`<${Dialog} id="enroll" title=${t(`add-${kind}`)} close=${close}>
    <p>${t(`about-${kind}`)}</p>
    ${begun.value
      ? html`<${Confirm} begun=${begun.value} added=${added} />`
      : html`<${Begin} kind=${kind} begun=${begun} added=${added} />`}
    <button type="button" onClick=${close}>${t("cancel")}</button>
  <//>`;
}

/** @param {{kind: Kind, begun: import("@preact/signals").Signal<Enrollment | null>, added: Added}} props */
function Begin({ kind, begun, added }) {
  const { busy, error, submit } = useSubmit(async (form) => {
    const enrolled = await school.factors.enroll({ kind, name: t(`method-${kind}`), ...filled(form) });
    if (kind !== "passkey") {
      begun.value = enrolled;
      return focusOn("enroll");
    }
    const credential = await createdPasskey(enrolled.publicKey);
    added(await school.factors.confirm({ factorId: enrolled.factorId, credential }));
  });
  const wrong = error.value;
  return html`<form onSubmit=${submit} novalidate>
    <${Alert} error=${wrong} />
    <${Field}
      name="name"
      id="factor-name"
      label=${t("factor-name")}
      hint=${t("factor-name-hint")}
      maxlength="80"
      error=${wrong}
    />
    ${kind === "sms" &&
    html`<${Field}
      name="phone"
      type="tel"
      autocomplete="tel"
      label=${t("phone")}
      hint=${t("phone-hint")}
      error=${wrong}
      required
    />`}
    <button class="primary" aria-disabled=${busy.value}>${t("continue")}</button>
  </form>`;
}

/** @param {{begun: Enrollment, added: Added}} props */
function Confirm({ begun, added }) {
  const { busy, error, submit } = useSubmit(async (form) => {
    const { code = "" } = filled(form);
    added(await school.factors.confirm({ factorId: begun.factorId, code: code.replaceAll(/\s/g, "") }));
  });
  return html`<${Secret} begun=${begun} />
    <form onSubmit=${submit} novalidate>
      <${Alert} error=${error.value} />
      <${OneTimeCode} kind=${begun.kind} id="new-code" error=${error.value} />
      <button class="primary" aria-disabled=${busy.value}>${t("confirm")}</button>
    </form>`;
}

/** What an app scans, or what is typed into it. @param {{begun: Enrollment}} props */
function Secret({ begun: { qrSvg, secret } }) {
  if (!secret) return html`<p role="status">${t("code-is-sent")}</p>`;
  return html`${qrSvg && html`<img class="qr" src=${imageOf(qrSvg)} alt=${t("qr-says")} width="200" height="200" />`}
    <p>${t("secret-hint")}</p>
    <p><code class="secret">${secret.match(/.{1,4}/g)?.join(" ")}</code></p>`;
}

/** An image has no document around it that names the language of SVG. @param {string} svg */
function imageOf(svg) {
  const whole = svg.includes("xmlns=") ? svg : svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  return `data:image/svg+xml,${encodeURIComponent(whole)}`;
}

import { Dialog } from "../dialog.js";
import { Alert, Field, filled, useSubmit } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { proving, school } from "../state.js";
import { t } from "../texts.js";
import { Methods } from "./methods.js";

/** Asks again who is there, before something that matters. It stands above every page. */
export function StepUp() {
  const asked = proving.value;
  return asked && html`<${Question} asked=${asked} />`;
}

/** @param {{asked: import("../state.js").Asked}} props */
function Question({ asked }) {
  const having = useLoaded(() => school.factors.list());
  const close = () => asked.answer(false);
  return html`<${Dialog} id="step-up" title=${t("step-up")} close=${close}>
    <p>${t("step-up-hint")}</p>
    <${Loaded} of=${having}>
      ${(/** @type {import("../../sdk/factors.js").Factors} */ { factors }) => {
        return html`<${factors.length ? ByFactor : ByPassword} factors=${factors} asked=${asked} />`;
      }}
    <//>
    <button type="button" onClick=${close}>${t("cancel")}</button>
  <//>`;
}

/** @param {{factors: import("../../sdk/factors.js").Factor[], asked: import("../state.js").Asked}} props */
function ByFactor({ factors, asked }) {
  const methods = factors.map(({ id, kind, name }) => ({ factorId: id, kind, name }));
  const desk = {
    challenge: (/** @type {string} */ factorId) => school.factors.stepUpChallenge(factorId),
    verify: async (/** @type {import("../../sdk/factors.js").Proof} */ proof) => {
      await school.factors.stepUp(proof);
      asked.answer(true);
    },
  };
  return html`<${Methods} methods=${methods} desk=${desk} />`;
}

/** @param {{asked: import("../state.js").Asked}} props */
function ByPassword({ asked }) {
  const { busy, error, submit } = useSubmit(async (form) => {
    const { password = "" } = filled(form);
    await school.factors.stepUp({ password });
    asked.answer(true);
  });
  return html`<form onSubmit=${submit} novalidate>
    <${Alert} error=${error.value} />
    <${Field}
      name="password"
      id="step-up-password"
      type="password"
      autocomplete="current-password"
      label=${t("password")}
      error=${error.value}
      required
    />
    <button class="primary" aria-disabled=${busy.value}>${t("confirm")}</button>
  </form>`;
}

import { Outcome, Sure, focusOn, useDoing } from "../doing.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { has, t, when } from "../texts.js";

/** @typedef {import("../../sdk/sessions.js").DeviceSession} DeviceSession */

/** Where the user is signed in, with a way to end each. */
export function SessionsSection() {
  const loading = useLoaded(() => school.sessions.list());
  const doing = useDoing();
  /** @param {DeviceSession} session */
  const end = async ({ id, deviceInfo: { name } }) => {
    await doing.run(() => school.sessions.revoke(id), t("session-is-ended", { name }));
    await loading.reload();
    focusOn("sessions");
  };
  const endOthers = async () => {
    await doing.run(() => school.sessions.revokeOthers(), t("others-are-ended"));
    await loading.reload();
    focusOn("sessions");
  };
  return html`<section class="card" aria-labelledby="sessions">
    <h2 id="sessions" tabindex="-1">${t("sessions")}</h2>
    <p>${t("sessions-hint")}</p>
    <${Outcome} of=${doing} />
    <${Loaded} of=${loading}>
      ${(/** @type {DeviceSession[]} */ sessions) => {
        return html`<ul class="rows">
            ${sessions.map((one) => html`<${Row} key=${one.id} session=${one} end=${() => end(one)} />`)}
          </ul>
          ${sessions.length > 1 &&
          html`<${Sure}
            label=${t("end-others")}
            question=${t("end-others-sure")}
            yes=${t("end-others-yes")}
            act=${endOthers}
          />`}`;
      }}
    <//>
  </section>`;
}

/** @param {{session: DeviceSession, end: () => void}} props */
function Row({ session, end }) {
  const { deviceInfo, ip, createdAt, lastActivity, isCurrent, amr } = session;
  const proofs = amr.filter((one) => has(`amr-${one}`)).map((one) => t(`amr-${one}`));
  return html`<li>
    <h3>${deviceInfo.name} ${isCurrent && html`<span class="tag">${t("this-device")}</span>`}</h3>
    <p class="facts">
      <span>${t("from-network", { ip })}</span>
      <span>${t("signed-in-at", { at: when(createdAt) })}</span>
      <span>${t("last-active-at", { at: when(lastActivity) })}</span>
      ${proofs.length > 0 && html`<span>${proofs.join(", ")}</span>`}
    </p>
    ${!isCurrent &&
    html`<${Sure}
      label=${t("end-session")}
      name=${t("end-session-of", { name: deviceInfo.name })}
      question=${t("end-session-sure")}
      yes=${t("end-session-yes")}
      act=${end}
    />`}
  </li>`;
}

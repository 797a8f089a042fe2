import { useSignal } from "@preact/signals";
import { Alert, Field, troubleOf, useSubmit } from "./forms.js";
import { html } from "./html.js";
import { school } from "./state.js";
import { t } from "./texts.js";

const KINDS = /** @type {const} */ (["userId", "sessionId", "connectionId"]);

/** Close live connections, after a second question. The clients come back by themselves. */
export function Disconnect() {
  const asked = useSignal(/** @type {{kind: string, id: string} | null} */ (null));
  const done = useSignal("");
  const { error, submit } = useSubmit(async (form) => {
    const given = new FormData(form);
    asked.value = { kind: String(given.get("kind")), id: String(given.get("id")).trim() };
    done.value = "";
  });
  const close = async () => {
    if (!asked.value) return;
    const { kind, id } = asked.value;
    try {
      await school.rest.post("/admin/realtime/disconnect", { [kind]: id });
      done.value = t("disconnected", { id });
    } catch (thrown) {
      error.value = troubleOf(thrown);
    }
    asked.value = null;
  };
  return html`<section aria-labelledby="disconnect">
    <h2 id="disconnect">${t("disconnect-title")}</h2>
    <form class="card" onSubmit=${submit} aria-labelledby="disconnect" novalidate>
      <p class="hint">${t("disconnect-hint")}</p>
      <${Alert} error=${error.value} />
      <fieldset>
        <legend>${t("disconnect-what")}</legend>
        ${KINDS.map((kind, index) => {
          return html`<label key=${kind}>
            <input type="radio" name="kind" value=${kind} defaultChecked=${index === 0} /> ${t(texts[kind])}
          </label>`;
        })}
      </fieldset>
      <${Field} name="id" label=${t("identity")} maxlength="24" autocomplete="off" spellcheck=${false} error=${null} />
      <${Sure} isAsked=${asked.value !== null} yes=${close} no=${() => (asked.value = null)}>
        <button>${t("disconnect")}</button>
      <//>
      <p role="status">${done.value}</p>
    </form>
  </section>`;
}

const texts = { userId: "kind-user", sessionId: "kind-session", connectionId: "kind-connection" };

/** Who follows a stream: how many, and in a course's room who they are, each with a way to close their connections.
 * @param {{stream: string}} props */
export function Follow({ stream }) {
  const seen = useSignal(/** @type {any} */ (null));
  const error = useSignal(/** @type {import("./forms.js").Trouble} */ (null));
  const toggle = async () => {
    if (seen.value) return void (seen.value = null);
    try {
      seen.value = (await school.rest.get(`/admin/realtime/streams/${encodeURIComponent(stream)}/presence`)).data;
      error.value = null;
    } catch (thrown) {
      error.value = troubleOf(thrown);
    }
  };
  const people = seen.value?.presence?.people;
  return html`<button aria-expanded=${seen.value !== null} aria-label=${t("who-follows", { stream })} onClick=${toggle}>
      ${t("who")}
    </button>
    <${Alert} error=${error.value} />
    ${seen.value && !people && html`<p>${t("unnamed", { count: seen.value.followers })}</p>`}
    ${people &&
    html`<ul class="people">
      ${people.map((/** @type {any} */ one) => html`<${Person} key=${one.id} person=${one} />`)}
    </ul>`}`;
}

/** @param {{person: import("../sdk/room.js").Present}} props */
function Person({ person }) {
  const state = useSignal(/** @type {"" | "asked" | "done"} */ (""));
  const error = useSignal(/** @type {import("./forms.js").Trouble} */ (null));
  const close = async () => {
    try {
      await school.rest.post("/admin/realtime/disconnect", { userId: person.id });
      state.value = "done";
    } catch (thrown) {
      state.value = "";
      error.value = troubleOf(thrown);
    }
  };
  const label = t("disconnect-someone", { name: person.name });
  return html`<li>
    <span>${person.name}</span>
    <${Alert} error=${error.value} />
    ${state.value === "done"
      ? html`<span role="status">${t("disconnected", { id: person.name })}</span>`
      : html`<${Sure} isAsked=${state.value === "asked"} yes=${close} no=${() => (state.value = "")}>
          <button aria-label=${label} onClick=${() => (state.value = "asked")}>${t("disconnect")}</button>
        <//>`}
  </li>`;
}

/** A button, or in its place the question whether it was meant.
 * @param {{isAsked: boolean, yes: () => void, no: () => void, children?: any}} props */
function Sure({ isAsked, yes, no, children }) {
  if (!isAsked) return html`<div class="tools">${children}</div>`;
  return html`<div class="tools">
    <span>${t("disconnect-sure")}</span>
    <button type="button" class="danger" ref=${focused} onClick=${yes}>${t("disconnect-yes")}</button>
    <button type="button" onClick=${no}>${t("cancel")}</button>
  </div>`;
}

/** @param {HTMLElement | null} element */
function focused(element) {
  element?.focus?.();
}

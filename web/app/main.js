import { h, render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ADMIN_PAGES } from "./admin/frame.js";
import { StepUp } from "./enter/step-up.js";
import { html } from "./html.js";
import { MessagesLink } from "./messages/link.js";
import { Bell } from "./notifications/bell.js";
import { pageOf, titleOf } from "./routes.js";
import { connection, courseIn, go, mayComeBack, mayHaveSession, path, school, user } from "./state.js";
import { choose, language, speak, t } from "./texts.js";

function App() {
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const isFirst = useRef(true);
  const here = path.value;

  useEffect(() => {
    if (!isFirst.current) main.current?.querySelector("h1")?.focus();
    isFirst.current = false;
  }, [here, user.value === null]);
  useEffect(() => {
    if (!courseIn(here)) document.title = `${t(titleOf(here))} – Coursewire`;
  }, [here, language.value]);

  return html`<a class="skip" href="#main" onClick=${skip}>${t("skip")}</a>
    <header class="bar">
      <a class="brand" href="#/">Coursewire</a>
      ${user.value && html`<${Connection} />`}
      ${user.value && html`<div class="calls" key=${user.value.id}><${MessagesLink} /><${Bell} /></div>`}
      <nav aria-label=${t("account")}>
        <${Languages} />
        ${user.value ? html`<${SignedIn} />` : html`<a class="button" href="#/sign-in">${t("sign-in")}</a>`}
      </nav>
    </header>
    <main id="main" tabindex="-1" ref=${main}>${pageOf(here)}</main>
    <${StepUp} />`;
}

/** The address stays: what stands behind its `#` is ours. @param {MouseEvent} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Connection() {
  return html`<p class=${`connection ${connection.value}`} role="status">
    <span class="dot" aria-hidden="true"></span>
    <span class="visually-hidden">${t("connection")} </span>${t(`connection-${connection.value}`)}
  </p>`;
}

function Languages() {
  const other = language.value === "fr" ? "en" : "fr";
  const name = { en: "English", fr: "Français" }[other];
  return html`<button class="quiet" lang=${other} onClick=${() => choose(other)}>${name}</button>`;
}

function SignedIn() {
  const leave = async () => {
    await school.session.signOut();
    go("/sign-in");
  };
  const office = ADMIN_PAGES.find(([, , may]) => may())?.[0];
  return html`${office && html`<a href=${`#${office}`}>${t("administration")}</a>`}
    <a href="#/account">${t("my-account")}</a>
    <span class="who">${user.value?.firstName} ${user.value?.lastName}</span>
    <button class="quiet" onClick=${leave}>${t("sign-out")}</button>`;
}

async function restored() {
  try {
    if (!(await school.session.restore())) mayComeBack(false);
  } catch {
    setTimeout(restored, 3000); // no network: the catalogue shows why, and the session is tried again
  }
}

await speak(language.peek());
if (mayHaveSession()) await restored();
render(h(App, null), /** @type {HTMLElement} */ (document.getElementById("app")));

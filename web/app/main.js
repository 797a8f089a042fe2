import { h, render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { SignIn, SignUp } from "./accounts.js";
import { CoursePage } from "./course.js";
import { Courses } from "./courses.js";
import { html } from "./html.js";
import { Operations } from "./operations.js";
import { connection, courseIn, mayHaveSession, route, school, user } from "./state.js";
import { choose, language, speak, t } from "./texts.js";

const OPERATIONS = "/admin/realtime";

function App() {
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const isFirst = useRef(true);
  const path = route.value;

  useEffect(() => {
    if (!isFirst.current) main.current?.querySelector("h1")?.focus();
    isFirst.current = false;
  }, [path]);
  useEffect(() => {
    if (!courseIn(path)) document.title = `${t(titleOf(path))} – Coursewire`;
  }, [path, language.value]);

  return html`<a class="skip" href="#main" onClick=${skip}>${t("skip")}</a>
    <header class="bar">
      <a class="brand" href="#/">Coursewire</a>
      ${user.value && html`<${Connection} />`}
      <nav aria-label=${t("account")}>
        <${Languages} />
        ${user.value ? html`<${SignedIn} />` : html`<a class="button" href="#/sign-in">${t("sign-in")}</a>`}
      </nav>
    </header>
    <main id="main" tabindex="-1" ref=${main}>${pageOf(path)}</main>`;
}

/** The title of a page; a course's page sets its own. @param {string} path */
function titleOf(path) {
  if (path === OPERATIONS) return "operations";
  return path === "/sign-in" || path === "/sign-up" ? path.slice(1) : "courses";
}

/** @param {string} path */
function pageOf(path) {
  if (path === "/sign-in") return html`<${SignIn} />`;
  if (path === "/sign-up") return html`<${SignUp} />`;
  if (path === OPERATIONS) return html`<${Operations} />`;
  const courseId = courseIn(path);
  return courseId ? html`<${CoursePage} key=${courseId} courseId=${courseId} />` : html`<${Courses} />`;
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
  const isOperator = user.value?.role === "admin";
  return html`${isOperator && html`<a href=${`#${OPERATIONS}`}>${t("operations")}</a>`}
    <span class="who">${user.value?.firstName} ${user.value?.lastName}</span>
    <button class="quiet" onClick=${() => school.session.signOut()}>${t("sign-out")}</button>`;
}

async function restored() {
  try {
    await school.session.restore();
  } catch {
    setTimeout(restored, 3000); // no network: the catalogue shows why, and the session is tried again
  }
}

await speak(language.peek());
if (mayHaveSession()) await restored();
render(h(App, null), /** @type {HTMLElement} */ (document.getElementById("app")));

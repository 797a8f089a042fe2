import { html } from "../html.js";
import { query } from "../state.js";
import { has, t } from "../texts.js";

/** What became of a way through another service, as the address tells it. @param {{done?: string}} props */
export function CameBack({ done }) {
  const problem = query.value.get("problem");
  if (!problem) return done && query.value.has("linked") ? html`<p class="done" role="status">${done}</p>` : null;
  const id = `problem-${problem.replaceAll("_", "-")}`;
  return html`<p class="alert" role="alert">${t(has(id) ? id : "problem-other")}</p>`;
}

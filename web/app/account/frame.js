import { html } from "../html.js";
import { path } from "../state.js";
import { t } from "../texts.js";

const PAGES = {
  "/account": "security",
  "/account/profile": "profile",
  "/account/notifications": "notifications",
  "/account/keys": "api-keys",
};

/** A page about one's own account, with the way to the others. @param {{title: string, children?: any}} props */
export function AccountFrame({ title, children }) {
  return html`<${SubPages} label=${t("my-account")} pages=${PAGES} />
    <h1 tabindex="-1">${title}</h1>
    ${children}`;
}

/** Pages that belong together. @param {{label: string, pages: Record<string, string>}} props */
export function SubPages({ label, pages }) {
  return html`<nav class="sub-pages" aria-label=${label}>
    ${Object.entries(pages).map(([to, title]) => {
      return html`<a key=${to} href=${`#${to}`} aria-current=${to === path.value ? "page" : undefined}>${t(title)}</a>`;
    })}
  </nav>`;
}

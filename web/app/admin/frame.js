import { SubPages } from "../account/frame.js";
import { html } from "../html.js";
import { may } from "../state.js";
import { t } from "../texts.js";

/** Each page with its title, and what it takes to see it.
 * @type {[path: string, title: string, may: () => boolean][]} */
export const ADMIN_PAGES = [
  ["/admin/users", "people", () => may("user.list", "manager", "admin")],
  ["/admin/invites", "invite-codes", () => may("invite_code.manage", "admin")],
  ["/admin/audit", "audit", () => may("audit.read", "manager", "admin")],
  ["/admin/jobs", "jobs", () => may("job.operate", "admin")],
  ["/admin/realtime", "operations", () => may("realtime.operate", "admin")],
];

/** A page for those who look after the school. @param {{title: string, children?: any}} props */
export function AdminFrame({ title, children }) {
  const pages = Object.fromEntries(ADMIN_PAGES.filter(([, , may]) => may()).map(([path, title]) => [path, title]));
  return html`<${SubPages} label=${t("administration")} pages=${pages} />
    <h1 tabindex="-1">${title}</h1>
    ${children}`;
}

export const ROLES = ["student", "promoter", "mentor", "tutor", "facilitator", "instructor", "manager", "admin"];

/** The roles as choices. @returns {[string, string][]} */
export function roleChoices() {
  return ROLES.map((role) => [role, t(`is-${role}`)]);
}

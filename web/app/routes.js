import { KeysPage } from "./account/keys.js";
import { ProfilePage } from "./account/profile.js";
import { SecurityPage } from "./account/security.js";
import { AccountPage } from "./admin/account.js";
import { AuditPage } from "./admin/audit.js";
import { InvitesPage } from "./admin/invites.js";
import { JobsPage } from "./admin/jobs.js";
import { PeoplePage } from "./admin/people.js";
import { SchoolPage } from "./announce/school.js";
import { CoursePage } from "./course.js";
import { Courses } from "./courses.js";
import { Forgot, Reset, Verify } from "./enter/by-mail.js";
import { AfterProvider, SignIn } from "./enter/sign-in.js";
import { SignUp } from "./enter/sign-up.js";
import { html } from "./html.js";
import { InboxPage } from "./messages/page.js";
import { NotificationsPage } from "./notifications/page.js";
import { PreferencesPage } from "./notifications/preferences.js";
import { Operations } from "./operations.js";
import { accountIn, courseIn, inboxIn, user } from "./state.js";

/** Each page with its title; those behind a sign-in say so.
 * @type {Record<string, {title: string, page: () => any, isOurs?: boolean}>} */
const PAGES = {
  "/": { title: "courses", page: Courses },
  "/sign-in": { title: "sign-in", page: () => html`<${SignIn} />` },
  "/sign-up": { title: "sign-up", page: SignUp },
  "/mfa": { title: "second-factor", page: AfterProvider },
  "/forgot": { title: "forgot-title", page: Forgot },
  "/reset": { title: "reset-title", page: Reset },
  "/verify": { title: "verify-title", page: Verify },
  "/school": { title: "school-news", page: SchoolPage, isOurs: true },
  "/account": { title: "security", page: SecurityPage, isOurs: true },
  "/account/profile": { title: "profile", page: ProfilePage, isOurs: true },
  "/account/keys": { title: "api-keys", page: KeysPage, isOurs: true },
  "/account/notifications": { title: "notification-preferences", page: PreferencesPage, isOurs: true },
  "/notifications": { title: "notifications", page: NotificationsPage, isOurs: true },
  "/admin/users": { title: "people", page: PeoplePage, isOurs: true },
  "/admin/invites": { title: "invite-codes", page: InvitesPage, isOurs: true },
  "/admin/audit": { title: "audit", page: AuditPage, isOurs: true },
  "/admin/jobs": { title: "jobs", page: JobsPage, isOurs: true },
  "/admin/realtime": { title: "operations", page: Operations },
};

/** The title of a page; a course's page sets its own. @param {string} path */
export function titleOf(path) {
  if (inboxIn(path)) return "messages";
  return accountIn(path) ? "people" : (PAGES[path]?.title ?? "courses");
}

/** The page at a path; the catalogue where there is none. @param {string} path */
export function pageOf(path) {
  const accountId = accountIn(path);
  const inbox = inboxIn(path);
  const isOurs = accountId || inbox || PAGES[path]?.isOurs;
  if (isOurs && !user.value) return html`<${SignIn} key=${path} next=${path} />`;
  if (accountId) return html`<${AccountPage} key=${accountId} userId=${accountId} />`;
  if (inbox) return html`<${InboxPage} key="messages" open=${inbox.open} />`;
  const courseId = courseIn(path);
  if (courseId) return html`<${CoursePage} key=${courseId} courseId=${courseId} />`;
  return html`<${PAGES[path]?.page ?? Courses} key=${path} />`;
}

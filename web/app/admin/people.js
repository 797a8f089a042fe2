import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Pages, nameOf } from "../courses.js";
import { Choice, Field, given } from "../forms.js";
import { html } from "../html.js";
import { Loaded, useLoaded } from "../loaded.js";
import { school } from "../state.js";
import { Rows } from "../table.js";
import { t, when } from "../texts.js";
import { AdminFrame, roleChoices } from "./frame.js";

/** @typedef {import("../../sdk/users.js").Account} Account */
/** @typedef {{search: string, role: string, status: string, sort: string}} Filters */

const LIMIT = 25;
const PAUSE_MS = 250;
const STATUSES = ["active", "suspended"];
const SORTS = ["name", "username", "-created_at", "created_at"];
const COLUMNS = ["name", "email", "column-role", "column-status", "column-since"];

/** Everyone who has an account, found by name, role and state. */
export function PeoplePage() {
  const filters = useSignal(/** @type {Filters} */ ({ search: "", role: "", status: "", sort: "name" }));
  const page = useSignal(1);
  const loading = useLoaded(
    () => school.users.list({ ...filters.value, page: page.value, limit: LIMIT }),
    JSON.stringify([filters.value, page.value]),
  );
  const total = loading.found.value?.pagination?.totalCount ?? 0;
  /** @param {Filters} chosen */
  const changed = (chosen) => {
    filters.value = chosen;
    page.value = 1;
  };
  return html`<${AdminFrame} title=${t("people")}>
    <${Search} filters=${filters.value} changed=${changed} />
    <p id="found" class="count" role="status">${loading.found.value ? t("found-people", { count: total }) : ""}</p>
    <${Loaded} of=${loading}>
      ${(/** @type {{data: Account[], pagination: any}} */ { data, pagination }) => {
        return html`${data.length > 0 &&
          html`<${Rows} about="found" columns=${COLUMNS}>
            ${data.map((one) => html`<${Row} key=${one.id} account=${one} />`)}
          <//>`}
          ${pagination && html`<${Pages} pagination=${pagination} page=${page} />`}`;
      }}
    <//>
  <//>`;
}

/** @param {{account: Account}} props */
function Row({ account }) {
  return html`<tr>
    <th scope="row"><a href=${`#/admin/users/${account.id}`}>${nameOf(account)}</a></th>
    <td>${account.email}</td>
    <td>${t(`is-${account.role}`)}</td>
    <td>${t(`account-${account.status}`)}</td>
    <td>${when(account.createdAt)}</td>
  </tr>`;
}

/** The filters; what is typed counts after a short pause.
 * @param {{filters: Filters, changed: (chosen: Filters) => void}} props */
function Search({ filters, changed }) {
  const typed = useSignal(filters.search);
  useEffect(() => {
    const search = typed.value.trim();
    const timer = setTimeout(() => search !== filters.search && changed({ ...filters, search }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed.value, filters]);
  const input = (/** @type {Event} */ event) => (typed.value = given(event));
  const pick = (/** @type {Event} */ event) => {
    const { name, value } = /** @type {HTMLSelectElement} */ (event.currentTarget);
    changed({ ...filters, [name]: value });
  };
  const any = /** @type {[string, string]} */ (["", t("any")]);
  return html`<form role="search" class="filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <${Field} name="search" type="search" label=${t("search-people")} maxlength="100" onInput=${input} />
    <${Choice}
      name="role"
      label=${t("column-role")}
      options=${[any, ...roleChoices()]}
      chosen=${filters.role}
      onChange=${pick}
    />
    <${Choice}
      name="status"
      label=${t("column-status")}
      options=${[any, ...STATUSES.map((one) => [one, t(`account-${one}`)])]}
      chosen=${filters.status}
      onChange=${pick}
    />
    <${Choice}
      name="sort"
      label=${t("sort")}
      options=${SORTS.map((one) => [one, t(sortText(one))])}
      chosen=${filters.sort}
      onChange=${pick}
    />
  </form>`;
}

/** @param {string} sort */
function sortText(sort) {
  return sort.endsWith("created_at") ? (sort.startsWith("-") ? "sort-newest" : "sort-oldest") : `sort-${sort}`;
}

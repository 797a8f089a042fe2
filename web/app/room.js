import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "./html.js";
import { live, school } from "./state.js";
import { t } from "./texts.js";

const SHOWN = 12;

/** Who has this course open just now: initials in a row, or a number. @param {{courseId: string}} props */
export function WhoIsHere({ courseId }) {
  const here = useSignal(/** @type {import("../sdk/room.js").RoomState | null} */ (null));
  const connection = live.value;

  useEffect(() => {
    if (!connection) return;
    const room = school.room(connection, courseId, (state) => (here.value = state));
    return () => room.close();
  }, [courseId, connection]);

  if (!here.value || here.value.count === 0) return null;
  const { count, people } = here.value;
  const more = count - Math.min(people?.length ?? 0, SHOWN);
  return html`<section class="here" aria-labelledby="here">
    <h2 id="here">${t("here", { count })}</h2>
    ${people &&
    html`<ul>
      ${people.slice(0, SHOWN).map(({ id, name, role }) => {
        return html`<li key=${id} title=${name}>
          <span class="initials" aria-hidden="true">${initials(name)}</span>
          <span class="visually-hidden">${name}, ${t(`is-${role}`)}</span>
        </li>`;
      })}
      ${more > 0 && html`<li class="more">${t("and-more", { count: more })}</li>`}
    </ul>`}
  </section>`;
}

/** @param {string} name */
function initials(name) {
  const parts = name.split(/\s+/).filter(Boolean);
  const [first = "", last = ""] = [parts[0], parts.length > 1 ? parts.at(-1) : ""];
  return [first, last].map((part) => [...part][0] ?? "").join("");
}

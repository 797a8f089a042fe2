import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Alert, troubleOf } from "./forms.js";
import { html } from "./html.js";
import { t } from "./texts.js";

/** @typedef {import("./forms.js").Trouble} Trouble */
/**
 * What a page shows and where it comes from.
 * @template T
 * @typedef {{found: import("@preact/signals").Signal<T | null>, error: import("@preact/signals").Signal<Trouble>,
 *   reload: () => Promise<void>}} Loading
 */

/**
 * Load something now, whenever `key` changes, and when the network is back after it failed. An answer that was
 * overtaken by a later question counts no more.
 * @template T @param {() => Promise<T>} load @param {string} [key] @returns {Loading<T>}
 */
export function useLoaded(load, key = "") {
  const found = useSignal(/** @type {T | null} */ (null));
  const error = useSignal(/** @type {Trouble} */ (null));
  const turn = useRef(0);
  const newest = useRef(load);
  newest.current = load;

  const reload = async () => {
    const mine = ++turn.current;
    const isMine = () => mine === turn.current;
    try {
      const data = await newest.current();
      if (!isMine()) return;
      found.value = data;
      error.value = null;
    } catch (thrown) {
      if (isMine()) error.value = troubleOf(thrown);
    }
  };
  useEffect(() => {
    void reload();
    const again = () => void (error.value && reload());
    addEventListener("online", again);
    return () => {
      removeEventListener("online", again);
      turn.current++;
    };
  }, [key]);
  return { found, error, reload };
}

/** Shows it, or that it is on its way, or why it did not come.
 * @param {{of: Loading<any>, children: (data: any) => any}} props */
export function Loaded({ of, children }) {
  const [data, trouble] = [of.found.value, of.error.value];
  return html`<${Alert} error=${trouble} />
    ${trouble && trouble.category !== "auth" && html`<p><button onClick=${of.reload}>${t("try-again")}</button></p>`}
    ${data === null && !trouble && html`<p role="status" class="loading">${t("loading")}</p>`}
    ${data !== null && children(data)}`;
}

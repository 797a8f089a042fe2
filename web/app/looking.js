import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { sleep } from "../sdk/backoff.js";
import { troubleOf } from "./forms.js";
import { user } from "./state.js";

/**
 * Look again and again while the page is open; the last that was seen stays when a look fails, and whoever has lost the
 * right to look does not ask again.
 * @template T @param {(signal: AbortSignal) => Promise<T>} look @param {number} everyMs
 * @param {string} [key] looks at once when it changes
 */
export function useLooking(look, everyMs, key = "") {
  const seen = useSignal(/** @type {T | null} */ (null));
  const error = useSignal(/** @type {import("./forms.js").Trouble} */ (null));
  const viewer = user.value?.id;
  useEffect(() => {
    const left = new AbortController();
    const looking = async () => {
      while (!left.signal.aborted) {
        try {
          const found = await look(left.signal);
          if (left.signal.aborted) return;
          seen.value = found;
          error.value = null;
        } catch (thrown) {
          if (!left.signal.aborted) error.value = troubleOf(thrown);
        }
        if (error.value?.category === "auth") return;
        await sleep(everyMs, left.signal);
      }
    };
    void looking();
    return () => left.abort();
  }, [viewer, key]);
  return { seen, error };
}

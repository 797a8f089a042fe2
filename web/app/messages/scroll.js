import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/** @typedef {import("../../sdk/conversations.js").Message} Message */

const NEAR_PX = 60;

/**
 * A conversation stays at its end while it is there, and where it is while it is not, also when older messages come
 * above. `at` is a message to begin at. @param {readonly Message[]} messages @param {number} unsent
 * @param {number | null} at
 */
export function useScroll(messages, unsent, at) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const isAtEnd = useSignal(at === null);
  const before = useRef({ first: 0, height: 0, found: false });
  const [first, last] = [messages[0]?.seq ?? 0, messages.at(-1)?.seq ?? 0];

  const toEnd = () => {
    const shown = box.current;
    if (shown) shown.scrollTop = shown.scrollHeight;
  };
  useLayoutEffect(() => {
    const shown = /** @type {HTMLElement} */ (box.current);
    const known = before.current;
    const found = at && !known.found ? shown.querySelector(".found") : null;
    if (found) found.scrollIntoView({ block: "center" });
    else if (isAtEnd.value) toEnd();
    else if (first < known.first) shown.scrollTop += shown.scrollHeight - known.height;
    before.current = { first, height: shown.scrollHeight, found: known.found || found !== null };
  }, [first, last, unsent, messages]);

  useEffect(() => {
    const shown = /** @type {HTMLElement} */ (box.current);
    const look = () => (isAtEnd.value = shown.scrollHeight - shown.scrollTop - shown.clientHeight < NEAR_PX);
    const resized = new ResizeObserver(() => isAtEnd.value && toEnd());
    resized.observe(shown);
    shown.addEventListener("scroll", look, { passive: true });
    return () => {
      resized.disconnect();
      shown.removeEventListener("scroll", look);
    };
  }, []);
  return { box, isAtEnd, toEnd };
}

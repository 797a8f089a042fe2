const LONGEST_MS = 16_000;

/**
 * How long to wait before the attempt after `failures` failed ones: anything up to 1, 2, 4, 8, 16 s (full jitter),
 * so that clients which lost the same server do not come back together.
 * @param {number} failures counts from 1
 * @param {() => number} [random]
 */
export function pauseMs(failures, random = Math.random) {
  return random() * Math.min(LONGEST_MS, 1000 * 2 ** Math.max(0, failures - 1));
}

/**
 * As long as the server asked for, and up to half as long again, so that those it sent away do not come back together.
 * @param {number} askedMs
 * @param {() => number} [random]
 */
export function spreadMs(askedMs, random = Math.random) {
  return askedMs * (1 + random() / 2);
}

/**
 * @param {number} ms
 * @param {AbortSignal} [signal] ends the pause early, without an error
 * @returns {Promise<void>}
 */
export function sleep(ms, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}

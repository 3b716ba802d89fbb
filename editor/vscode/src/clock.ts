// Time as the parts of the extension need it.

/** ms */
export const MINUTE = 60_000;

/** How fast a window answers in which a person may be, in ms. */
export const PROMPT = 1000;

/** ms that only grow, and one call later. */
export interface Clock {
  now(): number;
  later(ms: number, call: () => void): () => void;
}

/** The editor's own clock. */
export const CLOCK: Clock = {
  now: () => performance.now(),
  later: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

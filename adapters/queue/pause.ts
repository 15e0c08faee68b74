export const LONGEST_PAUSE_MS = 60_000;

/** Pause after the n-th failure: short enough that a passing fault heals unseen, bounded so that no job sleeps for hours. */
export const pauseMs = (attempts: number): number =>
  Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(attempts, 6));

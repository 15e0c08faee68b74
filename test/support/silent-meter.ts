import type { Meter } from '../../src/ports.ts';

/** A meter for tests that count nothing. */
export const silentMeter: Meter = {
  received: () => undefined,
  scored: () => undefined,
  delivered: () => undefined,
  stage: () => undefined,
  disbelieved: () => undefined,
};

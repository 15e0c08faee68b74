import type { Clock } from '../../src/ports.ts';

/** A clock that goes as fast as is said, from then on; at first as any other. */
export function hastyClock(): Readonly<{ clock: Clock; goAtSpeed(speed: number): void }> {
  let [shown, read, speed] = [Date.now(), performance.now(), 1];
  const clock = () => new Date(shown + (performance.now() - read) * speed);
  return {
    clock,
    goAtSpeed: (wanted) => {
      [shown, read, speed] = [clock().getTime(), performance.now(), wanted];
    },
  };
}

import { setTimeout as pause } from 'node:timers/promises';

/** Asks again every `everyMs` until the answer is defined; throws with `what` when `withinMs` have passed. */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  { withinMs = 30_000, everyMs = 50 }: { withinMs?: number; everyMs?: number } = {},
): Promise<Answer> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await pause(everyMs);
  }
}

/**
 * Computing threads that end, run out of memory or never come back, in a whole service. The clock of the service runs ten times as
 * fast, so that the pauses between tries are short.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const SPEED = 10;
/** A thread that hangs is ended after so many seconds; to load its program takes about two of them. */
const LIMIT_SECONDS = 8;
const MAX_HEAP_MIB = 256;
const entry = new URL('../support/faulty-worker.js', import.meta.url);

const started = Date.now();
const fastClock = (): Date => new Date(started + (Date.now() - started) * SPEED);

let earshot: RunningService;
beforeEach(async () => {
  const pool = startRadiomicsPool({
    entry,
    size: 2,
    timeoutSeconds: LIMIT_SECONDS,
    maxHeapMiB: MAX_HEAP_MIB,
    isEager: true,
    isWarmedUp: false,
  });
  // The quiet period is one of the fast clock.
  earshot = await startService({ completeness: { quietPeriodSeconds: 5 } }, fastClock, {}, pool);
});
afterEach(async () => {
  await earshot[Symbol.asyncDispose]();
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(TRIES)) rmSync(join(tmpdir(), name));
  }
});

const TRIES = 'earshot-faulty-CASE-';
/** How often a thread failed over the masks of patients of that name. */
const triesOf = (name: string): number =>
  readdirSync(tmpdir())
    .filter((file) => file.startsWith(`${TRIES}${name}`))
    .reduce((sum, file) => sum + statSync(join(tmpdir(), file)).size, 0);

/** Sends both time points of a patient of that name; the study of the follow-up. */
async function sendCase(name: string): Promise<string> {
  const { baseline, followUp } = phantomCase(`${name}-${randomUUID()}`);
  await earshot.send(baseline.all);
  await earshot.send(followUp.all);
  return followUp.StudyInstanceUID;
}

describe('a computing thread that fails', () => {
  it('costs a try of its own case: it is reported once all the same, or fails after five; the others are reported', {
    timeout: 600_000,
  }, async () => {
    const failing = await Promise.all(
      ['crash1', 'memory1', 'loop1'].map((how) => sendCase(`measure-${how}`)),
    );
    const [hopeless, undescribed] = await Promise.all(['measure-crash99', 'describe-crash99'].map(sendCase));
    const honest = await Promise.all(['honest-one', 'honest-two'].map(sendCase));

    for (const study of [...honest, ...failing]) {
      await earshot.inState(study, 'delivered', 300_000);
      expect(earshot.arrived(study)).toHaveLength(1);
    }
    const failed = await earshot.inState(hopeless ?? '', 'failed', 300_000);
    expect(failed.reasons).toMatchObject([{ code: 'WORKER_FAILED' }]);
    expect(failed.reasons[0]?.text).toContain('Tried 5 times.');
    // Both masks of the patient bring the thread down three times each, or once more when two looks at them fall together; then they
    // count as read, and the case waits for others.
    const waiting = await until('a look at the case', async () => {
      const row = await earshot.service.world.catalogue.study(undescribed ?? '');
      return triesOf('describe-crash99') >= 6 && row && row.reasons.length > 0 ? row.state : undefined;
    });
    expect(['waitingForBaseline', 'waitingForMask', 'held']).toContain(waiting);
    expect(triesOf('describe-crash99')).toBeLessThanOrEqual(8);
    // And once or twice before, where it was measured ahead while it waited for its baseline.
    expect(triesOf('measure-crash99')).toBeGreaterThanOrEqual(5);
    expect(triesOf('measure-crash99')).toBeLessThanOrEqual(7);
    for (const study of [hopeless, undescribed]) expect(earshot.arrived(study ?? '')).toEqual([]);
    expect((await fetch(`http://127.0.0.1:${earshot.service.httpPort}/healthz`)).status).toBe(200);
  });

  it('at every try, for want of memory or because it never ends, fails its own case after five; others are reported', {
    timeout: 600_000,
  }, async () => {
    const [looping = '', greedy = ''] = await Promise.all(
      ['measure-loop99', 'measure-memory99'].map(sendCase),
    );
    await until('the loop', async () => (triesOf('measure-loop99') > 0 ? true : undefined), {
      withinMs: 300_000,
    });
    for (const study of await Promise.all(['honest-three', 'honest-four'].map(sendCase))) {
      await earshot.inState(study, 'delivered', 200_000);
      expect(earshot.arrived(study)).toHaveLength(1);
    }
    for (const [study, code] of [
      [looping, 'WORKER_TIMEOUT'],
      // On a busy machine its time is over before its memory.
      [greedy, expect.stringMatching(/^WORKER_(FAILED|TIMEOUT)$/)],
    ] as const) {
      const failed = await earshot.inState(study, 'failed', 300_000);
      expect(failed.reasons).toMatchObject([{ code }]);
      expect(failed.reasons[0]?.text).toContain('Tried 5 times.');
      expect(earshot.arrived(study)).toEqual([]);
    }
  });
});

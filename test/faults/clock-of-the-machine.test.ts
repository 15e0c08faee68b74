/** PEERS.md sections 2 and 3: what hangs on the clock of the machine itself, while that is set and while summer comes and goes. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { at } from '../../adapters/schedule/cron.ts';
import { every } from '../../adapters/schedule/every.ts';
import { until } from '../support/until.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const YEAR = 365 * DAY;

describe('what is done by the clock of the machine', () => {
  const zone = process.env['TZ'];
  afterEach(() => {
    vi.useRealTimers();
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });
  const failed = (thrown: unknown): void => {
    throw thrown;
  };

  it('every second goes on when the clock is set back an hour, and makes up for nothing when it is set forward a year', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    let runs = 0;
    await using _ = every(1, async () => void runs++, failed);
    for (const jump of [-HOUR, YEAR]) {
      vi.setSystemTime(Date.now() + jump);
      const [before, from] = [runs, performance.now()];
      await until('two more turns', async () => (runs >= before + 2 ? true : undefined));
      // However busy the machine is: no more than there were seconds.
      expect(runs - before).toBeLessThanOrEqual(1 + (performance.now() - from) / 1000);
    }
  });

  it.each([
    ['an hour back', -HOUR],
    ['ten years back', -10 * YEAR],
    ['two days forward', 2 * DAY],
    ['ten years forward', 10 * YEAR],
  ])(
    'hourly and nightly work goes on when the clock is set %s, and makes up for one run at most',
    async (_how, by) => {
      vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
      vi.setSystemTime(new Date(2026, 5, 10, 12, 50));
      const done = { hourly: 0, nightly: 0 };
      await using _hourly = at('0 23 * * * *', async () => void done.hourly++, failed);
      await using _nightly = at('0 41 3 * * *', async () => void done.nightly++, failed);
      await vi.advanceTimersByTimeAsync(45 * MINUTE);
      expect(done).toEqual({ hourly: 1, nightly: 0 });
      vi.setSystemTime(Date.now() + by);
      const started = process.hrtime.bigint();
      await vi.advanceTimersByTimeAsync(MINUTE);
      expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(5000);
      const madeUpFor = by > 0 ? 1 : 0;
      expect(done).toEqual({ hourly: 1 + madeUpFor, nightly: madeUpFor });
      for (let minute = 0; minute < 24 * 60; minute += 10) await vi.advanceTimersByTimeAsync(10 * MINUTE);
      expect(done).toEqual({ hourly: 25 + madeUpFor, nightly: 1 + madeUpFor });
    },
  );

  it.each([
    ['the day on which summer begins', '2026-03-28T12:00:00Z'],
    ['the day on which summer ends', '2026-10-24T12:00:00Z'],
    ['a leap day', '2028-02-28T12:00:00Z'],
  ])(
    'nightly work is done once on %s (Europe/Vienna), and that of each second goes on',
    async (_title, from) => {
      process.env['TZ'] = 'Europe/Vienna';
      vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
      vi.setSystemTime(new Date(from));
      const done = { nightly: 0, secondly: 0 };
      await using _night = at('0 41 3 * * *', async () => void done.nightly++, failed);
      await using _second = every(1, async () => void done.secondly++, failed);
      // 24 hours, whatever clocks on walls show.
      for (let second = 0; second < 86_400; second += 60) await vi.advanceTimersByTimeAsync(60_000);
      expect(done.nightly).toBe(1);
      expect(done.secondly).toBeGreaterThan(86_000);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { NodeRequests } from '../../../src/catalogue/node-requests.ts';
import { createPace, isQuiet, mayAskNow } from '../../../src/pipeline/node-pace.ts';
import { openedCatalogue } from '../catalogue/opened.ts';

const at = (text: string) => new Date(text);
const VIENNA = ['22:00-06:00 Europe/Vienna'];

describe('quiet hours', () => {
  it('go on over midnight, from the first minute to before the last', () => {
    const utc = ['22:00-06:00 UTC'];
    const times = ['21:59:59', '22:00:00', '23:59:59', '00:00:00', '05:59:59', '06:00:00', '12:00:00'];
    const quiet = times.map((time) => isQuiet(utc, at(`2026-03-01T${time}Z`)));
    expect(quiet).toEqual([false, true, true, true, true, false, false]);
  });

  it('within one day are quiet on that day only', () => {
    const noon = ['12:00-13:30 UTC'];
    const times = ['11:59', '12:00', '13:29', '13:30'];
    expect(times.map((time) => isQuiet(noon, at(`2026-03-01T${time}:00Z`)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('may end at midnight, and several spans add up', () => {
    expect(isQuiet(['22:00-00:00 UTC'], at('2026-03-01T23:59:00Z'))).toBe(true);
    expect(isQuiet(['22:00-00:00 UTC'], at('2026-03-01T00:00:00Z'))).toBe(false);
    expect(isQuiet(['01:00-02:00 UTC', '22:00-23:00 UTC'], at('2026-03-01T22:30:00Z'))).toBe(true);
  });

  it('follow the clock on the wall when summer time begins: an hour earlier by UTC', () => {
    expect(isQuiet(VIENNA, at('2026-03-29T04:30:00Z'))).toBe(false);
    expect(isQuiet(VIENNA, at('2026-03-28T04:30:00Z'))).toBe(true);
  });

  it('follow the clock on the wall when summer time ends: the hour that comes twice is quiet twice', () => {
    const night = ['02:00-03:00 Europe/Vienna'];
    const quiet = ['2026-10-24T23:59', '2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:00'].map(
      (time) => isQuiet(night, at(`${time}:00Z`)),
    );
    expect(quiet).toEqual([false, true, true, false]);
  });

  it('in an hour that summer time skips are skipped', () => {
    const skipped = ['02:15-02:45 Europe/Vienna'];
    for (let minute = 0; minute < 180; minute += 5) {
      const now = new Date(at('2026-03-29T00:00:00Z').getTime() + minute * 60_000);
      expect(isQuiet(skipped, now)).toBe(false);
    }
  });

  it('without a zone are those of this machine', () => {
    const now = new Date(2026, 5, 1, 23, 0);
    expect(isQuiet(['22:00-06:00'], now)).toBe(true);
    expect(isQuiet(['22:00-22:30'], now)).toBe(false);
  });

  it('have the node looked at again at the next full minute', () => {
    expect(mayAskNow({ quietHours: VIENNA }, at('2026-01-01T23:10:20Z'))).toEqual({
      mayAsk: false,
      because: 'quietHours',
      lookAgainAt: at('2026-01-01T23:11:00Z'),
    });
  });
});

const asked = async () => new NodeRequests((await openedCatalogue()).sql);

describe('a rate', () => {
  const second = (value: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, value));

  it('lets so many requests through in any minute, and says when the next may go', async () => {
    const pace = createPace([{ name: 'pacs', maxPerMinute: 2 }], await asked());
    expect(await pace.take('pacs', second(0))).toEqual({ mayAsk: true });
    expect(await pace.take('pacs', second(20))).toEqual({ mayAsk: true });
    expect(await pace.take('pacs', second(50))).toEqual({
      mayAsk: false,
      because: 'maxPerMinute',
      lookAgainAt: second(60),
    });
    expect((await pace.mayAskNow('pacs', second(60))).mayAsk).toBe(true);
    expect((await pace.take('pacs', second(60))).mayAsk).toBe(true);
    expect((await pace.take('pacs', second(79))).mayAsk).toBe(false);
    expect((await pace.take('pacs', second(80))).mayAsk).toBe(true);
  });

  it('of one node is not that of another, and a node without one is never held up', async () => {
    const pace = createPace([{ name: 'pacs', maxPerMinute: 1 }, { name: 'web' }], await asked());
    expect((await pace.take('pacs', second(0))).mayAsk).toBe(true);
    for (const name of ['web', 'web', 'unknown'])
      expect((await pace.take(name, second(0))).mayAsk).toBe(true);
  });

  it('is not blocked by a clock that was set back', async () => {
    const pace = createPace([{ name: 'pacs', maxPerMinute: 1 }], await asked());
    await pace.take('pacs', second(3000));
    expect((await pace.take('pacs', second(0))).mayAsk).toBe(true);
  });

  it('goes on counting when the nodes are configured anew', async () => {
    const shared = await asked();
    expect(
      (await createPace([{ name: 'pacs', maxPerMinute: 1 }], shared).take('pacs', second(0))).mayAsk,
    ).toBe(true);
    const again = createPace([{ name: 'pacs', maxPerMinute: 1 }, { name: 'web' }], shared);
    expect((await again.take('pacs', second(1))).mayAsk).toBe(false);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { Reason } from '../../../src/catalogue/rows.ts';
import type { StudyState } from '../../../src/study/lifecycle.ts';
import { add, type OpenedCatalogue, openedCatalogue, STUDY } from './opened.ts';

const DAY = 86_400_000;
const SERIES = { StudyInstanceUID: STUDY, SeriesInstanceUID: '2.25.2' };
const DAYS = 14;
let opened: OpenedCatalogue;
beforeEach(async () => {
  opened = await openedCatalogue();
});

const ARCHIVES = ['pacs', 'fewer', 'silent', 'wrong', 'other'];

describe('a series that an archive was asked for', () => {
  it('is short while the archive says that it has more than is here, by whatever way it came', async () => {
    const { fetches } = opened;
    await fetches.countTry('pacs', SERIES, 3);
    expect(await fetches.shortSeries(STUDY, ARCHIVES)).toEqual([]);
    await add(opened, '2.25.2.1');
    await add(opened, '2.25.2.2');
    expect(await fetches.shortSeries(STUDY, ARCHIVES)).toEqual([
      { ...SERIES, archive: 'pacs', announced: 3, here: 2 },
    ]);
    expect(await fetches.shortSeries('2.25.7', ARCHIVES)).toEqual([]);
    await add(opened, '2.25.2.3');
    expect(await fetches.shortSeries(STUDY, ARCHIVES)).toEqual([]);
  });

  it('is not short when the archive says fewer, or does not say how many', async () => {
    await add(opened, '2.25.2.1');
    await add(opened, '2.25.2.2');
    await opened.fetches.countTry('fewer', SERIES, 1);
    await opened.fetches.countTry('silent', SERIES, 0);
    expect(await opened.fetches.shortSeries(STUDY, ARCHIVES)).toEqual([]);
  });

  it('is measured by the last word of each archive; one that takes its count back is no doubt', async () => {
    const { fetches } = opened;
    await add(opened, '2.25.2.1');
    await fetches.countTry('wrong', SERIES, 3);
    await fetches.countTry('other', SERIES, 2);
    expect((await fetches.shortSeries(STUDY, ARCHIVES)).map(({ archive }) => archive)).toEqual([
      'wrong',
      'other',
    ]);
    await fetches.announced('wrong', SERIES, 1);
    expect((await fetches.shortSeries(STUDY, ARCHIVES)).map(({ archive }) => archive)).toEqual(['other']);
    expect(await fetches.tries('other', SERIES, 2)).toBe(1);
    await fetches.announced('other', SERIES, 1);
    expect(await fetches.shortSeries(STUDY, ARCHIVES)).toEqual([]);
  });

  it('is no doubt any more when the archive does not list it, or is not asked any more', async () => {
    const { fetches } = opened;
    await add(opened, '2.25.2.1');
    await fetches.countTry('pacs', SERIES, 3);
    await fetches.countTry('gone', SERIES, 4);
    const short = async () =>
      (await fetches.shortSeries(STUDY, ARCHIVES)).map(({ archive, announced }) => [archive, announced]);
    expect(await short()).toEqual([['pacs', 3]]);
    await fetches.listed('pacs', STUDY, [SERIES.SeriesInstanceUID]);
    expect(await short()).toEqual([['pacs', 3]]);
    await fetches.listed('other', STUDY, []);
    expect(await short()).toEqual([['pacs', 3]]);
    await fetches.listed('pacs', STUDY, ['2.25.9']);
    expect(await short()).toEqual([]);
    expect(await fetches.shortSeries(STUDY, [])).toEqual([]);
  });

  it('is asked for again a day after it was given up', async () => {
    for (let tries = 0; tries < 3; tries += 1) await opened.fetches.countTry('pacs', SERIES, 3);
    opened.tick(DAY - 1);
    expect(await opened.fetches.tries('pacs', SERIES, 3)).toBe(3);
    opened.tick(1);
    expect(await opened.fetches.tries('pacs', SERIES, 3)).toBe(0);
    await opened.fetches.countTry('pacs', SERIES, 3);
    expect(await opened.fetches.tries('pacs', SERIES, 3)).toBe(4);
  });
});

describe('a case that archives are asked for', () => {
  const inState = async (state: StudyState, reasons: readonly Reason[] = []): Promise<void> => {
    await add(opened, '2.25.2.1');
    const study = await opened.catalogue.study(STUDY);
    await opened.catalogue.move(study!, { state, reasons });
  };
  const ended = async (isAnswered: boolean, seconds: number): Promise<void> => {
    const nextAttemptAt = new Date(opened.clock().getTime() + seconds * 1000);
    await opened.fetches.ended(STUDY, { isAnswered, nextAttemptAt, reasons: [] });
  };
  const due = () => opened.fetches.due(50, DAYS);

  it.each(['reported', 'delivering', 'delivered', 'deliveryFailed'] as const)(
    'has a report (%s) that no archive was asked for: it is due after the pause, until one has answered',
    async (state) => {
      await inState(state);
      await opened.fetches.started(STUDY);
      await ended(false, 10);
      expect(await due()).toEqual([]);
      opened.tick(10_000);
      expect(await due()).toEqual([STUDY]);
      await ended(true, 10);
      opened.tick(10_000);
      expect(await due()).toEqual([]);
    },
  );

  it('has a report, and archives were never to be asked: it is not due', async () => {
    await inState('delivered');
    expect(await due()).toEqual([]);
  });

  it('has a report: it is not due for ever', async () => {
    await inState('delivered');
    await opened.fetches.started(STUDY);
    opened.tick(DAYS * DAY - 1000);
    await ended(false, 0);
    expect(await due()).toEqual([STUDY]);
    opened.tick(1000);
    await ended(false, 0);
    expect(await due()).toEqual([]);
  });

  it('is held because objects are missing: it is due again, answered or not; for another reason, never', async () => {
    await inState('held', [{ code: 'SERIES_INCOMPLETE', text: '' }]);
    expect(await due()).toEqual([STUDY]);
    await opened.fetches.started(STUDY);
    await ended(true, 3600);
    expect(await due()).toEqual([]);
    opened.tick(3_600_000);
    expect(await due()).toEqual([STUDY]);
    opened.tick(DAYS * DAY);
    expect(await due()).toEqual([]);

    opened = await openedCatalogue();
    await inState('held', [{ code: 'MASK_AMBIGUOUS', text: 'not SERIES_INCOMPLETE' }]);
    expect(await due()).toEqual([]);
  });
});

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { localLeases } from '../../../adapters/database/local-leases.ts';
import { Fault } from '../../../src/fault.ts';
import { askArchive } from '../../../src/pipeline/ask-archive.ts';
import { createBusyStudies } from '../../../src/pipeline/busy-studies.ts';
import { fetchPrior } from '../../../src/pipeline/fetch-prior.ts';
import { fetchSeries } from '../../../src/pipeline/fetch-series.ts';
import type { Archive, ArchivedSeries, ArchivedStudy, Intake } from '../../../src/ports.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import type { StudyState } from '../../../src/study/lifecycle.ts';
import { keptLog } from '../../support/log.ts';
import { add, type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';

const never = new AbortController().signal;
const [EARLY, LATER, FOLLOW_UP] = ['2.25.1', '2.25.2', '2.25.3'] as const;
const DATES = { [EARLY]: '20230101', [LATER]: '20230201', [FOLLOW_UP]: '20230301' };
type Study = keyof typeof DATES;
const ctOf = (study: Study) => ({ StudyInstanceUID: study, SeriesInstanceUID: `${study}.1` });

let opened: OpenedCatalogue;
let retrieved: string[];
beforeEach(async () => {
  opened = await openedCatalogue();
  retrieved = [];
});

const here = (study: Study, number: number) =>
  add(opened, `${study}.1.${number}`, { ...ctOf(study), StudyDate: DATES[study], Modality: 'CT' });

/** An archive of these studies, each with so many CT images and one mask; it sends what it says it has. */
function archiveOf(counts: Partial<Record<Study, number>>): Archive {
  const studies = Object.keys(counts) as Study[];
  return {
    name: 'pacs',
    findStudies: async () =>
      studies.map(
        (study): ArchivedStudy => ({
          StudyInstanceUID: study,
          PatientID: 'P1',
          IssuerOfPatientID: '',
          StudyDate: DATES[study],
          StudyTime: '',
          ModalitiesInStudy: ['CT', 'RTSTRUCT'],
        }),
      ),
    findSeries: async ({ StudyInstanceUID: study }): Promise<ArchivedSeries[]> => [
      { SeriesInstanceUID: `${study}.1`, Modality: 'CT', instances: counts[study as Study] },
      { SeriesInstanceUID: `${study}.2`, Modality: 'RTSTRUCT', instances: 1 },
    ],
    retrieve: async ({ StudyInstanceUID, SeriesInstanceUID }) => {
      const study = StudyInstanceUID as Study;
      retrieved.push(SeriesInstanceUID);
      const there = opened.catalogue.instancesOfSeries(study, SeriesInstanceUID);
      const uids = new Set((await there).map(({ SOPInstanceUID }) => SOPInstanceUID));
      if (SeriesInstanceUID === `${study}.2`) {
        const header = { StudyInstanceUID: study, StudyDate: DATES[study], SeriesInstanceUID };
        await add(opened, `${study}.2.1`, header, 'mask');
        return;
      }
      for (let number = 1; number <= (counts[study] ?? 0); number += 1) {
        if (!uids.has(`${study}.1.${number}`)) await here(study, number);
      }
    },
  };
}

async function ask(archive: Archive, state: StudyState = 'waitingForMask') {
  const { catalogue, fetches } = opened;
  for (const study of await catalogue.studiesOfPatient('P1')) await catalogue.move(study, { state });
  const row = (await catalogue.study(FOLLOW_UP))!;
  const world = {
    catalogue,
    files: { absolute: (file: string) => file } as never,
    radiomics: {} as never,
    rules: loadRules(defaultConfig()),
    log: keptLog(),
    priors: {
      archives: [archive],
      fetches,
      fetching: createBusyStudies(localLeases(), 'fetching'),
      maxStudies: 3,
    } as never,
  };
  return askArchive(world, archive, { row, patient: undefined }, never);
}

const giveUp = async (study: Study, announced: number) => {
  for (let tries = 0; tries < 3; tries += 1) await opened.fetches.countTry('pacs', ctOf(study), announced);
};

describe('an archive that is asked for the priors of a case', () => {
  it('sends the study that the rules take, and the case is satisfied', async () => {
    await here(FOLLOW_UP, 1);
    expect(await ask(archiveOf({ [EARLY]: 2, [LATER]: 2 }))).toMatchObject({ isSatisfied: true });
    expect(retrieved).toEqual([`${EARLY}.1`, `${EARLY}.2`]);
  });

  it('and does not send it whole satisfies no case, though no later study is fetched instead', async () => {
    await here(FOLLOW_UP, 1);
    await here(EARLY, 1);
    await giveUp(EARLY, 2);
    expect(await ask(archiveOf({ [EARLY]: 2, [LATER]: 2 }))).toMatchObject({ isSatisfied: false });
    expect(retrieved).toEqual([`${EARLY}.2`]);
    expect(await opened.fetches.shortSeries(EARLY, ['pacs'])).toMatchObject([{ announced: 2, here: 1 }]);
  });

  it('is asked for the rest of it a day later', async () => {
    await here(FOLLOW_UP, 1);
    await here(EARLY, 1);
    await giveUp(EARLY, 2);
    opened.tick(86_400_000);
    expect(await ask(archiveOf({ [EARLY]: 2 }))).toMatchObject({ isSatisfied: true });
    expect(await opened.fetches.shortSeries(EARLY, ['pacs'])).toEqual([]);
  });

  it('is asked for what a follow-up lacks that was fetched itself, not for images of one that was sent', async () => {
    await here(FOLLOW_UP, 1);
    const archive = archiveOf({ [FOLLOW_UP]: 2 });
    await ask(archive);
    expect(retrieved).toEqual([`${FOLLOW_UP}.2`]);
    await opened.fetches.countTry('pacs', ctOf(FOLLOW_UP), 2);
    await ask(archive);
    expect(retrieved).toEqual([`${FOLLOW_UP}.2`, `${FOLLOW_UP}.1`]);
    expect(await opened.fetches.shortSeries(FOLLOW_UP, ['pacs'])).toEqual([]);
  });

  it('is asked for the images of a follow-up that is held because some are missing', async () => {
    await here(FOLLOW_UP, 1);
    await ask(archiveOf({ [FOLLOW_UP]: 2 }), 'held');
    expect(retrieved).toEqual([`${FOLLOW_UP}.1`, `${FOLLOW_UP}.2`]);
  });

  it('is not waited for because of a series of which nothing stays here, like a dose page', async () => {
    await here(FOLLOW_UP, 1);
    await here(EARLY, 1);
    const archive = archiveOf({ [EARLY]: 1 });
    const withDosePage: Archive = {
      ...archive,
      findSeries: async (study, signal) => [
        ...(await archive.findSeries(study, signal)),
        { SeriesInstanceUID: '2.25.99', Modality: 'CT', instances: 1 },
      ],
    };
    const dose = { StudyInstanceUID: EARLY, SeriesInstanceUID: '2.25.99' };
    for (let tries = 0; tries < 3; tries += 1) await opened.fetches.countTry('pacs', dose, 1);
    expect(await ask(withDosePage)).toMatchObject({ isSatisfied: true });
  });

  it('that does not have a study any more announces nothing of it', async () => {
    await here(FOLLOW_UP, 1);
    await giveUp(FOLLOW_UP, 2);
    const short = () => opened.fetches.shortSeries(FOLLOW_UP, ['pacs']);
    expect(await short()).toHaveLength(1);
    await ask(archiveOf({}));
    expect(await short()).toEqual([]);
  });

  it('does not send the masks back that Earshot made itself', async () => {
    await here(FOLLOW_UP, 1);
    const own = {
      SOPInstanceUID: `${FOLLOW_UP}.2.1`,
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.4',
      SeriesInstanceUID: `${FOLLOW_UP}.2`,
      StudyInstanceUID: FOLLOW_UP,
      file: 'f',
      digest: 'd',
      inputs: 'i',
      result: {},
      ContentDate: '',
      kind: 'seg',
      language: 'en',
      companionOf: '2.25.100',
      heldBecause: null,
      due: null,
    } as const;
    await ask(archiveOf({ [FOLLOW_UP]: 1 }));
    expect(retrieved).toEqual([`${FOLLOW_UP}.2`]);
    await opened.sql.batch([
      ...['instance', 'mask', 'series'].map((table) => ({
        text: `DELETE FROM "${table}" WHERE "${table === 'series' ? 'SeriesInstanceUID' : 'SOPInstanceUID'}" LIKE '${FOLLOW_UP}.2%'`,
      })),
      ...opened.reports.adding(own, []),
    ]);
    retrieved = [];
    await ask(archiveOf({ [FOLLOW_UP]: 1 }));
    expect(retrieved).toEqual([]);
  });
});

describe('our own disk or database that takes nothing', () => {
  const full = new Fault('STORAGE_FULL');
  const intake = { open: () => Promise.reject(full), receive: () => Promise.reject(full) };
  const series = { StudyInstanceUID: EARLY, SeriesInstanceUID: `${EARLY}.1`, Modality: 'CT', instances: 2 };
  /** An archive that sends one object and does not care, or does, what becomes of it. */
  const fetching = (cares: boolean) => {
    const { catalogue, fetches } = opened;
    const archive = {
      name: 'pacs',
      retrieve: async (_series: unknown, { receive }: Intake) => {
        const stored = receive({} as never, { from: 'ARCHIVE' } as never);
        if (cares) await stored;
        else await stored.catch(() => undefined);
      },
    } as unknown as Archive;
    const priors = { fetches, intake, arrivalSeconds: 0 } as never;
    return fetchSeries(
      { catalogue, priors },
      archive,
      { PatientID: 'P1', StudyInstanceUID: EARLY },
      series,
      never,
    );
  };

  it.each([true, false])('is told as it is, and no try of the archive is counted (%s)', async (cares) => {
    for (let time = 0; time < 4; time++) await expect(fetching(cares)).rejects.toBe(full);
    expect(await opened.fetches.tries('pacs', ctOf(EARLY), 2)).toBe(0);
  });

  it('is no try either when the database is away just when that is to be written', async () => {
    const query = opened.sql.query.bind(opened.sql);
    let away = 2;
    const written = vi.spyOn(opened.sql, 'query').mockImplementation((text, values) => {
      if (!text.includes('"tries" - 1') || away === 0) return query(text, values);
      away -= 1;
      return Promise.reject(new Fault('DATABASE_FAILED'));
    });
    await expect(fetching(true)).rejects.toBe(full);
    expect(written.mock.calls.filter(([text]) => text.includes('"tries" - 1'))).toHaveLength(3);
    expect(await opened.fetches.tries('pacs', ctOf(EARLY), 2)).toBe(0);
  });

  it('ends the pass: no other archive is asked in its stead, and none is said to have failed', async () => {
    await here(FOLLOW_UP, 1);
    await opened.catalogue.move((await opened.catalogue.study(FOLLOW_UP))!, { state: 'waitingForBaseline' });
    const asked: string[] = [];
    const archives = ['first', 'second'].map((name) => ({
      ...archiveOf({}),
      name,
      findStudies: async () => {
        asked.push(name);
        throw full;
      },
    }));
    const { catalogue, patients, fetches, clock } = opened;
    const log = keptLog();
    const priors = {
      archives,
      fetches,
      firstPauseSeconds: 10,
      maxPauseSeconds: 60,
      askAgainSeconds: 60,
    } as never;
    const world = {
      catalogue,
      patients,
      clock,
      log,
      priors,
      rules: loadRules(defaultConfig()),
      enrolment: 'all',
    };
    const pass = fetchPrior(world as never, { kind: 'fetch', key: FOLLOW_UP }, never);
    await expect(pass).rejects.toBe(full);
    expect(asked).toEqual(['first']);
    expect((await catalogue.eventsOf(FOLLOW_UP)).map(({ kind }) => kind)).not.toContain('prior.failed');
    expect(await fetches.of(FOLLOW_UP)).toMatchObject({ attempts: 0, answeredAt: null });
  });
});

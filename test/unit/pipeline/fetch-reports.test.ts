import { beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { fetchReports } from '../../../src/pipeline/fetch-reports.ts';
import type { Archive, ArchivedSeries, ArchivedStudy } from '../../../src/ports.ts';
import { keptLog } from '../../support/log.ts';
import { add, type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';

const DAY = 86_400_000;
const never = new AbortController().signal;
let opened: OpenedCatalogue;
let retrieved: string[];
beforeEach(async () => {
  opened = await openedCatalogue();
  retrieved = [];
  await add(opened, '2.25.900', { StudyInstanceUID: '2.25.9', StudyDate: '20240101' });
});

const study = (name: string, StudyDate: string, ModalitiesInStudy = ['CT', 'SR']): ArchivedStudy => ({
  StudyInstanceUID: name,
  PatientID: 'P1',
  IssuerOfPatientID: '',
  StudyDate,
  StudyTime: '',
  ModalitiesInStudy,
});
const series = (SeriesInstanceUID: string, Modality = 'SR', instances?: number): ArchivedSeries => ({
  SeriesInstanceUID,
  Modality,
  instances,
});

type Asking = Readonly<{ baseline?: ArchivedStudy; retrieve?: (uid: string) => void; signal?: AbortSignal }>;
async function ask(
  held: ReadonlyMap<ArchivedStudy, readonly ArchivedSeries[]>,
  { baseline, retrieve = () => undefined, signal = never }: Asking = {},
): Promise<string[]> {
  retrieved = [];
  const { catalogue, fetches } = opened;
  const archive = {
    name: 'pacs',
    retrieve: async ({ SeriesInstanceUID }: { SeriesInstanceUID: string }) => {
      retrieved.push(SeriesInstanceUID);
      retrieve(SeriesInstanceUID);
    },
  } as unknown as Archive;
  const world = { catalogue, log: keptLog(), priors: { fetches } as never };
  const row = (await catalogue.study('2.25.9'))!;
  const studies = [...held.keys()];
  const seriesOf = async (of: ArchivedStudy) =>
    studies
      .filter((each) => each.StudyInstanceUID === of.StudyInstanceUID)
      .flatMap((each) => held.get(each) ?? []);
  await fetchReports(world, archive, { row, baseline, studies, seriesOf }, signal);
  return retrieved;
}

describe('an archive is asked for reports', () => {
  const MAY = study('2.25.1', '20230501');
  const JULY = study('2.25.2', '20230701');

  it('of the studies between baseline and follow-up, the newest first, notes before what they may withdraw', async () => {
    const held = new Map([
      [study('2.25.4', '20230401'), [series('early')]],
      [MAY, [series('may')]],
      [JULY, [series('july'), series('note', 'KO'), series('ct', 'CT')]],
      [study('2.25.5', '20240201'), [series('late')]],
      [study('2.25.6', '20230601', ['CT']), [series('none')]],
      [study('2.25.7', '20230602', []), [series('perhaps')]],
    ]);
    const baseline = study('2.25.0', '20230401');
    expect(await ask(held, { baseline })).toEqual(['note', 'july', 'perhaps', 'may']);
  });

  it('once a day, and not for what is here', async () => {
    const held = new Map([[MAY, [series('may')]]]);
    expect(await ask(held)).toEqual(['may']);
    expect(await ask(held)).toEqual([]);
    opened.tick(DAY);
    expect(await ask(held)).toEqual(['may']);
    opened.tick(DAY);
    await opened.sql.query(
      `INSERT INTO "foundReport" VALUES ('1', 'may', '2.25.1', 'P1', '', '', '', '', '', '', '', '[]', NULL, 0)`,
    );
    expect(await ask(held)).toEqual([]);
  });

  it('that are alone in their series, and not for more than a course can have', async () => {
    const many = Array.from({ length: 30 }, (_, at) => study(`2.25.3.${at}`, '20230501'));
    const held = new Map(
      many.map((each, at) => [each, [series(`many ${at}`, 'SR', 2), series(`one ${at}`, 'SR', 1)]]),
    );
    const asked = await ask(held);
    expect(asked).toHaveLength(20);
    expect(asked.every((each) => each.startsWith('one'))).toBe(true);
    const full = new Map([[JULY, Array.from({ length: 30 }, (_, at) => series(`x ${at}`))]]);
    expect(await ask(full)).toHaveLength(10);
  });

  it('and goes on with the next where one is refused, and ends where the archive fails: no case waits', async () => {
    const held = new Map([
      [JULY, [series('dose'), series('july')]],
      [MAY, [series('may')]],
    ]);
    const failing = (code: 'RETRIEVE_REFUSED' | 'PEER_UNREACHABLE') => (uid: string) => {
      if (uid === 'dose') throw new Fault(code, '');
    };
    expect(await ask(held, { retrieve: failing('RETRIEVE_REFUSED') })).toEqual(['dose', 'july', 'may']);
    opened.tick(DAY);
    expect(await ask(held, { retrieve: failing('PEER_UNREACHABLE') })).toEqual(['dose']);
    // What was not asked for is next time.
    expect(await ask(held)).toEqual(['july', 'may']);
  });

  it('no longer when the service stops', async () => {
    const stop = new AbortController();
    const retrieve = () => {
      stop.abort(new Error('stopping'));
      throw stop.signal.reason;
    };
    await expect(ask(new Map([[MAY, [series('may')]]]), { retrieve, signal: stop.signal })).rejects.toThrow(
      'stopping',
    );
  });
});

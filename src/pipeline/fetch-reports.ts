/** Reports of ours on earlier time points, from an archive: they are in the PACS where the catalogue was lost. */
import { countInSeries } from '../catalogue/own-objects.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import { asFault } from '../fault.ts';
import { compareStudyTime } from '../matching/study-date.ts';
import type { Archive, ArchivedSeries, ArchivedStudy } from '../ports.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'log'> & Readonly<{ priors: NonNullable<World['priors']> }>;

/** The newest time points of a course, and what else lies with them: dose reports, those of other makers. */
const MOST_STUDIES = 20;
const MOST_SERIES_OF_STUDY = 10;

type Course = Readonly<{
  row: StudyRow;
  /** the study that would be the baseline; undefined: none is there yet */
  baseline: ArchivedStudy | undefined;
  studies: readonly ArchivedStudy[];
  seriesOf: (study: ArchivedStudy) => Promise<readonly ArchivedSeries[]>;
}>;

/** SR, and key objects, which may withdraw what they say: those first. */
const MODALITIES = ['KO', 'SR'];
/** The archive cannot send that object (status A702 is read as busy), and may well send the next one. */
const OF_ONE_SERIES: ReadonlySet<string> = new Set([
  'RETRIEVE_REFUSED',
  'PEER_BUSY',
  'SOP_CLASS_UNSUPPORTED',
]);

/**
 * Asks for SR and KO series of the studies between baseline and follow-up, each once a day: a report of ours is alone in its
 * series. What comes is looked at on receipt, like what is pushed. A case does not wait for what cannot be had: it is told in the log.
 */
export async function fetchReports(
  world: Needs,
  archive: Archive,
  { row, baseline, studies, seriesOf }: Course,
  signal: AbortSignal,
): Promise<void> {
  const between = studies
    .filter(({ ModalitiesInStudy: holds }) => holds.length === 0 || holds.includes('SR'))
    .filter((study) => isBefore(study, row) && (!baseline || isBefore(baseline, study)))
    .sort((a, b) => (a.StudyDate < b.StudyDate ? 1 : -1))
    .slice(0, MOST_STUDIES);
  try {
    for (const { StudyInstanceUID, ...study } of between) {
      const all = await seriesOf({ StudyInstanceUID, ...study });
      const alone = all.filter(({ instances }) => (instances ?? 1) === 1);
      const wanted = MODALITIES.flatMap((each) => alone.filter(({ Modality }) => Modality === each));
      for (const { SeriesInstanceUID } of wanted.slice(0, MOST_SERIES_OF_STUDY)) {
        const series = { PatientID: row.PatientID, StudyInstanceUID, SeriesInstanceUID };
        await fetchOne(world, archive, series, signal);
      }
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const { code } = asFault(thrown);
    world.log.warn('reports.notFetched', {
      StudyInstanceUID: row.StudyInstanceUID,
      archive: archive.name,
      code,
    });
  }
}

type SeriesKey = Parameters<Archive['retrieve']>[0];

async function fetchOne(
  { catalogue, priors }: Needs,
  archive: Archive,
  series: SeriesKey,
  signal: AbortSignal,
): Promise<void> {
  const { StudyInstanceUID, SeriesInstanceUID } = series;
  const key = `${archive.name} ${StudyInstanceUID} ${SeriesInstanceUID}`;
  if (!priors.fetches.reportsAsked.isDue(key)) return;
  if ((await countInSeries(catalogue.sql, 'foundReport', StudyInstanceUID, SeriesInstanceUID)) > 0) return;
  priors.fetches.reportsAsked.done(key);
  try {
    await archive.retrieve(series, priors.intake, signal);
  } catch (thrown) {
    if (signal.aborted || !OF_ONE_SERIES.has(asFault(thrown).code)) throw thrown;
  }
}

type Dated = Pick<ArchivedStudy, 'StudyDate' | 'StudyTime'>;
const isBefore = (a: Dated, b: Dated): boolean => (compareStudyTime(a, b) ?? 0) < 0;

/** Reports of ours on earlier time points, from an archive: they are in the PACS where the catalogue was lost. */
import { countFound } from '../catalogue/found-reports.ts';
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

/**
 * Asks for SR series of the studies between baseline and follow-up, each once a day: a report of ours is alone in its series. What
 * comes is looked at on receipt, like what is pushed. A case does not wait for it: the first fault ends it, and is told in the log.
 */
export async function fetchReports(
  { catalogue, priors, log }: Needs,
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
    for (const study of between) {
      const series = (await seriesOf(study)).filter(
        ({ Modality, instances }) => Modality === 'SR' && (instances ?? 1) === 1,
      );
      for (const { SeriesInstanceUID } of series.slice(0, MOST_SERIES_OF_STUDY)) {
        const { StudyInstanceUID } = study;
        const key = `${archive.name} ${StudyInstanceUID} ${SeriesInstanceUID}`;
        if (!priors.fetches.reportsAsked.isDue(key)) continue;
        if ((await countFound(catalogue.sql, StudyInstanceUID, SeriesInstanceUID)) > 0) continue;
        priors.fetches.reportsAsked.done(key);
        await archive.retrieve(
          { PatientID: row.PatientID, StudyInstanceUID, SeriesInstanceUID },
          priors.intake,
          signal,
        );
      }
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const { StudyInstanceUID } = row;
    log.warn('reports.notFetched', { StudyInstanceUID, archive: archive.name, code: asFault(thrown).code });
  }
}

type Dated = Pick<ArchivedStudy, 'StudyDate' | 'StudyTime'>;
const isBefore = (a: Dated, b: Dated): boolean => (compareStudyTime(a, b) ?? 0) < 0;

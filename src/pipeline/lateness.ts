import { daysBetween } from '../dicom/values.ts';
import { compareIdentity } from '../matching/identity.ts';
import { compareStudyTime, dayOf } from '../matching/study-date.ts';
import type { ReportContent } from '../sr/report.ts';
import type { CaseInputs } from './judge.ts';
import type { PatientStudies } from './patient-studies.ts';

/** A mask of the next day is none that came late. */
const MOST_DAYS = 1;

/**
 * Was the mask of the follow-up drawn days after the exam? Then the result is of a past state, and a newer CT of the patient may be
 * here already. Undefined when it was not, or when a date is missing.
 */
export function lateness(
  { followUp, pairs }: Pick<CaseInputs, 'followUp' | 'pairs'>,
  { known, issuers }: Pick<PatientStudies, 'known' | 'issuers'>,
): ReportContent['late'] {
  const ages = pairs.map(
    (pair) => daysBetween(followUp.StudyDate ?? '', pair.followUp.mask.drawnDate ?? '') ?? 0,
  );
  const days = Math.max(...ages);
  if (days <= MOST_DAYS) return undefined;
  const newer = [...known.values()].filter(
    ({ summary }) =>
      summary.ctSeries.length > 0 &&
      (compareStudyTime(summary, followUp) ?? 0) > 0 &&
      compareIdentity(summary.identity, followUp.identity, issuers).kind === 'same',
  );
  const dates = newer.flatMap(({ summary }) => dayOf(summary.StudyDate) ?? []).sort();
  return { days, newerStudyDate: dates.at(-1) ?? null };
}

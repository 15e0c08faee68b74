/** What was found at earlier time points of the patient: the nadir and the trend of a later report rest on it. */
import { heldPoint } from '../catalogue/held-points.ts';
import { cancelledAmong } from '../catalogue/orders.ts';
import type { ReportRow } from '../catalogue/rows.ts';
import { compareIdentity } from '../matching/identity.ts';
import { isBefore } from '../matching/study-date.ts';
import type { StudySummary } from '../matching/study-summary.ts';
import type { TrendPoint } from '../model/trend.ts';
import { foundHistory, pointMade } from './found-history.ts';
import type { CaseInputs } from './judge.ts';
import type { PatientStudies } from './patient-studies.ts';
import type { World } from './world.ts';

/**
 * The measured time points from the baseline on and before this follow-up, oldest first; of each the newest report, unless it was
 * withdrawn. Where it was made elsewhere, or before the catalogue was lost, what came of it from the PACS (found-history.ts). Studies
 * that are not certainly of the same patient, or not certainly earlier, and cases that a person cancelled are left out.
 */
export async function historyOf(
  world: Pick<World, 'catalogue' | 'reports'>,
  inputs: Pick<CaseInputs, 'baseline' | 'followUp'>,
  studies: PatientStudies,
): Promise<readonly TrendPoint[]> {
  const points = [...(await foundHistory(world, inputs, studies.rows))];
  for (const { StudyInstanceUID } of earlierStudies(inputs, studies)) {
    const found = await pointOf(world, StudyInstanceUID);
    if (found) points.push(found.point);
  }
  const cancelled = await cancelledAmong(
    world.catalogue.sql,
    points.map(({ StudyInstanceUID }) => StudyInstanceUID),
  );
  const counted = points.filter(({ StudyInstanceUID }) => !cancelled.has(StudyInstanceUID));
  return counted.sort((a, b) =>
    a.StudyDate + a.StudyInstanceUID < b.StudyDate + b.StudyInstanceUID ? -1 : 1,
  );
}

/** Studies of the patient that are here and lie certainly between baseline and follow-up. */
const earlierStudies = (
  { baseline, followUp }: Pick<CaseInputs, 'baseline' | 'followUp'>,
  { known, issuers }: Pick<PatientStudies, 'known' | 'issuers'>,
): readonly StudySummary[] =>
  [...known.values()]
    .map(({ summary }) => summary)
    .filter((summary) => isBefore(baseline, summary) && isBefore(summary, followUp))
    .filter(({ identity }) => compareIdentity(identity, followUp.identity, issuers).kind === 'same');

/**
 * What counts of a study: its newest report when that was scored and stands; else what was measured when the case was held. A withdrawn
 * report tells nothing, and took what was measured until then with it.
 */
export async function pointOf(
  { catalogue, reports }: Pick<World, 'catalogue' | 'reports'>,
  StudyInstanceUID: string,
): Promise<Readonly<{ point: TrendPoint; scoredBy?: ReportRow }> | undefined> {
  const last = (await reports.of(StudyInstanceUID)).at(-1);
  if (last && !last.heldBecause && !(await reports.withdrawalOf(last.SOPInstanceUID))) {
    const made = await pointMade(reports, last);
    return made && { point: made, scoredBy: last };
  }
  const held = await heldPoint(catalogue.sql, StudyInstanceUID);
  return held && { point: held };
}

/** StudyDates of earlier CTs of the patient, from the baseline on, that none of these points is of. */
export function uncomparedDates(
  history: readonly TrendPoint[],
  inputs: Pick<CaseInputs, 'baseline' | 'followUp'>,
  studies: Pick<PatientStudies, 'known' | 'issuers'>,
): readonly string[] {
  const compared = new Set(history.map(({ StudyInstanceUID }) => StudyInstanceUID));
  return earlierStudies(inputs, studies)
    .filter(({ ctSeries, StudyInstanceUID }) => ctSeries.length > 0 && !compared.has(StudyInstanceUID))
    .map(({ StudyDate }) => StudyDate ?? '')
    .sort();
}

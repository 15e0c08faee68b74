/** What earlier reports of the patient found: the nadir and the trend of a later one rest on it. */
import { compareIdentity } from '../matching/identity.ts';
import { compareStudyTime } from '../matching/study-date.ts';
import type { TrendPoint } from '../model/trend.ts';
import { foundHistory, pointMade } from './found-history.ts';
import type { CaseInputs } from './judge.ts';
import type { PatientStudies } from './patient-studies.ts';
import type { World } from './world.ts';

/**
 * The scored time points from the baseline on and before this follow-up, oldest first; of each the newest report, unless it was
 * withdrawn. Where it was made elsewhere, or before the catalogue was lost, what came of it from the PACS (found-history.ts). Studies
 * that are not certainly of the same patient, or not certainly earlier, are left out.
 */
export async function historyOf(
  world: Pick<World, 'catalogue' | 'reports'>,
  inputs: Pick<CaseInputs, 'baseline' | 'followUp'>,
  { rows, known, issuers }: PatientStudies,
): Promise<readonly TrendPoint[]> {
  const { baseline, followUp } = inputs;
  const points = [...(await foundHistory(world, inputs, rows))];
  for (const row of rows) {
    const { summary } = known.get(row.StudyInstanceUID) ?? {};
    if (!summary || summary === followUp || summary === baseline) continue;
    if (compareIdentity(row, followUp.identity, issuers).kind !== 'same') continue;
    if (!isBefore(baseline, summary) || !isBefore(summary, followUp)) continue;
    const last = (await world.reports.of(row.StudyInstanceUID)).at(-1);
    const point = last && (await pointMade(world.reports, last));
    if (point) points.push(point);
  }
  return points.sort((a, b) =>
    a.StudyDate + a.StudyInstanceUID < b.StudyDate + b.StudyInstanceUID ? -1 : 1,
  );
}

type Dated = CaseInputs['baseline'];
const isBefore = (a: Dated, b: Dated): boolean => (compareStudyTime(a, b) ?? 0) < 0;

/** What earlier reports of the patient found: the nadir and the trend of a later one rest on it. */
import type { ReportRow } from '../catalogue/rows.ts';
import { compareIdentity } from '../matching/identity.ts';
import { compareStudyTime } from '../matching/study-date.ts';
import type { TrendPoint } from '../model/trend.ts';
import type { CaseInputs } from './judge.ts';
import type { PatientStudies } from './patient-studies.ts';
import type { World } from './world.ts';

/**
 * The scored time points from the baseline on and before this follow-up, oldest first; of each the newest report, unless it was
 * withdrawn. Studies that are not certainly of the same patient, or not certainly earlier, are left out.
 */
export async function historyOf(
  { reports }: Pick<World, 'reports'>,
  { baseline, followUp }: Pick<CaseInputs, 'baseline' | 'followUp'>,
  { rows, known, issuers }: PatientStudies,
): Promise<readonly TrendPoint[]> {
  const points: TrendPoint[] = [];
  for (const row of rows) {
    const { summary } = known.get(row.StudyInstanceUID) ?? {};
    if (!summary || summary === followUp || summary === baseline) continue;
    if (compareIdentity(row, followUp.identity, issuers).kind !== 'same') continue;
    if (!isBefore(baseline, summary) || !isBefore(summary, followUp)) continue;
    const last = (await reports.of(row.StudyInstanceUID)).at(-1);
    const point = last && pointOf(last);
    if (point && !(await reports.withdrawalOf(last.SOPInstanceUID))) points.push(point);
  }
  return points.sort((a, b) =>
    a.StudyDate + a.StudyInstanceUID < b.StudyDate + b.StudyInstanceUID ? -1 : 1,
  );
}

type Dated = CaseInputs['baseline'];
const isBefore = (a: Dated, b: Dated): boolean => (compareStudyTime(a, b) ?? 0) < 0;

/** Reports of earlier versions, and those of held cases, have none. */
const pointOf = ({ result }: Pick<ReportRow, 'result'>): TrendPoint | undefined =>
  (result as { point?: TrendPoint }).point;

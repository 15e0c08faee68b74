/** Earlier time points of which only the report is left, in the PACS: the catalogue was lost, or the patient retired. */
import {
  type FoundReport,
  foundRejectionsOf,
  foundReportsOf,
  type RejectedReport,
} from '../catalogue/found-reports.ts';
import type { ReportRow, StudyRow } from '../catalogue/rows.ts';
import { compareIdentity, issuersOf, type PatientIdentity } from '../matching/identity.ts';
import { isBefore, type StudyMoment } from '../matching/study-date.ts';
import type { TrendPoint } from '../model/trend.ts';
import type { CaseInputs } from './judge.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'reports'>;

/**
 * Of each study that lies between baseline and follow-up, and of which no report was made here, what its newest found report
 * says. A study that was retired here gives what its own last report said. Every object is of the patient that it names itself.
 */
export async function foundHistory(
  { catalogue: { sql }, reports }: Needs,
  inputs: Inputs,
  rows: readonly StudyRow[],
): Promise<readonly TrendPoint[]> {
  const { identity } = inputs.followUp;
  const found = await foundReportsOf(sql, identity.PatientID ?? '');
  if (found.length === 0) return [];
  const issuers = issuersOf(identity.PatientID, [...rows, ...found]);
  const isOfPatient = (one: PatientIdentity): boolean =>
    compareIdentity(one, identity, issuers).kind === 'same';
  const rejections = (await foundRejectionsOf(sql, identity.PatientID ?? '')).filter(isOfPatient);
  const here = new Map(rows.map((row) => [row.StudyInstanceUID, row]));
  const points: TrendPoint[] = [];
  for (const [study, ofStudy] of byStudy(found.filter(isOfPatient))) {
    const row = here.get(study);
    const made = (await reports.of(study)).at(-1);
    // What was made here of a study that is here, history.ts knows.
    if (row && (made || !isOfPatient(row))) continue;
    if (!liesBetween(inputs, study, row ?? ofStudy[0])) continue;
    const point = made ? await pointMade(reports, made) : newestPoint(ofStudy, rejectedOf(study, rejections));
    if (point) points.push(point);
  }
  return points;
}

type Inputs = Pick<CaseInputs, 'baseline' | 'followUp'>;

function liesBetween(
  { baseline, followUp }: Inputs,
  StudyInstanceUID: string,
  dated: StudyMoment | undefined,
): boolean {
  const isOneOfThem = [baseline, followUp].some((each) => each.StudyInstanceUID === StudyInstanceUID);
  return !isOneOfThem && dated !== undefined && isBefore(baseline, dated) && isBefore(dated, followUp);
}

const rejectedOf = (study: string, rejections: readonly RejectedReport[]): ReadonlySet<string> =>
  new Set(
    rejections
      .filter(({ StudyInstanceUID }) => StudyInstanceUID === study)
      .map(({ SOPInstanceUID }) => SOPInstanceUID),
  );

function byStudy(found: readonly FoundReport[]): ReadonlyMap<string, readonly FoundReport[]> {
  const studies = new Map<string, FoundReport[]>();
  for (const each of found) {
    studies.set(each.StudyInstanceUID, [...(studies.get(each.StudyInstanceUID) ?? []), each]);
  }
  return studies;
}

/** Reports of earlier versions, and those of held cases, have no point; a withdrawn one has none to tell. */
export async function pointMade(
  reports: Needs['reports'],
  { SOPInstanceUID, result }: ReportRow,
): Promise<TrendPoint | undefined> {
  const { point } = result as { point?: TrendPoint };
  return point && !(await reports.withdrawalOf(SOPInstanceUID)) ? point : undefined;
}

/**
 * The newest report that no other took the place of. A result may be there in several forms, made at one moment: when one of
 * them was withdrawn, all are, and what was before does not come back.
 */
function newestPoint(found: readonly FoundReport[], withdrawn: ReadonlySet<string>): TrendPoint | undefined {
  const replaced = new Set(found.flatMap(({ predecessors }) => predecessors));
  const standing = found.filter(({ SOPInstanceUID }) => !replaced.has(SOPInstanceUID));
  const momentOf = (one: FoundReport): string => one.ContentDate + one.ContentTime;
  const last = standing.map(momentOf).sort().at(-1);
  const newest = standing.filter((one) => momentOf(one) === last);
  if (newest.some(({ SOPInstanceUID }) => withdrawn.has(SOPInstanceUID))) return undefined;
  return newest[0]?.point ?? undefined;
}

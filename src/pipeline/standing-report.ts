/** A report stands when the rules change after it: nothing is scored again because of them, and none of its cases moves. */
import type { ReportRow, StudyRow } from '../catalogue/rows.ts';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { apply } from '../study/lifecycle.ts';
import type { Decision, Judgement } from './judge.ts';
import type { PatientStudies } from './patient-studies.ts';
import type { World } from './world.ts';

/** SHA-256 of all rules: a report names it. */
export const digestOfRules = (rules: World['rules']): string =>
  digestOf(canonicalJson(Object.values(rules).map(({ sha256 }) => sha256)));

/** What a report keeps of how it was made; those of earlier versions do not say. */
type Made = Readonly<{ rules?: string; madeAt?: number; decision?: Decision }>;
const madeOf = ({ result }: ReportRow): Made => result as Made;

const isUnderOtherRules = (report: ReportRow, rules: World['rules']): boolean => {
  const { rules: then } = madeOf(report);
  return then !== undefined && then !== digestOfRules(rules);
};

const cameAfter = (report: ReportRow, rows: readonly StudyRow[]): boolean =>
  rows.some(({ lastReceivedAt }) => lastReceivedAt.getTime() > (madeOf(report).madeAt ?? 0));

/**
 * Other rules would measure something else on the same two studies, and nothing came to either of them since: the report was made
 * of what is there.
 */
export function restsOnTheSame(
  report: ReportRow,
  { baseline }: Decision,
  rows: readonly StudyRow[],
  rules: World['rules'],
): boolean {
  if (!isUnderOtherRules(report, rules) || madeOf(report).decision?.baseline !== baseline) return false;
  const both = [report.StudyInstanceUID, baseline];
  return !cameAfter(
    report,
    rows.filter(({ StudyInstanceUID }) => both.includes(StudyInstanceUID)),
  );
}

/** Objects that contradict each other do so under any rules. */
const isContradiction = (judgement: Judgement): boolean =>
  judgement.event === 'doubt' &&
  judgement.reasons.some(({ code }) => code === 'IDENTITY_CONFLICT' || code === 'INSTANCE_CONFLICT');

/** A reported case of which only the rules could say something else now: it stays where it is. */
export async function staysReported(
  { reports, rules }: Pick<World, 'reports' | 'rules'>,
  row: StudyRow,
  judgement: Judgement,
  { rows }: Pick<PatientStudies, 'rows'>,
): Promise<boolean> {
  const isReported = row.state !== 'scoring' && apply(row.state, 'allDelivered') !== undefined;
  if (!isReported || isContradiction(judgement)) return false;
  const last = (await reports.of(row.StudyInstanceUID)).at(-1);
  return last !== undefined && isUnderOtherRules(last, rules) && !cameAfter(last, rows);
}

/** A report stands when the rules change after it: nothing is scored again because of them, and none of its cases moves. */
import type { ReportRow, StudyRow } from '../catalogue/rows.ts';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { scalesOf } from '../model/scale-of-case.ts';
import { normalisationState } from '../model/score.ts';
import type { ScoreResult } from '../model/score-result.ts';
import { isSameCourse, type TrendPoint } from '../model/trend.ts';
import { apply } from '../study/lifecycle.ts';
import { historyOf } from './history.ts';
import { type Decision, isOfEqualHistory, type Judgement } from './judge.ts';
import type { PatientStudies } from './patient-studies.ts';
import type { World } from './world.ts';

/** SHA-256 of all rules: a report names it. */
export const digestOfRules = (rules: World['rules']): string =>
  digestOf(canonicalJson(Object.values(rules).map(({ sha256 }) => sha256)));

/** What a report keeps of how it was made; those of earlier versions do not say. */
type Made = Readonly<{
  rules?: string;
  madeAt?: number;
  decision?: Decision;
  history?: readonly TrendPoint[];
  score?: Partial<Pick<ScoreResult, 'model' | 'normalisation'>>;
}>;
const madeOf = ({ result }: ReportRow): Made => result as Made;

const isUnderOtherRules = (report: ReportRow, rules: World['rules']): boolean => {
  const { rules: then } = madeOf(report);
  return then !== undefined && then !== digestOfRules(rules);
};

/** It was made with another model, or normalisation, than counts now; of one that does not say, that cannot be denied. */
export function isUnderOtherModel(
  report: ReportRow,
  { model, normalisation }: Pick<World, 'model' | 'normalisation'>,
): boolean {
  const { score } = madeOf(report);
  const then = canonicalJson(score?.normalisation ?? null);
  const isSameScale = scalesOf(model.value, normalisation).some(
    (scale) => canonicalJson(normalisationState(scale)) === then,
  );
  return score?.model?.sha256 !== model.sha256 || !isSameScale;
}

/** Whether what a report states of earlier time points is so; what another model says of them since changes none of it. */
export const isOfHistory = (report: ReportRow, history: readonly TrendPoint[]): boolean => {
  const { history: then } = madeOf(report);
  return isOfEqualHistory(report.inputs, history) || (then !== undefined && isSameCourse(then, history));
};

/** Studies whose masks a decision takes. */
const holdersOf = ({ lesions = [] }: Decision, known: PatientStudies['known']): string[] => {
  const masks = new Set(
    lesions.flatMap((each) => [each.baseline, each.followUp].map((one) => one.SOPInstanceUID)),
  );
  return [...known.values()]
    .filter(({ summary }) => summary.masks.some(({ SOPInstanceUID }) => masks.has(SOPInstanceUID)))
    .map(({ summary }) => summary.StudyInstanceUID);
};

/**
 * Something came, after the report, to a study that it rests on or that would be taken now, or a person
 * stopped the case or chose for it.
 */
function hasNews(
  report: ReportRow,
  now: Decision,
  { rows, known }: Pick<PatientStudies, 'rows' | 'known'>,
): boolean {
  const { decision: then, madeAt = 0 } = madeOf(report);
  const taken = new Set([report.StudyInstanceUID, then?.baseline, now.baseline, ...holdersOf(now, known)]);
  const { orders, chosenAt } = known.get(report.StudyInstanceUID) ?? {};
  if (orders?.hold || orders?.cancel || (chosenAt && chosenAt.getTime() > madeAt)) return true;
  return rows.some((row) => taken.has(row.StudyInstanceUID) && row.lastReceivedAt.getTime() > madeAt);
}

/** Only the rules would measure something else on the same two studies: the report was made of what is there. */
export const restsOnTheSame = (
  report: ReportRow,
  now: Decision,
  studies: Pick<PatientStudies, 'rows' | 'known'>,
  rules: World['rules'],
): boolean =>
  isUnderOtherRules(report, rules) &&
  madeOf(report).decision?.baseline === now.baseline &&
  !hasNews(report, now, studies);

/** Objects that contradict each other do so under any rules. */
const isContradiction = (judgement: Judgement): boolean =>
  judgement.event === 'doubt' &&
  judgement.reasons.some(({ code }) => code === 'IDENTITY_CONFLICT' || code === 'INSTANCE_CONFLICT');

/** What came after the report makes what a person chose doubtful, wherever it lies. */
const isOutdatedSince = (report: ReportRow, judgement: Judgement, { rows }: PatientStudies): boolean =>
  judgement.event === 'doubt' &&
  judgement.reasons.some(({ code }) => code === 'CHOICE_OUTDATED') &&
  rows.some(({ lastReceivedAt }) => lastReceivedAt.getTime() > (madeOf(report).madeAt ?? 0));

/** Whether the report rests on what earlier time points, from its own baseline on, say now; where that is gone, nothing can be said. */
async function isOfSameHistory(
  world: Pick<World, 'catalogue' | 'reports'>,
  report: ReportRow,
  studies: PatientStudies,
): Promise<boolean> {
  const followUp = studies.known.get(report.StudyInstanceUID)?.summary;
  const baseline = studies.known.get(madeOf(report).decision?.baseline ?? '')?.summary;
  if (!followUp || !baseline) return true;
  return isOfHistory(report, await historyOf(world, { baseline, followUp }, studies));
}

/** A reported case of which only the rules could say something else now: it stays where it is. */
export async function staysReported(
  world: Pick<World, 'catalogue' | 'reports' | 'rules'>,
  row: StudyRow,
  judgement: Judgement,
  studies: PatientStudies,
): Promise<boolean> {
  const { reports, rules } = world;
  const isReported = apply(row.state, 'allDelivered') !== undefined;
  if (!isReported || isContradiction(judgement)) return false;
  const last = (await reports.of(row.StudyInstanceUID)).at(-1);
  if (!last || !isUnderOtherRules(last, rules) || hasNews(last, judgement.decision, studies)) return false;
  return !isOutdatedSince(last, judgement, studies) && isOfSameHistory(world, last, studies);
}

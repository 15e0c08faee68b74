/** What a self-test has shown so far, from what is in the catalogue: no input, no output, no clock of its own. */
import type { ReportRow, StudyRow } from '../catalogue/rows.ts';
import type { ScoreResult } from '../model/score-result.ts';
import type { Decision } from '../pipeline/judge.ts';

const SELF_TEST_STEPS = {
  sent: 'Sent to our own port',
  received: 'Received and kept',
  complete: 'Recognised as complete',
  matched: 'Matched with its baseline',
  measured: 'Measured',
  scored: 'Scored',
  valid: 'Report valid',
} as const;
export type SelfTestStepId = keyof typeof SELF_TEST_STEPS;
const ORDER = Object.keys(SELF_TEST_STEPS) as SelfTestStepId[];

/** skipped: a step before it failed. `milliseconds`: from the end of the step before; null: not over. */
export type SelfTestStep = Readonly<{
  id: SelfTestStepId;
  title: string;
  state: 'waiting' | 'running' | 'passed' | 'failed' | 'skipped';
  milliseconds: number | null;
  text: string;
}>;
export type SelfTestProgress = Readonly<{
  state: 'running' | 'passed' | 'failed';
  /** ISO 8601 */
  startedAt: string;
  milliseconds: number;
  author: string;
  PatientID: string;
  steps: readonly SelfTestStep[];
}>;

/** What can be seen of a run at one moment. */
export type SelfTestFacts = Readonly<{
  /** objects that were answered with success; `problem`: why the sending ended without all of them */
  sent: Readonly<{ answered: number; of: number; problem?: string | undefined }>;
  /** objects of both studies in the catalogue */
  received: number;
  baseline: StudyRow | undefined;
  followUp: StudyRow | undefined;
  /** newest report on the follow-up */
  report: ReportRow | undefined;
  /** of all forms of the report; undefined: not looked at yet; '': valid; else what is wrong */
  invalid: string | undefined;
  quietPeriodSeconds: number;
  now: Date;
}>;

type Finding = Readonly<{ state: 'open' | 'passed' | 'failed'; text: string }>;
const open = (text = ''): Finding => ({ state: 'open', text });
const passed = (text = ''): Finding => ({ state: 'passed', text });
const failed = (text: string): Finding => ({ state: 'failed', text });

/** What each step shows; those after the first that is not passed are left open. */
export function findingsOf(facts: SelfTestFacts): Readonly<Record<SelfTestStepId, Finding>> {
  const found = Object.fromEntries(ORDER.map((id) => [id, open()])) as Record<SelfTestStepId, Finding>;
  for (const id of ORDER) {
    found[id] = LOOKS[id](facts);
    if (found[id].state !== 'passed') break;
  }
  return found;
}

/** A waiting case of which all is here is looked at within a moment; then it waits for something that will not come. */
const STUCK_MS = 3000;

const LOOKS: Readonly<Record<SelfTestStepId, (facts: SelfTestFacts) => Finding>> = {
  sent: ({ sent: { answered, of, problem } }) => {
    if (problem !== undefined) return failed(`${answered} of ${of} objects were taken: ${problem}`);
    return answered === of ? passed(`${of} objects`) : open(`${answered} of ${of} objects`);
  },
  received: ({ received, sent: { of } }) =>
    received >= of
      ? passed(`${received} objects on disk and in the catalogue`)
      : failed(`Of ${of} objects that were answered with success ${received} are in the catalogue.`),
  complete: ({ baseline, followUp, quietPeriodSeconds }) => {
    const isOver = (row: StudyRow | undefined) => row !== undefined && row.state !== 'receiving';
    if (isOver(baseline) && isOver(followUp)) return passed();
    return open(
      `A study is complete when nothing came for ${quietPeriodSeconds} s (completeness.quietPeriodSeconds): this step takes as long.`,
    );
  },
  matched: (facts) => {
    const { baseline, followUp } = facts;
    const decision = followUp?.decision as Decision | null | undefined;
    if (baseline && decision?.baseline === baseline.StudyInstanceUID) return passed();
    return stopped(facts) ?? open();
  },
  measured: (facts) => {
    const score = scoreOf(facts.report);
    if (score?.baselineValue != null && score.followUpValue != null)
      return passed(`feature ${score.feature}`);
    return stopped(facts) ?? open('Two series are read and measured in a thread.');
  },
  scored: ({ report }) => {
    const score = scoreOf(report);
    if (report?.heldBecause) return failed(told(report.heldBecause));
    if (score?.delta == null) return failed(score?.because ?? 'The report has no score.');
    return passed(`delta ${score.delta.toFixed(4)}, model ${score.model.id} ${score.model.version}`);
  },
  valid: ({ invalid }) => {
    if (invalid === undefined) return open();
    return invalid === '' ? passed('It is kept here and was sent nowhere.') : failed(invalid);
  },
};

const scoreOf = (report: ReportRow | undefined): ScoreResult | undefined =>
  (report?.result as { score?: ScoreResult } | undefined)?.score;

const told = (reasons: StudyRow['reasons']): string =>
  reasons.map(({ code, text }) => `${code}: ${text}`).join('; ') || 'no reason was given';

/** The case will not go on by itself. */
function stopped({ followUp, now }: SelfTestFacts): Finding | undefined {
  if (!followUp) return undefined;
  const { state, reasons, stateChangedAt } = followUp;
  const isWaiting = state === 'waitingForBaseline' || state === 'waitingForMask';
  const isStuck = isWaiting && now.getTime() - stateChangedAt.getTime() > STUCK_MS;
  const isOver = state === 'held' || state === 'notEligible' || state === 'failed';
  return isStuck || isOver ? failed(`The case is ${state}: ${told(reasons)}`) : undefined;
}

/** The steps after new findings; a step that is over keeps its time. `since`: when the run began; both in milliseconds. */
export function advance(
  before: readonly SelfTestStep[],
  findings: Readonly<Record<SelfTestStepId, Finding>>,
  elapsedMs: number,
): SelfTestStep[] {
  let spent = 0;
  let isBlocked = false;
  let hasFailed = false;
  return before.map((step): SelfTestStep => {
    const { state, text } = findings[step.id];
    if (hasFailed) return { ...step, state: 'skipped', text: '' };
    if (isBlocked) return { ...step, state: 'waiting' };
    if (state === 'open') {
      isBlocked = true;
      return { ...step, state: 'running', text };
    }
    hasFailed = state === 'failed';
    const milliseconds = step.milliseconds ?? Math.max(0, Math.round(elapsedMs - spent));
    spent += milliseconds;
    return { ...step, state, text, milliseconds };
  });
}

export const freshSteps = (): SelfTestStep[] =>
  ORDER.map((id) => ({ id, title: SELF_TEST_STEPS[id], state: 'waiting', milliseconds: null, text: '' }));

/** The step that is under way has failed for another reason than its own: time is over, or the service stops. */
export const failRunning = (steps: readonly SelfTestStep[], text: string): SelfTestStep[] => {
  const at = steps.findIndex(({ state }) => state === 'running' || state === 'waiting');
  return steps.map((step, index) => {
    if (at < 0 || index < at) return step;
    return index === at
      ? { ...step, state: 'failed', text: [text, step.text].filter(Boolean).join(' ') }
      : { ...step, state: 'skipped' };
  });
};

export const stateOf = (steps: readonly SelfTestStep[]): SelfTestProgress['state'] => {
  if (steps.some(({ state }) => state === 'failed')) return 'failed';
  return steps.every(({ state }) => state === 'passed') ? 'passed' : 'running';
};

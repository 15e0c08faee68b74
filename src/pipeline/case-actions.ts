/** What a person may do to a case as it stands now, and why not: one table, which the page and the orders ask alike. */
import { conflictsOf } from '../catalogue/merges.ts';
import { type CaseOrders, ordersOf } from '../catalogue/orders.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import { FAULTS, Fault } from '../fault.ts';
import { REASON_CODES } from '../study/reasons.ts';
import { type CaseChoices, type ChoiceNeeds, choicesOf } from './case-choices.ts';
import type { World } from './world.ts';

export const CASE_ACTIONS = [
  'retry',
  'hold',
  'release',
  'cancel',
  'reopen',
  'baseline',
  'regions',
  'rescore',
  'conflict',
] as const;
export type CaseAction = (typeof CASE_ACTIONS)[number];

/** `because`: why it is not possible. */
export type PossibleAction = Readonly<{ action: CaseAction; isPossible: boolean; because?: string }>;

export type ActionNeeds = ChoiceNeeds & Pick<World, 'reports' | 'annotation'>;

/** What the possible actions depend on. */
export type CaseFacts = Readonly<{
  row: StudyRow;
  orders: CaseOrders;
  isPrior: boolean;
  hasReport: boolean;
  /** something of its reports waits to be sent, or was given up */
  hasUnsent: boolean;
  conflicts: number;
  choices: CaseChoices;
  archives: number;
  annotators: number;
}>;

/** INPUT_NOT_FOUND: no such case is here. */
export async function factsOf(world: ActionNeeds, StudyInstanceUID: string): Promise<CaseFacts> {
  const { catalogue, reports, priors, annotation } = world;
  const row = await catalogue.study(StudyInstanceUID);
  if (!row) throw new Fault('INPUT_NOT_FOUND', 'no such case is here');
  const deliveries = await reports.deliveriesOf(StudyInstanceUID);
  return {
    row,
    orders: await ordersOf(catalogue.sql, StudyInstanceUID),
    isPrior: (await priors?.fetches.isPrior(StudyInstanceUID)) ?? false,
    hasReport: (await reports.of(StudyInstanceUID)).length > 0,
    hasUnsent: deliveries.some(({ state }) => state === 'waiting' || state === 'gaveUp'),
    conflicts: (await conflictsOf(catalogue.sql, StudyInstanceUID)).length,
    choices: await choicesOf(world, row),
    archives: priors?.archives.length ?? 0,
    annotators: annotation?.annotators.length ?? 0,
  };
}

/** Every action, with why it is not possible now. Faults: INPUT_NOT_FOUND. */
export async function actionsOf(
  world: ActionNeeds,
  StudyInstanceUID: string,
): Promise<readonly PossibleAction[]> {
  return possibleActions(await factsOf(world, StudyInstanceUID));
}

export const possibleActions = (facts: CaseFacts): readonly PossibleAction[] =>
  CASE_ACTIONS.map((action) => {
    const because = whyNot(action, facts);
    return because === undefined ? { action, isPossible: true } : { action, isPossible: false, because };
  });

export function refuseUnlessPossible(action: CaseAction, facts: CaseFacts): void {
  const because = whyNot(action, facts);
  if (because !== undefined) throw new Fault('ACTION_NOT_POSSIBLE', because);
}

function whyNot(action: CaseAction, facts: CaseFacts): string | undefined {
  if (facts.isPrior && action !== 'conflict')
    return 'The study is here as the prior of another case and is no case of its own.';
  return WHY_NOT[action](facts);
}

const CANCELLED = 'The case is cancelled: open it again first.';

const WHY_NOT: Readonly<Record<CaseAction, (facts: CaseFacts) => string | undefined>> = {
  hold: ({ orders }) =>
    orders.cancel ? CANCELLED : orders.hold && 'A person holds the case already: release it first.',
  release: ({ orders }) => (orders.hold ? undefined : 'No person holds the case.'),
  cancel: ({ orders }) => orders.cancel && 'The case is cancelled already.',
  reopen: ({ orders }) => (orders.cancel ? undefined : 'No person cancelled the case.'),
  baseline: ({ orders, choices }) => {
    if (orders.cancel) return CANCELLED;
    if (orders.baseline || choices.baselines.length > 0) return undefined;
    return 'No earlier study that is certainly of the same patient is here.';
  },
  regions: ({ orders, choices: { regions } }) => {
    if (orders.cancel) return CANCELLED;
    if (orders.regions || regions.baseline.length + regions.followUp.length > 0) return undefined;
    return 'No mask is here whose region lies on a CT series.';
  },
  rescore: (facts) => stoppedBecause(facts) ?? notScoredBecause(facts),
  retry: (facts) => {
    const stopped = stoppedBecause(facts);
    if (stopped !== undefined) return stopped;
    return retrySteps(facts).length > 0 ? undefined : notRetriedBecause(facts);
  },
  conflict: ({ conflicts }) =>
    conflicts > 0 ? undefined : 'No other bytes arrived under a known SOP Instance UID of the study.',
};

function stoppedBecause({ orders }: CaseFacts): string | undefined {
  if (orders.cancel) return CANCELLED;
  return orders.hold && 'A person holds the case: release it first.';
}

const UNDER_WAY: readonly StudyRow['state'][] = ['receiving', 'complete', 'ready', 'scoring'];
/** What a score with the rules, the model and the baseline of today may answer, or what a person says by asking for one. */
const RESCORABLE: readonly string[] = [
  'BASELINE_CHANGED',
  'HISTORY_CHANGED',
  'WITHDRAWN',
  'OUT_OF_SCOPE',
  'FEATURE_UNDEFINED',
];

function notScoredBecause({ row: { state, reasons }, hasReport, orders }: CaseFacts): string | undefined {
  if (orders.rescore) return 'The case is to be scored again already.';
  if (UNDER_WAY.includes(state)) return 'The case is on its way: it is scored as things are now.';
  if (state === 'held') {
    const isOpen = reasons.some(({ code }) => !RESCORABLE.includes(code) && !isRemark(code));
    return isOpen ? 'What holds the case must be settled first.' : undefined;
  }
  if (state === 'failed') return 'Scoring failed: retry it.';
  return hasReport && state.startsWith('waiting') === false && state !== 'notEligible'
    ? undefined
    : 'The case was not scored.';
}

/** Stands beside what holds a case. */
const isRemark = (code: string): boolean => code === 'COMPANION_MISSING' || code === 'REPORT_UNWANTED';

/** fetch: archives are asked; request: a mask is asked for; look: the case is judged anew. */
export type RetryStep = 'fetch' | 'request' | 'look' | 'score' | 'deliver';

/** The steps that are tried again at once; none: there is nothing to retry. */
export function retrySteps({
  row: { state, reasons },
  hasUnsent,
  archives,
  annotators,
}: CaseFacts): readonly RetryStep[] {
  const asked: RetryStep[] = archives > 0 ? ['fetch', 'look'] : ['look'];
  switch (state) {
    case 'failed':
      return ['score'];
    case 'waitingForBaseline':
      return asked;
    case 'waitingForMask':
      return annotators > 0 ? [...asked, 'request'] : asked;
    case 'held':
      if (reasons.some(({ code }) => code === 'SERIES_INCOMPLETE')) return asked;
      return reasons.some(({ code }) => Object.hasOwn(FAULTS, code) || code === 'CHOICE_INVALID')
        ? ['look']
        : [];
    case 'notEligible':
      return reasons.some(({ code }) => code === 'EXPIRED') ? asked : [];
    case 'reported':
    case 'delivering':
    case 'deliveryFailed':
      return hasUnsent ? ['deliver'] : [];
    default:
      return [];
  }
}

function notRetriedBecause({ row: { state, reasons } }: CaseFacts): string {
  if (UNDER_WAY.includes(state)) return 'The case is on its way.';
  if (state !== 'held' && state !== 'notEligible') return 'Nothing of the case has failed.';
  const [first] = reasons;
  const why = first && Object.hasOwn(REASON_CODES, first.code) ? ` (${first.code})` : '';
  return `A retry would find the same${why}: it needs a decision.`;
}

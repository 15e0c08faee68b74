/**
 * What a person orders about a case: the order, its line in the case's story and the step that the case makes with it are one
 * transaction, and the case is looked at. Nothing of a score that is under way is kept then. What of its report waits to be sent waits
 * as long as the case is held, and ends when it is cancelled; what is out stays out (withdraw.ts takes it back).
 */
import {
  type ChosenRegion,
  endingDeliveries,
  endingOrder,
  type OrderDetail,
  type OrderKind,
  ordering,
  resumingDeliveries,
  sameOrders,
} from '../catalogue/orders.ts';
import type { Reason } from '../catalogue/rows.ts';
import { Fault } from '../fault.ts';
import type { Statement } from '../ports.ts';
import { apply, type StudyEvent } from '../study/lifecycle.ts';
import {
  type ActionNeeds,
  type CaseAction,
  type CaseFacts,
  factsOf,
  refuseUnlessPossible,
} from './case-actions.ts';
import { saidBy } from './judge.ts';
import type { World } from './world.ts';

export type OrderNeeds = ActionNeeds & Pick<World, 'queue' | 'clock'>;

/** Who orders it, and why, in words. */
export type OrderedBy = Readonly<{ author: string; reason: string }>;

type Step = Readonly<{
  /** of the line in the story: `order.<name>` */
  name: string;
  /** what it does to the case; one that is arriving is looked at when it is here */
  event: Extract<StudyEvent, 'lookAgain' | 'doubt' | 'outOfScope'>;
  reasons?: readonly Reason[];
  /** for the story */
  detail?: object;
  statements: readonly Statement[];
}>;

const MAX_TRIES = 5;

/** Faults: INPUT_NOT_FOUND, INPUT_INVALID for the words, ACTION_NOT_POSSIBLE with the reason. */
async function carryOut(
  world: OrderNeeds,
  StudyInstanceUID: string,
  action: CaseAction,
  by: OrderedBy,
  stepOf: (facts: CaseFacts, by: OrderedBy) => Step,
): Promise<void> {
  const said = checkedWords(by);
  const { catalogue, queue } = world;
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const facts = await factsOf(world, StudyInstanceUID);
    refuseUnlessPossible(action, facts);
    const { name, event, reasons = [], detail, statements } = stepOf(facts, said);
    const all = [
      sameOrders(StudyInstanceUID, facts.orders),
      ...statements,
      catalogue.event(StudyInstanceUID, `order.${name}`, { ...said, ...detail }),
    ];
    const state = apply(facts.row.state, event);
    const isDone = await (state
      ? catalogue.move(facts.row, { state, reasons }, all)
      : catalogue.sql.batch(all));
    if (!isDone) continue;
    await queue.put({ kind: 'assess', key: StudyInstanceUID });
    return;
  }
  throw new Fault('INTERNAL', 'the case kept moving');
}

const MOST_CHARACTERS = 1024;

export function checkedWords({ author, reason }: OrderedBy): OrderedBy {
  const words = reason.trim();
  if (words === '') throw new Fault('INPUT_INVALID', 'reason: it must be given');
  if (words.length > MOST_CHARACTERS)
    throw new Fault('INPUT_INVALID', `reason: at most ${MOST_CHARACTERS} characters`);
  return { author, reason: words };
}

const orderingNow = <Kind extends OrderKind>(
  { clock }: Pick<World, 'clock'>,
  { row }: CaseFacts,
  kind: Kind,
  by: OrderedBy,
  detail: OrderDetail<Kind>,
): Statement => ordering(row.StudyInstanceUID, kind, { ...by, detail, orderedAt: clock() });

/** The case is held until it is released, whatever is found out about it. */
export const holdCase = (world: OrderNeeds, uid: string, by: OrderedBy): Promise<void> =>
  carryOut(world, uid, 'hold', by, (facts, said) => ({
    name: 'hold',
    event: 'doubt',
    reasons: saidBy('HELD_BY_PERSON', said),
    statements: [orderingNow(world, facts, 'hold', said, {})],
  }));

export const releaseCase = (world: OrderNeeds, uid: string, by: OrderedBy): Promise<void> =>
  carryOut(world, uid, 'release', by, () => ({
    name: 'release',
    event: 'lookAgain',
    statements: [endingOrder(uid, 'hold')],
  }));

/** The case is not eligible until it is opened again; what waits of its reports is not sent. A hold ends with it. */
export const cancelCase = (world: OrderNeeds, uid: string, by: OrderedBy): Promise<void> =>
  carryOut(world, uid, 'cancel', by, (facts, said) => ({
    name: 'cancel',
    event: 'outOfScope',
    reasons: saidBy('CANCELLED', said),
    statements: [
      orderingNow(world, facts, 'cancel', said, {}),
      endingOrder(uid, 'hold'),
      endingDeliveries(uid, world.clock()),
    ],
  }));

/** What of its newest report waited when the case was cancelled waits again. */
export const reopenCase = (world: OrderNeeds, uid: string, by: OrderedBy): Promise<void> =>
  carryOut(world, uid, 'reopen', by, () => ({
    name: 'reopen',
    event: 'lookAgain',
    statements: [endingOrder(uid, 'cancel'), resumingDeliveries(uid, world.clock())],
  }));

/** Scores the case as things are now. Where that says the same as its report, which stands, nothing is sent. */
export const rescoreCase = (world: OrderNeeds, uid: string, by: OrderedBy): Promise<void> =>
  carryOut(world, uid, 'rescore', by, (facts, said) => ({
    name: 'rescore',
    event: 'lookAgain',
    statements: [orderingNow(world, facts, 'rescore', said, {})],
  }));

/** The baseline of this case only; undefined takes the choice back. What the patients table says stays as it is. */
export const chooseBaseline = (
  world: OrderNeeds,
  uid: string,
  baseline: string | undefined,
  by: OrderedBy,
): Promise<void> =>
  carryOut(world, uid, 'baseline', by, (facts, said) => {
    const step = { name: 'baseline', event: 'lookAgain', detail: { baseline: baseline ?? null } } as const;
    if (baseline === undefined) return { ...step, statements: [takingBack(facts, 'baseline')] };
    if (!facts.choices.baselines.some(({ StudyInstanceUID }) => StudyInstanceUID === baseline)) {
      const text = 'The chosen study is not here as an earlier study that is certainly of the same patient.';
      throw new Fault('ACTION_NOT_POSSIBLE', text);
    }
    const order = orderingNow(world, facts, 'baseline', said, { StudyInstanceUID: baseline });
    return { ...step, statements: [order] };
  });

const SIDES = ['baseline', 'followUp'] as const;
type Side = (typeof SIDES)[number];

/** Null: as the rules say. A time point that is not named stays as it was chosen before. */
export type RegionChoiceOfPerson = Readonly<
  Partial<Record<Side, Pick<ChosenRegion, 'SOPInstanceUID' | 'region'> | null | undefined>>
>;

/**
 * Which region is the lesion at a time point: with both, they are one lesion whatever their names; with one, only that region counts
 * there. With none left, the choice is taken back.
 */
export const chooseRegions = (
  world: OrderNeeds,
  uid: string,
  choice: RegionChoiceOfPerson,
  by: OrderedBy,
): Promise<void> =>
  carryOut(world, uid, 'regions', by, (facts, said) => {
    if (SIDES.every((side) => choice[side] === undefined))
      throw new Fault('INPUT_INVALID', 'baseline, followUp: give a region, or null for as the rules say');
    const step = { name: 'regions', event: 'lookAgain' } as const;
    const chosen: Partial<Record<Side, ChosenRegion>> = {};
    for (const side of SIDES) {
      const region = chosenAt(facts, side, choice[side]);
      if (region) chosen[side] = region;
    }
    if (Object.keys(chosen).length === 0)
      return { ...step, detail: { regions: null }, statements: [takingBack(facts, 'regions')] };
    const told = Object.fromEntries(
      Object.entries(chosen).map(([side, { SOPInstanceUID, region }]) => [side, { SOPInstanceUID, region }]),
    );
    const order = orderingNow(world, facts, 'regions', said, chosen);
    return { ...step, detail: { regions: told }, statements: [order] };
  });

/** What was chosen before and is not named now is no newer for it: what came since was not looked at. */
function keptChoice({ orders: { regions } }: CaseFacts, side: Side): ChosenRegion | undefined {
  const before = regions?.detail[side];
  return before && { chosenAt: regions.orderedAt.getTime(), ...before };
}

function chosenAt(
  facts: CaseFacts,
  side: Side,
  wanted: RegionChoiceOfPerson[Side],
): ChosenRegion | undefined {
  if (wanted === undefined) return keptChoice(facts, side);
  if (wanted === null) return undefined;
  const found = facts.choices.regions[side].find(
    ({ SOPInstanceUID, region }) => SOPInstanceUID === wanted.SOPInstanceUID && region === wanted.region,
  );
  if (!found) {
    const where = side === 'baseline' ? 'baseline' : 'follow-up';
    throw new Fault('ACTION_NOT_POSSIBLE', `The ${where} has no such region that lies on a CT series.`);
  }
  const { SOPInstanceUID, region, name } = found;
  return { SOPInstanceUID, region, name };
}

function takingBack({ row, orders }: CaseFacts, kind: 'baseline' | 'regions'): Statement {
  if (!orders[kind]) throw new Fault('ACTION_NOT_POSSIBLE', 'Nothing was chosen that could be taken back.');
  return endingOrder(row.StudyInstanceUID, kind);
}

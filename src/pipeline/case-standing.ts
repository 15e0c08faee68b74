/** Where a case stands: its state with the reasons, what it waits for, and what happened last. Little enough to be asked for again and again. */
import { newestEvents } from '../catalogue/case-view.ts';
import type { Reason, StudyRow } from '../catalogue/rows.ts';
import { lookingAhead, type MaskAsked, type NextLook } from '../catalogue/worklist-beside.ts';
import { Fault } from '../fault.ts';
import { type StoryEntry, storyOf } from './case-story.ts';
import type { World } from './world.ts';

export type StandingNeeds = Pick<World, 'catalogue' | 'priors' | 'annotation' | 'expireDays'>;

export type CaseStanding = Readonly<{
  state: StudyRow['state'];
  reasons: readonly Reason[];
  since: Date;
  firstReceivedAt: Date;
  lastReceivedAt: Date;
  isPrior: boolean;
  maskRequests: readonly MaskAsked[];
  /** all that time alone will do, the earliest first */
  ahead: readonly NextLook[];
}>;

export type CasePulse = CaseStanding &
  Readonly<{
    /** of the story, newest first; repeats are counted among these alone */
    newest: readonly Pick<StoryEntry, 'last' | 'title' | 'severity' | 'who'>[];
  }>;

export async function standingOf(world: StandingNeeds, study: StudyRow): Promise<CaseStanding> {
  const { catalogue, priors, annotation, expireDays } = world;
  const { StudyInstanceUID, state, reasons, stateChangedAt, firstReceivedAt, lastReceivedAt } = study;
  const requests = (await annotation?.requests.of(StudyInstanceUID)) ?? [];
  return {
    state,
    reasons,
    since: stateChangedAt,
    firstReceivedAt,
    lastReceivedAt,
    isPrior: (await priors?.fetches.isPrior(StudyInstanceUID)) ?? false,
    maskRequests: requests.map((each) => ({
      annotator: each.annotator,
      state: each.state,
      requestedAt: each.requestedAt,
      sentAt: each.sentAt,
      fault: each.fault,
    })),
    ahead: await lookingAhead(catalogue.sql, { ...study, since: stateChangedAt }, expireDays),
  };
}

const LOOKED_AT = 40;
const NEWEST = 5;

/** Faults: INPUT_NOT_FOUND for a study that is not here. */
export async function pulseOf(world: StandingNeeds, StudyInstanceUID: string): Promise<CasePulse> {
  const study = await world.catalogue.study(StudyInstanceUID);
  if (!study) throw new Fault('INPUT_NOT_FOUND', 'no study of this UID is here');
  const { entries } = storyOf(await newestEvents(world.catalogue.sql, StudyInstanceUID, LOOKED_AT), []);
  return { ...(await standingOf(world, study)), newest: newestOf(entries) };
}

export const newestOf = (entries: readonly StoryEntry[]): CasePulse['newest'] =>
  entries
    .filter(({ kind }) => kind !== 'objects.arrived')
    .sort((a, b) => b.last.getTime() - a.last.getTime())
    .slice(0, NEWEST)
    .map(({ last, title, severity, who }) => ({ last, title, severity, who }));

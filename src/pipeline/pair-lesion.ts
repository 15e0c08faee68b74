/** Which regions of the baseline and of the follow-up are one lesion each, or what stands in the way. */
import type { ChosenRegion, OrderDetail } from '../catalogue/orders.ts';
import type { Reason } from '../catalogue/rows.ts';
import type { RoiRules } from '../masks/roi-rules.ts';
import { selectRegion, tumourRegions } from '../masks/select-roi.ts';
import { type LesionMatch, type LesionPair, matchLesion, pairOf } from '../matching/lesion.ts';
import {
  type MaskCandidate,
  masksOfSeries,
  missingReferencedImages,
  type RejectedRegion,
} from '../matching/mask-of-series.ts';
import type { KnownStudy } from './known-study.ts';
import { reason } from './reason.ts';

export type PairedLesions = Readonly<{ rejected: readonly RejectedRegion[] }> &
  (
    | Readonly<{
        /** one at least */
        pairs: readonly LesionPair[];
        /** tumour regions that are in no pair */
        unpaired: Readonly<{ baseline: number; followUp: number }>;
        obstacle?: undefined;
      }>
    | Readonly<{ pairs?: undefined; obstacle: Obstacle }>
  );

/** Measuring takes seconds a lesion; RECIST 1.1 follows five at most. */
const MOST_LESIONS = 10;

/** `name`: only regions of that name, at both time points. `chosen`: the lesion is the region that a person said. */
export function pairLesions(
  baseline: KnownStudy,
  followUp: KnownStudy,
  roi: RoiRules,
  {
    name,
    chosen = {},
    chosenAt,
  }: Readonly<{
    name?: string | undefined;
    chosen?: OrderDetail<'regions'> | undefined;
    chosenAt?: Date | undefined;
  }> = {},
): PairedLesions {
  const regionOf = (known: KnownStudy, where: string, region: ChosenRegion | undefined): RegionChoice =>
    region
      ? chosenRegion(known, where, region, region.chosenAt ? new Date(region.chosenAt) : chosenAt)
      : chooseRegion(known, where, roi, name);
  const atBaseline = regionOf(baseline, 'baseline', chosen.baseline);
  const atFollowUp = regionOf(followUp, 'follow-up', chosen.followUp);
  const rejected = [...atBaseline.rejected, ...atFollowUp.rejected];
  const lesion =
    chosenPair(atBaseline, atFollowUp, chosen, followUp) ?? lesionOf(atBaseline, atFollowUp, followUp);
  const sides = (['baseline', 'followUp'] as const).filter((side) => chosen[side]);
  const pairs = pairsOf(lesion, roi).map((pair) => (sides.length > 0 ? { ...pair, chosen: sides } : pair));
  if (pairs.length > 0) {
    const obstacle = obstacleOf(pairs, baseline, followUp);
    if (obstacle) return { obstacle, rejected };
    const unpairedOf = (side: 'baseline' | 'followUp', { ranked, alsoThere }: RegionChoice): number =>
      [...ranked, ...alsoThere].filter((candidate) => !pairs.some((pair) => pair[side] === candidate)).length;
    const unpaired = {
      baseline: unpairedOf('baseline', atBaseline),
      followUp: unpairedOf('followUp', atFollowUp),
    };
    return { pairs, unpaired, rejected };
  }
  const obstacles = [atFollowUp, atBaseline].flatMap(({ obstacle }) => obstacle ?? []);
  const first = obstacles.find(({ event }) => event === 'doubt') ?? obstacles[0];
  const reasons = first
    ? obstacles.flatMap((obstacle) => obstacle.reasons)
    : reason('LESION_UNMATCHED', lesion && 'because' in lesion ? lesion.because : '');
  return { obstacle: { event: first?.event ?? 'doubt', reasons }, rejected };
}

function pairsOf(lesion: LesionMatch | undefined, { severalLesions }: RoiRules): readonly LesionPair[] {
  if (lesion?.kind === 'matched') return [lesion.pair];
  return lesion?.kind === 'several' && severalLesions === 'measure' ? lesion.pairs : [];
}

function obstacleOf(
  pairs: readonly LesionPair[],
  baseline: KnownStudy,
  followUp: KnownStudy,
): Obstacle | undefined {
  if (pairs.length > MOST_LESIONS) {
    const text = `${pairs.length} lesions match; at most ${MOST_LESIONS} are measured.`;
    return { event: 'doubt', reasons: reason('MASK_AMBIGUOUS', text) };
  }
  if (new Set(pairs.map(({ trackingUid }) => trackingUid)).size < pairs.length) {
    const text = 'Several lesions bear one tracking UID: they cannot be told apart over time.';
    return { event: 'doubt', reasons: reason('MASK_AMBIGUOUS', text) };
  }
  for (const pair of pairs) {
    const obstacle =
      incompleteSeries(pair.followUp, followUp, 'follow-up') ??
      incompleteSeries(pair.baseline, baseline, 'baseline');
    if (obstacle) return obstacle;
  }
  return undefined;
}

/**
 * A series that is only partly here is never scored (SR.md 5): some images that the mask names are here and others are not,
 * or an archive that was asked for it says that it has more.
 */
function incompleteSeries(candidate: MaskCandidate, known: KnownStudy, where: string): Obstacle | undefined {
  const text = fewerThanArchived(candidate, known) ?? fewerThanNamed(candidate, known);
  if (text === undefined) return undefined;
  return { event: 'doubt', reasons: reason('SERIES_INCOMPLETE', `${where}: ${text}`) };
}

/** A mask that names several series (PET beside CT) says nothing about this one. */
function fewerThanNamed(candidate: MaskCandidate, { summary }: KnownStudy): string | undefined {
  if (candidate.mask.referencedSeries.length > 1) return undefined;
  const { missing, named } = missingReferencedImages(candidate, summary);
  if (missing === 0 || missing === named) return undefined;
  return `${missing} of ${named} images that the mask names are not here.`;
}

/** Of the CT, the missing images may be those at the lesion's end; of the masks, the missing one may be the newer drawing. */
function fewerThanArchived(
  { mask, series }: MaskCandidate,
  { summary, shortSeries = [] }: KnownStudy,
): string | undefined {
  const used = { CT: { ...series, StudyInstanceUID: summary.StudyInstanceUID }, mask };
  for (const [what, { StudyInstanceUID, SeriesInstanceUID }] of Object.entries(used)) {
    const short = shortSeries.find(
      (each) => each.StudyInstanceUID === StudyInstanceUID && each.SeriesInstanceUID === SeriesInstanceUID,
    );
    if (!short) continue;
    const { here, announced, archive } = short;
    return [
      `${here} of the ${announced} objects of the ${what} series that ${archive} says it has are here.`,
      'Send the missing ones, or correct the number there; the case goes on by itself.',
    ].join(' ');
  }
  return undefined;
}

/** Chosen at both time points: one lesion, whatever names and tracking say. */
function chosenPair(
  atBaseline: RegionChoice,
  atFollowUp: RegionChoice,
  chosen: OrderDetail<'regions'>,
  { summary }: KnownStudy,
): LesionMatch | undefined {
  if (!chosen.baseline || !chosen.followUp || !atBaseline.chosen || !atFollowUp.chosen) return undefined;
  return {
    kind: 'matched',
    pair: pairOf(atBaseline.chosen, atFollowUp.chosen, 'person', summary.identity),
  };
}

/** The lesion of both time points; undefined when one of them has no region to choose from. */
function lesionOf(
  atBaseline: RegionChoice,
  atFollowUp: RegionChoice,
  { summary }: KnownStudy,
): LesionMatch | undefined {
  if (atBaseline.ranked.length === 0 || atFollowUp.ranked.length === 0) return undefined;
  const alsoThere = { baseline: atBaseline.alsoThere, followUp: atFollowUp.alsoThere };
  return matchLesion(atBaseline.ranked, atFollowUp.ranked, summary.identity, { alsoThere });
}

export type Obstacle = Readonly<{ event: 'maskMissing' | 'doubt'; reasons: readonly Reason[] }>;
type RegionChoice = Readonly<{
  /** the regions that the rules leave: one, or several of which the other time point may tell one; none: nothing may be paired */
  ranked: readonly MaskCandidate[];
  /** tumours that the rules rank below them */
  alsoThere: readonly MaskCandidate[];
  rejected: readonly RejectedRegion[];
}> &
  (
    | Readonly<{ chosen: MaskCandidate; obstacle?: undefined }>
    | Readonly<{ chosen?: undefined; obstacle: Obstacle }>
  );

/**
 * The region of one time point, or why there is none yet or more than one. A mask object that could not be read is a
 * doubt even beside others: it may be the newer drawing. `name`: only regions of that name.
 */
export function chooseRegion(
  { summary, unreadableMasks, unapprovedMasks = 0 }: KnownStudy,
  where: string,
  roi: RoiRules,
  name?: string,
): RegionChoice {
  const { candidates, rejected } = masksOfSeries(summary);
  const named = name === undefined ? candidates : candidates.filter(({ region }) => region.name === name);
  const without = (event: Obstacle['event'], reasons: Obstacle['reasons']): RegionChoice => ({
    obstacle: { event, reasons },
    ranked: [],
    alsoThere: [],
    rejected,
  });
  const [unreadable] = unreadableMasks;
  if (unreadable) return without('doubt', reason(unreadable, `${where}: a mask object could not be read.`));
  const { ranked, alsoThere } = rankTumours(named, roi);
  const [chosen, second] = ranked;
  if (chosen && !second) return { chosen, ranked, alsoThere, rejected };
  if (chosen) {
    const list = ranked.map(({ mask, region }) => `${mask.kind} region ${region.number}`).join(', ');
    const text = `${where}: ${ranked.length} regions qualify and no rule tells which is meant: ${list}.`;
    const obstacle: Obstacle = { event: 'doubt', reasons: reason('MASK_AMBIGUOUS', text) };
    return { obstacle, ranked, alsoThere, rejected };
  }
  const unapproved =
    unapprovedMasks > 0 ? [`${unapprovedMasks} mask objects are here that are not approved yet.`] : [];
  const because = [...unapproved, ...new Set(rejected.map((each) => each.because))].join(' ');
  return without('maskMissing', reason('MASK_MISSING', `${where}: no usable mask. ${because}`.trim()));
}

/**
 * The region that a person chose, alone: other drawings, and objects that cannot be read, are no doubt any more where they were
 * here when it was chosen. It must lie on a CT series here as any other.
 */
function chosenRegion(
  known: KnownStudy,
  where: string,
  choice: ChosenRegion,
  chosenAt: Date | undefined,
): RegionChoice {
  const { candidates, rejected } = masksOfSeries(known.summary);
  const { SOPInstanceUID } = choice;
  const chosen = candidates.find(
    ({ mask, region }) =>
      mask.SOPInstanceUID === SOPInstanceUID &&
      region.number === choice.region &&
      region.name === choice.name,
  );
  const doubt = (reasons: readonly Reason[]): RegionChoice => ({
    obstacle: { event: 'doubt', reasons },
    ranked: [],
    alsoThere: [],
    rejected,
  });
  if (chosen && hasNewerDrawing(known, choice, chosenAt)) {
    const text = `${where}: A newer drawing came after a person chose the lesion; choose again or take the choice back.`;
    return doubt(reason('CHOICE_OUTDATED', text));
  }
  if (chosen) return { chosen, ranked: [chosen], alsoThere: [], rejected };
  const isMeant = (each: RejectedRegion): boolean =>
    each.SOPInstanceUID === SOPInstanceUID && (each.region === null || each.region === choice.region);
  const because = rejected.find(isMeant)?.because ?? 'It is not here as it was.';
  const text = `${where}: the region that a person chose cannot be used. ${because}`;
  return doubt(reason('CHOICE_INVALID', text));
}

/** Another mask object: the chosen one, when its sender corrects it, is known again by number and name. */
const hasNewerDrawing = (
  { maskArrivals = new Map<string, Date>() }: KnownStudy,
  { SOPInstanceUID }: ChosenRegion,
  chosenAt: Date | undefined,
): boolean =>
  chosenAt !== undefined &&
  [...maskArrivals].some(([uid, receivedAt]) => uid !== SOPInstanceUID && receivedAt > chosenAt);

/** The tumours that the rules prefer: none, the one, or several that a person must choose from; and all others. */
function rankTumours(
  candidates: readonly MaskCandidate[],
  roi: RoiRules,
): Pick<RegionChoice, 'ranked' | 'alsoThere'> {
  const asRegions = (of: readonly MaskCandidate[]) =>
    of.map((candidate) => ({ ...candidate.region, candidate }));
  const drawn = tumourRegions(asRegions(candidates), roi).map(({ candidate }) => candidate);
  // What a newer object replaced is there no more.
  const tumours = roi.severalObjects === 'newest' ? ofNewestObject(drawn) : drawn;
  const selected = selectRegion(asRegions(tumours), roi);
  if (selected.kind === 'none') return { ranked: [], alsoThere: [] };
  const left = selected.kind === 'chosen' ? [selected.region] : selected.candidates;
  const ranked = left.map(({ candidate }) => candidate);
  return { ranked, alsoThere: tumours.filter((candidate) => !ranked.includes(candidate)) };
}

/** Of several mask objects, the regions of the one that was certainly drawn last; all of them when that cannot be told. */
function ofNewestObject(candidates: readonly MaskCandidate[]): readonly MaskCandidate[] {
  const drawnAt = ({ mask }: MaskCandidate) => `${mask.drawnDate ?? ''}${mask.drawnTime ?? ''}`;
  const newest = candidates.map(drawnAt).sort().at(-1);
  const isKnown = candidates.every(
    ({ mask }) => mask.drawnDate !== undefined && mask.drawnTime !== undefined,
  );
  const last = candidates.filter((candidate) => drawnAt(candidate) === newest);
  const isOneObject = new Set(last.map(({ mask }) => mask.SOPInstanceUID)).size === 1;
  return isKnown && isOneObject ? last : candidates;
}

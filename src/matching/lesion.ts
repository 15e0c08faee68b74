/** Which lesion at follow-up is which at baseline (SR.md 4.4). Never by proximity: the frames of reference differ. */
import { canonicalJson, derivedUid, isUid } from '../dicom/uid.ts';
import type { PatientIdentity } from './identity.ts';
import { foldedName, mayBeOneLesion } from './lesion-name.ts';
import type { MaskCandidate } from './mask-of-series.ts';

export type LesionPair = Readonly<{
  baseline: MaskCandidate;
  followUp: MaskCandidate;
  by: 'trackingUid' | 'name' | 'single' | 'map' | 'person';
  /** where a person said which region is the lesion */
  chosen?: readonly ('baseline' | 'followUp')[] | undefined;
  /** label of the lesion, shown in the report */
  trackingId: string;
  /**
   * Of the baseline's mask if that carries one, else derived from patient and label there: the same at every visit. Follow-ups do not
   * count: some tools make a new one with every mask.
   */
  trackingUid: string;
}>;

export type LesionMatch =
  | Readonly<{ kind: 'matched'; pair: LesionPair }>
  /** several lesions were matched */
  | Readonly<{ kind: 'several'; pairs: readonly LesionPair[]; because: string }>
  | Readonly<{ kind: 'none'; because: string }>;

/** Names of one lesion at baseline and at follow-up, from the configuration. */
export type LesionMap = readonly Readonly<{ baseline: string; followUp: string }>[];

type Regions = readonly MaskCandidate[];
export type LesionOptions = Readonly<{
  map?: LesionMap;
  /** tumour regions that the rules ranked below those given: they are no choice, but the lesion is not alone */
  alsoThere?: Readonly<{ baseline: Regions; followUp: Regions }>;
}>;

type Pair = readonly [baseline: MaskCandidate, followUp: MaskCandidate];
type Equality = (baseline: MaskCandidate, followUp: MaskCandidate) => boolean;
type Sides = Readonly<{ baseline: Regions; followUp: Regions }>;

const namesOf = ({ region }: MaskCandidate): string[] =>
  [foldedName(region.trackingId), foldedName(region.name)].filter(Boolean);

/**
 * Pairs the tumour regions of both time points (`baseline` and `followUp`: those that the rules rank first): by equal
 * tracking UID, whatever else is there; else by equal tracking ID or name; else as the only tumour on both sides, unless
 * their names differ in more than a generic word; else by the configured map. Regions whose tracking differs are never
 * paired by name or as the only ones. A UID or name that is there twice on one side pairs nothing.
 */
export function matchLesion(
  baseline: Regions,
  followUp: Regions,
  patient: Pick<PatientIdentity, 'PatientID' | 'IssuerOfPatientID'>,
  { map = [], alsoThere = { baseline: [], followUp: [] } }: LesionOptions = {},
): LesionMatch {
  const ranked: Sides = { baseline, followUp };
  const all: Sides = {
    baseline: [...baseline, ...alsoThere.baseline],
    followUp: [...followUp, ...alsoThere.followUp],
  };
  const steps: readonly Readonly<{ by: LesionPair['by']; pairs: readonly Pair[] | 'unclear' }>[] = [
    { by: 'trackingUid', pairs: byTrackingUid(all) },
    { by: 'name', pairs: byName(all, ranked) },
    { by: 'single', pairs: bySingle(all) },
    { by: 'map', pairs: byMap(all, map) },
  ];
  for (const { by, pairs } of steps) {
    if (pairs === 'unclear') break;
    const found = pairs.map(([a, b]) => pairOf(a, b, by, patient));
    const [pair, second] = found;
    if (pair === undefined) continue;
    if (second === undefined) return { kind: 'matched', pair };
    return {
      kind: 'several',
      pairs: found,
      because: `${found.length} lesions match, and the rules let a person decide.`,
    };
  }
  return { kind: 'none', because: becauseNone(all) };
}

/** Two regions as one lesion, however that was found out. */
export const pairOf = (
  baseline: MaskCandidate,
  followUp: MaskCandidate,
  by: LesionPair['by'],
  patient: Pick<PatientIdentity, 'PatientID' | 'IssuerOfPatientID'>,
): LesionPair => ({ baseline, followUp, by, ...trackingOf(baseline, followUp, patient) });

/** Every pair that is equal; one region may be in several. */
const relatedBy = ({ baseline, followUp }: Sides, areEqual: Equality): Pair[] =>
  baseline.flatMap((a) => followUp.filter((b) => areEqual(a, b)).map((b): Pair => [a, b]));

/** True when neither region is in another of the pairs. */
const isUnique = ([a, b]: Pair, pairs: readonly Pair[]): boolean =>
  pairs.filter(([first, second]) => first === a || second === b).length === 1;

const haveEqualUids: Equality = ({ region: a }, { region: b }) =>
  isUid(a.trackingUid) && a.trackingUid === b.trackingUid;

/** Tracking says that these are two lesions: the UIDs when both have one, else the IDs. */
const areTrackedApart: Equality = ({ region: a }, { region: b }) => {
  if (isUid(a.trackingUid) && isUid(b.trackingUid)) return a.trackingUid !== b.trackingUid;
  const [idOfA, idOfB] = [foldedName(a.trackingId), foldedName(b.trackingId)];
  return idOfA !== '' && idOfB !== '' && idOfA !== idOfB;
};

const shareName: Equality = (a, b) => namesOf(a).some((name) => namesOf(b).includes(name));

/** `unclear`: a tracking UID of both sides is there twice on one of them. */
function byTrackingUid(all: Sides): readonly Pair[] | 'unclear' {
  const related = relatedBy(all, haveEqualUids);
  return related.every((pair) => isUnique(pair, related)) ? related : 'unclear';
}

/** Among the regions that rank first; a name that another tumour bears as well tells nothing. */
function byName(all: Sides, ranked: Sides): readonly Pair[] {
  const related = relatedBy(all, shareName);
  const first = related.filter(([a, b]) => ranked.baseline.includes(a) && ranked.followUp.includes(b));
  const certain = first.filter((pair) => isUnique(pair, related) && !areTrackedApart(...pair));
  return certain.length === 1 && first.length > 1 ? [] : certain;
}

function bySingle({ baseline, followUp }: Sides): readonly Pair[] {
  const pair = onlyPair(baseline, followUp);
  if (!pair || areTrackedApart(...pair)) return [];
  return mayBeOneLesion(namesOf(pair[0]), namesOf(pair[1])) ? [pair] : [];
}

function byMap(all: Sides, map: LesionMap): readonly Pair[] {
  const isNamed = (candidate: MaskCandidate, name: string) => namesOf(candidate).includes(foldedName(name));
  const areMapped: Equality = (a, b) =>
    map.some((row) => isNamed(a, row.baseline) && isNamed(b, row.followUp));
  const related = relatedBy(all, areMapped);
  return related.filter((pair) => isUnique(pair, related));
}

function onlyPair(baseline: Regions, followUp: Regions): Pair | undefined {
  const [[a, ...others], [b, ...more]] = [baseline, followUp];
  return a && b && others.length + more.length === 0 ? [a, b] : undefined;
}

function becauseNone({ baseline, followUp }: Sides): string {
  const pair = onlyPair(baseline, followUp);
  const counted = `${baseline.length} tumour regions at baseline and ${followUp.length} at follow-up: none is certainly the same lesion.`;
  if (!pair) return counted;
  const what = areTrackedApart(...pair) ? 'are tracked as two lesions' : 'have different names';
  return `The tumour regions of baseline and follow-up ${what}: not certainly the same lesion.`;
}

/** OHIF takes an identifier of this form for one of its own annotations, and would try to draw it. */
const FOREIGN_LABEL = /^Cornerstone3DTools@/;
const DEFAULT_LABEL = 'Lesion 1';

function trackingOf(
  baseline: MaskCandidate,
  followUp: MaskCandidate,
  { PatientID, IssuerOfPatientID }: Pick<PatientIdentity, 'PatientID' | 'IssuerOfPatientID'>,
): Pick<LesionPair, 'trackingId' | 'trackingUid'> {
  const regions = [baseline.region, followUp.region];
  const labels = regions.flatMap(({ trackingId, name }) => [trackingId, name]);
  const usable = labels.find(isUsable);
  const trackingId = usable?.trim().slice(0, 64) ?? DEFAULT_LABEL;
  const ofBaseline = [baseline.region.trackingId, baseline.region.name].find(isUsable);
  const key = {
    lesion: foldedName(ofBaseline ?? usable ?? DEFAULT_LABEL),
    PatientID: PatientID ?? '',
    IssuerOfPatientID: IssuerOfPatientID ?? '',
  };
  const given = baseline.region.trackingUid;
  return { trackingId, trackingUid: isUid(given) ? given : derivedUid(canonicalJson(key)) };
}

const isUsable = (label: string | undefined): label is string =>
  label !== undefined && label.trim() !== '' && !FOREIGN_LABEL.test(label.trim());

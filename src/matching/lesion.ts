/** Which lesion at follow-up is which at baseline (SR.md 4.4). Never by proximity: the frames of reference differ. */
import { canonicalJson, derivedUid, isUid } from '../dicom/uid.ts';
import type { PatientIdentity } from './identity.ts';
import type { MaskCandidate } from './mask-of-series.ts';

export type LesionPair = Readonly<{
  baseline: MaskCandidate;
  followUp: MaskCandidate;
  by: 'trackingUid' | 'name' | 'single' | 'map';
  /** label of the lesion, shown in the report */
  trackingId: string;
  /** of the mask if it carries one, else derived from patient and label: the same at every visit */
  trackingUid: string;
}>;

export type LesionMatch =
  | Readonly<{ kind: 'matched'; pair: LesionPair }>
  /** several lesions were matched: the model speaks of one */
  | Readonly<{ kind: 'several'; pairs: readonly LesionPair[]; because: string }>
  | Readonly<{ kind: 'none'; because: string }>;

/** Names of one lesion at baseline and at follow-up, from the configuration. */
export type LesionMap = readonly Readonly<{ baseline: string; followUp: string }>[];

type Pairing = Readonly<{ by: LesionPair['by']; areEqual: (a: MaskCandidate, b: MaskCandidate) => boolean }>;

/** Case and separators do not tell lesions apart: `GTV-1`, `gtv_1` and `GTV 1` are one name. */
const folded = (name: string | undefined): string =>
  (name ?? '')
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_.-]+/g, ' ')
    .trim();
const namesOf = ({ region }: MaskCandidate): string[] =>
  [folded(region.trackingId), folded(region.name)].filter(Boolean);

/**
 * Pairs the chosen regions of both time points: by equal tracking UID, else equal tracking ID or name, else the only one
 * on both sides, else the configured map. A name that is there twice on one side pairs nothing.
 */
export function matchLesion(
  baseline: readonly MaskCandidate[],
  followUp: readonly MaskCandidate[],
  patient: Pick<PatientIdentity, 'PatientID' | 'IssuerOfPatientID'>,
  map: LesionMap = [],
): LesionMatch {
  const pairings: readonly Pairing[] = [
    {
      by: 'trackingUid',
      areEqual: (a, b) => isUid(a.region.trackingUid) && a.region.trackingUid === b.region.trackingUid,
    },
    { by: 'name', areEqual: (a, b) => namesOf(a).some((name) => namesOf(b).includes(name)) },
    { by: 'single', areEqual: () => baseline.length === 1 && followUp.length === 1 },
    {
      by: 'map',
      areEqual: (a, b) => map.some((row) => isNamed(a, row.baseline) && isNamed(b, row.followUp)),
    },
  ];
  for (const { by, areEqual } of pairings) {
    const pairs = uniquePairs(baseline, followUp, areEqual).map(([a, b]) => ({
      baseline: a,
      followUp: b,
      by,
      ...trackingOf(a, b, patient),
    }));
    const [pair, second] = pairs;
    if (pair === undefined) continue;
    if (second === undefined) return { kind: 'matched', pair };
    return { kind: 'several', pairs, because: `${pairs.length} lesions match; the model speaks of one.` };
  }
  const because = `${baseline.length} regions at baseline and ${followUp.length} at follow-up: none is certainly the same lesion.`;
  return { kind: 'none', because };
}

const isNamed = (candidate: MaskCandidate, name: string): boolean =>
  namesOf(candidate).includes(folded(name));

function uniquePairs(
  baseline: readonly MaskCandidate[],
  followUp: readonly MaskCandidate[],
  areEqual: Pairing['areEqual'],
): [MaskCandidate, MaskCandidate][] {
  return baseline.flatMap((a): [MaskCandidate, MaskCandidate][] => {
    const partners = followUp.filter((b) => areEqual(a, b));
    const [partner, second] = partners;
    if (partner === undefined || second !== undefined) return [];
    return baseline.filter((other) => areEqual(other, partner)).length === 1 ? [[a, partner]] : [];
  });
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
  const usable = labels.find((label) => label?.trim() && !FOREIGN_LABEL.test(label.trim()));
  const trackingId = usable?.trim().slice(0, 64) ?? DEFAULT_LABEL;
  const given = regions.map(({ trackingUid }) => trackingUid).find(isUid);
  const key = {
    lesion: folded(trackingId),
    PatientID: PatientID ?? '',
    IssuerOfPatientID: IssuerOfPatientID ?? '',
  };
  return { trackingId, trackingUid: given ?? derivedUid(canonicalJson(key)) };
}

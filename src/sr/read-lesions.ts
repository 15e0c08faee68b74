/** The lesions of a report of ours, from its measurement groups (TID 1411 and 1501); the groups are told apart by codes, not by texts. */
import type { Dataset } from '../dicom/part10.ts';
import type { DeltaStability } from '../model/stability.ts';
import { CODES } from './codes.ts';
import {
  choiceNamed,
  itemNamed,
  itemsNamed,
  malformed,
  numberIn,
  numberNamed,
  textNamed,
  theItem,
  theNumber,
  uidNamed,
} from './read-items.ts';
import { itemsOf, textOf } from './read-tree.ts';

type ReadTimePoint = Readonly<{
  /** YYYYMMDD; '' when unknown */
  StudyDate: string;
  SeriesInstanceUID: string;
  volumeMm3: number;
  longestInPlaneDiameterMm: number;
  maximum3DDiameterMm: number;
  /** null when undefined */
  featureValue: number | null;
}>;

export type ReadLesion = Readonly<{
  trackingId: string;
  trackingUid: string;
  role: 'target' | 'other';
  baseline: ReadTimePoint;
  followUp: ReadTimePoint;
  delta: number | null;
  stability: DeltaStability | undefined;
  shrinkagePercent: number;
}>;

/** What is read of the target's group besides the lesion. */
export type ReadGroups = Readonly<{
  /** the target first */
  lesions: readonly ReadLesion[];
  /** TID 1501 of the target */
  change: Dataset;
  /** PyRadiomics name */
  feature: string;
}>;

const ROLES = { target: CODES.targetLesion, other: CODES.otherLesion } as const;

const templateOf = (group: Dataset): string => {
  const [template] = itemsOf(group, 'ContentTemplateSequence');
  return template ? textOf(template, 'TemplateIdentifier') : '';
};

export function readGroups(measurements: Dataset): ReadGroups {
  const groups = itemsNamed(measurements, CODES.measurementGroup);
  const regions = groups.filter((group) => templateOf(group) === '1411');
  const changes = groups.filter((group) => templateOf(group) === '1501');
  if (regions.length !== 2 * changes.length) malformed('not two time points a lesion');
  const lesions = changes.map((change) => readLesion(change, regions));
  const at = lesions.findIndex(({ role }) => role === 'target');
  const [target, change] = [lesions[at], changes[at]];
  const others = lesions.filter(({ role }) => role === 'other');
  if (!target || !change || others.length !== lesions.length - 1) malformed('not exactly one target');
  if (new Set(lesions.map(({ trackingUid }) => trackingUid)).size !== lesions.length) {
    malformed('a lesion stands twice');
  }
  return { lesions: [target, ...others], change, feature: featureOf(regions) };
}

function readLesion(change: Dataset, regions: readonly Dataset[]): ReadLesion {
  const trackingUid = uidNamed(change, CODES.trackingUid);
  const points = regions.filter((region) => uidNamed(region, CODES.trackingUid) === trackingUid);
  const [baseline, secondBaseline] = points.filter(isBaseline);
  const [followUp, secondFollowUp] = points.filter((point) => !isBaseline(point));
  if (!baseline || !followUp || secondBaseline || secondFollowUp) malformed('not two time points a lesion');
  const delta = theItem(change, CODES.deltaDifferenceVariance, CODES.deltaFeature);
  return {
    trackingId: textNamed(change, CODES.trackingIdentifier),
    trackingUid,
    role: choiceNamed(change, CODES.lesionRole, ROLES) ?? malformed('a lesion without a role'),
    baseline: readTimePoint(baseline),
    followUp: readTimePoint(followUp),
    delta: numberIn(delta, CODES.noUnits),
    stability: readStability(delta),
    shrinkagePercent: theNumber(change, CODES.percent, CODES.shrinkage),
  };
}

const isBaseline = (point: Dataset): boolean =>
  choiceNamed(point, CODES.timePointType, { baseline: CODES.baselineTimePoint }) !== undefined;

const featureItem = (point: Dataset): Dataset =>
  theItem(point, CODES.differenceVariance, CODES.radiomicFeature);

function readTimePoint(point: Dataset): ReadTimePoint {
  return {
    StudyDate: textNamed(point, CODES.subjectTimePoint).replaceAll('-', ''),
    SeriesInstanceUID: uidNamed(point, CODES.sourceSeries),
    volumeMm3: lengthOf(theNumber(point, CODES.cubicMillimetre, CODES.volume)),
    longestInPlaneDiameterMm: lengthOf(theNumber(point, CODES.millimetre, CODES.longAxis)),
    maximum3DDiameterMm: lengthOf(theNumber(point, CODES.millimetre, CODES.maximum3dDiameter)),
    featureValue: numberIn(featureItem(point), CODES.noUnits),
  };
}

const lengthOf = (value: number): number => (value >= 0 ? value : malformed('a negative size'));

/** All groups are of one feature. */
function featureOf(points: readonly Dataset[]): string {
  const names = new Set(points.map((point) => textNamed(featureItem(point), CODES.equivalentMeaning)));
  const [name] = names;
  return name && names.size === 1 ? name : malformed('not one feature');
}

function readStability(delta: Dataset): DeltaStability | undefined {
  if (!itemNamed(delta, CODES.deltaPairs)) return undefined;
  const [pairs, minimum, maximum, sd] = [
    CODES.deltaPairs,
    CODES.deltaMinimum,
    CODES.deltaMaximum,
    CODES.deltaDeviation,
  ].map((concept) => numberNamed(delta, CODES.noUnits, concept) ?? malformed('stability in part')) as [
    number,
    number,
    number,
    number,
  ];
  return { pairs, minimum, maximum, sd };
}

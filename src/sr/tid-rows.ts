/** The rows that a report must have, by template (TID 1500, 1411, 1501; SR.md section 2). */
import type { Code } from '../dicom/header.ts';
import { CODES } from './codes.ts';
import type { Relationship, ValueType } from './relationships.ts';

export type TidRow = Readonly<{
  relationship: Relationship;
  valueType: ValueType;
  /** one of them */
  concepts: readonly Code[];
}>;

const row = (relationship: Relationship, valueType: ValueType, ...concepts: readonly Code[]): TidRow => ({
  relationship,
  valueType,
  concepts,
});

const FEATURES = [CODES.differenceVariance, CODES.radiomicFeature];
const DELTAS = [CODES.deltaDifferenceVariance, CODES.deltaFeature];

const TRACKED = [
  row('HAS OBS CONTEXT', 'TEXT', CODES.trackingIdentifier),
  row('HAS OBS CONTEXT', 'UIDREF', CODES.trackingUid),
  row('HAS OBS CONTEXT', 'TEXT', CODES.timePoint),
  row('CONTAINS', 'CODE', CODES.finding),
];

/** Direct children that every finished document has, whatever the case. */
export const MANDATORY_ROWS = {
  '1500': [
    row('HAS CONCEPT MOD', 'CODE', CODES.language),
    row('HAS OBS CONTEXT', 'CODE', CODES.observerType),
    row('HAS OBS CONTEXT', 'UIDREF', CODES.deviceObserverUid),
    row('HAS CONCEPT MOD', 'CODE', CODES.procedureReported),
    row('CONTAINS', 'TEXT', CODES.summary),
    row('CONTAINS', 'CONTAINER', CODES.imagingMeasurements),
    row('CONTAINS', 'CONTAINER', CODES.qualitativeEvaluations),
  ],
  '1411': [
    ...TRACKED,
    row('HAS CONCEPT MOD', 'CODE', CODES.findingSite),
    row('CONTAINS', 'UIDREF', CODES.sourceSeries),
    row('CONTAINS', 'NUM', CODES.volume),
    row('CONTAINS', 'NUM', CODES.longAxis),
    row('CONTAINS', 'NUM', ...FEATURES),
  ],
  '1501': [...TRACKED, row('CONTAINS', 'CODE', CODES.lesionRole), row('CONTAINS', 'NUM', ...DELTAS)],
  qualitative: [
    row('CONTAINS', 'CODE', CODES.qualityAssessment),
    row('CONTAINS', 'TEXT', CODES.qualityFinding),
    row('CONTAINS', 'CODE', CODES.normalisationStatus),
    row('CONTAINS', 'CODE', CODES.calibrationStatus),
    row('CONTAINS', 'TEXT', CODES.comment),
  ],
} as const satisfies Record<string, readonly TidRow[]>;

/** The region of a 1411 group: exactly one in a document, both in a template. */
export const REGION_ROWS: readonly TidRow[] = [
  row('CONTAINS', 'IMAGE', CODES.referencedSegment),
  row('CONTAINS', 'COMPOSITE', CODES.regionInSpace),
];

/** Rows of the 1501 group that a template needs and a report without normalisation leaves out. */
export const MODEL_ROWS: readonly TidRow[] = [
  row('CONTAINS', 'NUM', CODES.zScore),
  row('CONTAINS', 'NUM', CODES.probability),
  row('CONTAINS', 'CODE', CODES.predictedClass),
];

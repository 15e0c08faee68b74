/** Facts of a case, computed from headers, geometry, the region, the patient record and the identities. */
import type { Header } from '../dicom/header.ts';
import { isLossy } from '../dicom/transfer-syntax.ts';
import { daysBetween } from '../dicom/values.ts';
import type { MaskDescription } from '../masks/region.ts';
import type { IdentityComparison } from '../matching/identity.ts';
import { generationOfDrug, type Patient } from '../patients/patient.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { contrastStatus } from './contrast.ts';
import type { Fact, Facts, TimePointFacts } from './fact-names.ts';
import { bodyPart, imageKind, normalToZDegrees, rescaleType, sopKind } from './image-facts.ts';
import { kernelFamily } from './kernel.ts';
import { beyondMask, missingSlices } from './missing-slices.ts';

export type MeasuredFacts = Pick<Measurement, 'header' | 'geometry' | 'roi' | 'findings'>;
type TimePoint = Readonly<{ measurement: MeasuredFacts; mask: MaskDescription }>;
export type CaseInput = Readonly<{
  baseline: TimePoint;
  followUp: TimePoint;
  /** of the two studies, from matching */
  identity: IdentityComparison;
  patient: Patient | undefined;
}>;

/** Every fact of a case; what cannot be known is null. */
export function factsOf({ baseline, followUp, identity, patient }: CaseInput): Facts {
  const before = timePointFacts(baseline);
  const after = timePointFacts(followUp);
  const headers = { baseline: baseline.measurement.header, followUp: followUp.measurement.header };
  return {
    baseline: before,
    followUp: after,
    pair: {
      ...pairFacts(headers, { baseline: before, followUp: after }, identity),
      airChangePercent: change(baseline.measurement.roi.airFraction, followUp.measurement.roi.airFraction),
      fluidChangePercent: change(
        baseline.measurement.roi.fluidFraction,
        followUp.measurement.roi.fluidFraction,
      ),
    },
    case: therapyFacts(patient, headers.baseline.StudyDate),
  };
}

type Both<T> = Readonly<{ baseline: T; followUp: T }>;

/** Facts of both time points together that need no pixels. */
export const pairFacts = (
  headers: Both<Pick<Header, 'StudyDate'>>,
  { baseline, followUp }: Both<Pick<TimePointFacts, 'sliceThicknessMm' | 'kernelFamily'>>,
  identity: IdentityComparison,
) => ({
  sliceThicknessDifferenceMm: fact(
    absoluteDifference(baseline.sliceThicknessMm.value, followUp.sliceThicknessMm.value),
  ),
  kernelAgreement: fact(kernelAgreement(baseline.kernelFamily.value, followUp.kernelFamily.value)),
  birthDateAgreement: fact(identity.birthDate),
  sexAgreement: fact(identity.sex),
  issuerAgreement: fact(identity.issuer),
  intervalDays: fact(daysFrom(headers.baseline.StudyDate, headers.followUp.StudyDate)),
});

const fact = (value: Fact['value'], detail?: string): Fact => (detail ? { value, detail } : { value });
const daysFrom = (from: string | undefined, to: string | undefined): number | null =>
  daysBetween(from ?? '', to ?? '') ?? null;

/** Change of a share, in percentage points either way, with both shares. */
function change(before: number, after: number): Fact {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return fact(Math.abs(after - before) * 100, `${percent(before)}, ${percent(after)}`);
}

/** Facts of one time point. */
export const timePointFacts = ({ measurement, mask }: TimePoint): TimePointFacts => ({
  ...headerFacts(measurement.header),
  ...maskFacts(measurement.header, mask),
  ...measuredFacts(measurement),
});

/** What the header of any slice tells. Of the slices that are measured, `measuredFacts` tells it again. */
export function headerFacts(header: Header) {
  const contrast = contrastStatus(header);
  return {
    sopKind: fact(sopKind(header)),
    modalityIsCt: fact(
      header.Modality === undefined || header.Modality === '' ? null : header.Modality === 'CT',
    ),
    imageKind: fact(imageKind(header)),
    normalToZDegrees: fact(normalToZDegrees(header)),
    sliceThicknessMm: fact(header.SliceThickness ?? null),
    bodyPart: fact(bodyPart(header)),
    contrastStatus: fact(contrast.status, contrast.words.join(', ')),
    kernelFamily: fact(kernelFamily(header)),
    rescaleType: fact(rescaleType(header)),
    isLossy: fact(isLossy(header)),
  };
}

/** What the mask object tells of itself. */
export const maskFacts = (header: Pick<Header, 'StudyDate'>, mask: MaskDescription) => ({
  maskApproval: fact(maskApproval(mask)),
  maskDaysAfterStudy: fact(daysFrom(header.StudyDate, mask.drawnDate)),
});

/** What is known once images and mask were read. */
function measuredFacts({ geometry, roi, findings }: MeasuredFacts) {
  const missing = missingSlices(geometry, roi.slices);
  const beyond = beyondMask(geometry, roi.slices);
  const [rowSpacing, columnSpacing] = geometry.pixelSpacingMm;
  const larger = Math.max(rowSpacing, columnSpacing);
  return {
    normalToZDegrees: fact(geometry.normalToZDegrees),
    orientationSpreadDegrees: fact(geometry.orientationSpreadDegrees),
    gantryTiltDegrees: fact(
      geometry.gantryTiltDegrees === null ? null : Math.abs(geometry.gantryTiltDegrees),
    ),
    shearDegrees: fact(geometry.shearDegrees),
    missingSlicesNearMask: fact(missing.nearMask),
    missingSlicesElsewhere: fact(missing.elsewhere),
    slicesBeyondMask: fact(beyond.slices),
    marginBeyondMaskMm: fact(beyond.marginMm),
    stepDeviationPercent: fact(stepDeviationPercent(geometry)),
    duplicatePositions: fact(geometry.duplicatePositions),
    isUniform: fact(geometry.isUniform),
    inPlaneAnisotropyPercent: fact((100 * Math.abs(rowSpacing - columnSpacing)) / larger),
    sliceThicknessMm: fact(geometry.sliceThicknessMm),
    hasPaddingInRoi: fact(roi.hasPadding),
    roiVoxels: fact(roi.voxels),
    roiSlices: fact(roi.slices[1] - roi.slices[0] + 1),
    toleratedDeviations: fact(findings.length, listed(findings)),
  };
}

/** Slice positions are written with few decimals: a deviation of up to 0.01 mm is none. */
const ROUNDED_POSITION_MM = 0.01;
const stepDeviationPercent = ({ stepDeviationMm, sliceSpacingMm }: MeasuredFacts['geometry']): number =>
  stepDeviationMm <= ROUNDED_POSITION_MM ? 0 : (100 * stepDeviationMm) / sliceSpacingMm;

function maskApproval({ ApprovalStatus }: MaskDescription): string {
  const words: Readonly<Record<string, string>> = {
    APPROVED: 'approved',
    UNAPPROVED: 'unapproved',
    REJECTED: 'rejected',
  };
  return words[ApprovalStatus?.trim().toUpperCase() ?? ''] ?? 'notSaid';
}

const absoluteDifference = (a: Fact['value'], b: Fact['value']): number | null =>
  typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) : null;

function kernelAgreement(a: Fact['value'], b: Fact['value']): string {
  if (a === 'unknown' || b === 'unknown') return 'unknown';
  return a === b ? 'same' : 'different';
}

export function therapyFacts(patient: Patient | undefined, baselineDate: string | undefined): Facts['case'] {
  const generation = patient?.generation ?? generationOfDrug(patient?.drug);
  const parts = {
    'TKI start': patient?.tkiStart,
    'TKI generation': generation,
    mutation: patient?.mutation,
    'other therapy': patient?.otherTherapy,
  };
  const other = patient?.otherTherapy;
  return {
    therapyRecord: therapyRecord(parts),
    tkiGeneration: fact(generation ?? 'unknown'),
    mutation: fact(patient?.mutation ?? 'unknown'),
    otherTherapy: fact(!other ? 'unknown' : other === 'none' ? 'none' : 'given'),
    baselineDaysAfterTkiStart: fact(daysFrom(patient?.tkiStart, baselineDate)),
  };
}

function therapyRecord(parts: Readonly<Record<string, string | undefined>>): Fact {
  const names = Object.keys(parts);
  const missing = names.filter((name) => !parts[name]);
  if (missing.length === 0) return fact('recorded');
  if (missing.length === names.length) return fact('notRecorded');
  return fact('recordedInPart', `not known: ${missing.join(', ')}`);
}

/** The report's text items are short; what does not fit is counted. */
const MOST_DEVIATIONS_SHOWN = 5;
function listed(findings: readonly string[]): string {
  const shown = findings.slice(0, MOST_DEVIATIONS_SHOWN);
  const rest = findings.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

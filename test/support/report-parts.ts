/** What reports made by hand are made of: invented patients, numbers and UIDs (root 2.25, derived from names). */
import type { Header } from '../../src/dicom/header.ts';
import { derivedUid } from '../../src/dicom/uid.ts';
import type { MaskDescription, Region } from '../../src/masks/region.ts';
import type { Growth } from '../../src/model/growth.ts';
import type { ModelFile } from '../../src/model/model-file.ts';
import type { ScoreResult } from '../../src/model/score-result.ts';
import type { TrendPoint } from '../../src/model/trend.ts';
import type { ReportContent, ReportLesion, ReportTimePoint } from '../../src/sr/report.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';

export const MODEL: ModelFile = {
  id: 'ear-delta-2023',
  version: '1',
  title: 'EAR delta-radiomics logistic regression',
  feature: FEATURE,
  definition: 'followUpMinusBaseline',
  coefficient: 0.90483,
  intercept: 0.06478,
  cutOff: 0.4438,
  training: { n: 134, prevalence: 0.5, z: 'standardNormal' },
  recipe: 'ear-2023',
  recipeDigest: 'ab'.repeat(32),
  citation: 'Invented citation of the published model, Journal of Examples 2023',
  provenance: 'published coefficients',
};

export const uid = (name: string): string => derivedUid(`test ${name}`);

type MaskKind = MaskDescription['kind'];

export function timePoint(
  label: string,
  kind: MaskKind,
  header: Partial<Header>,
  values: Readonly<{
    volumeMm3: number;
    diameterMm: number;
    inPlaneMm?: number;
    feature: number | null;
  }>,
): ReportTimePoint {
  const ids = {
    StudyInstanceUID: uid(`${label} study`),
    SeriesInstanceUID: uid(`${label} series`),
  };
  const instances = Array.from({ length: 12 }, (_, slice) => ({
    SOPClassUID: CT,
    SOPInstanceUID: uid(`${label} slice ${slice}`),
  }));
  const region: Region = {
    number: kind === 'SEG' ? 2 : 7,
    name: 'GTV-1',
    typeCodes: [
      { CodeValue: '86049000', CodingSchemeDesignator: 'SCT', CodeMeaning: 'whatever the sender wrote' },
    ],
    contourOrFrameCount: 9,
  };
  return {
    measurement: {
      features: { [FEATURE]: values.feature },
      undefinedBecause: {},
      perturbed: {},
      recipeDigest: 'ab'.repeat(32),
      pixelPath: 'integer',
      header: {
        TransferSyntaxUID: '1.2.840.10008.1.2.1',
        SOPClassUID: CT,
        SOPInstanceUID: instances[0]!.SOPInstanceUID,
        ...ids,
        PatientName: 'Doe^Jane',
        PatientID: 'PAT1',
        PatientBirthDate: '19600102',
        PatientSex: 'F',
        StudyTime: '101500',
        StudyID: '1',
        AccessionNumber: 'ACC-1',
        ReferringPhysicianName: 'Smith^John',
        ...header,
      },
      instances,
      grid: {
        size: [64, 64, 12],
        spacing: [0.7, 0.7, 3],
        origin: [0, 0, 0],
        direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      },
      geometry: {
        sliceCount: 12,
        sliceSpacingMm: 3,
        sliceThicknessMm: 3,
        pixelSpacingMm: [0.7, 0.7],
        normalToZDegrees: 0,
        orientationSpreadDegrees: 0,
        gantryTiltDegrees: 0,
        shearDegrees: 0,
        gaps: [],
        stepDeviationMm: 0,
        duplicatePositions: 0,
        isUniform: true,
      },
      roi: {
        voxels: 1000,
        volumeMm3: values.volumeMm3,
        slices: [2, 8],
        hasPadding: false,
        longestInPlaneDiameterMm: values.inPlaneMm ?? values.diameterMm * 0.75,
        maximum3DDiameterMm: values.diameterMm,
        airFraction: 0.01,
        fluidFraction: 0.12,
      },
      resampled: {
        grid: {
          size: [40, 40, 12],
          spacing: [0.702, 0.702, 3],
          origin: [0, 0, 0],
          direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
        },
        roiVoxels: 990,
        isInterpolated: true,
      },
      refinedVoxels: {},
      seconds: { load: 0.2, extraction: 0.1, cold: 0.1 },
      findings: [],
      imageDigest: 'a'.repeat(64),
      maskDigest: 'b'.repeat(64),
    },
    mask: {
      kind,
      SOPClassUID: kind === 'SEG' ? '1.2.840.10008.5.1.4.1.1.66.4' : '1.2.840.10008.5.1.4.1.1.481.3',
      SOPInstanceUID: uid(`${label} mask`),
      SeriesInstanceUID: uid(`${label} mask series`),
      StudyInstanceUID: ids.StudyInstanceUID,
      referencedSeries: [ids.SeriesInstanceUID],
      referencedInstances: [],
      regions: [region],
    },
    region,
  };
}

export const NORMALISED: ScoreResult = {
  model: { id: MODEL.id, version: MODEL.version, sha256: 'c'.repeat(64) },
  feature: FEATURE,
  baselineValue: 2.4175123456789,
  followUpValue: 3.092192345678,
  delta: 3.092192345678 - 2.4175123456789,
  normalisation: {
    kind: 'supplied',
    mean: 0.1,
    sd: 0.9,
    n: 134,
    source: 'invented for the test',
    isProvisional: false,
  },
  z: 0.6385333333333333,
  probability: 0.655312345,
  interval: [0.445, 0.802212],
  cutOff: 0.4438,
  category: 'positive',
  because: 'The whole interval is at or above the cut-off.',
  reason: { kind: 'decided' },
  priorShifted: null,
};

/** 49.9446 and 47.21 mm in space, three quarters of that in plane. */
export const STEADY: Growth = {
  lesions: 1,
  currentMm: 35.4075,
  nadirMm: 37.45845,
  nadirStudyDate: '20241102',
  timePoints: 1,
  growthMm: -2.05095,
  growthFraction: -0.0547526,
  isProgression: false,
};

/** The same lesion with other words about the patient and the study. */
export const withHeader = (point: ReportTimePoint, header: Partial<Header>): ReportTimePoint => ({
  ...point,
  measurement: { ...point.measurement, header: { ...point.measurement.header, ...header } },
});

export const NOT_NORMALISED: ScoreResult = {
  ...NORMALISED,
  normalisation: { kind: 'local', n: 12, mean: 0.1, sd: 0.8, version: 'v0', isProvisional: true },
  z: null,
  probability: null,
  interval: null,
  category: null,
  because: 'No probability can be given: the normalisation rests on 12 cases, fewer than 20.',
  reason: { kind: 'tooFewCases', n: 12, needed: 20 },
  rank: { below: 9, of: 12 },
};

export function secondLesion(): ReportLesion {
  const feature = { baselineValue: 1.75, followUpValue: 1.5, delta: -0.25 };
  return {
    lesion: { trackingId: 'Lesion 2', trackingUid: uid('second lesion') },
    baseline: timePoint(
      'baseline',
      'SEG',
      { StudyDate: '20241102' },
      { volumeMm3: 2110.4, diameterMm: 19.5, feature: feature.baselineValue },
    ),
    followUp: timePoint(
      'follow-up',
      'RTSTRUCT',
      { StudyDate: '20250102' },
      { volumeMm3: 1814.25, diameterMm: 17.21, feature: feature.followUpValue },
    ),
    score: { ...NOT_NORMALISED, ...feature, rank: null },
    stability: undefined,
  };
}

export const CLASSIC: NonNullable<ReportContent['classic']> = {
  model: {
    id: 'ear-classic-2023',
    version: '1',
    title: 'Classic radiomics logistic regression',
    definition: 'followUpAlone',
    coefficients: { original_glcm_DifferenceVariance: -0.016 },
    intercept: 0.0173,
    cutOff: 0.4542,
    training: { n: 134, prevalence: 0.5, z: 'standardNormal' },
    recipe: 'ear-2023',
    recipeDigest: 'ab'.repeat(32),
    citation: 'Invented citation of the published model, Journal of Examples 2023',
    provenance: 'published coefficients',
  },
  result: {
    model: { id: 'ear-classic-2023', version: '1', sha256: 'c'.repeat(64) },
    values: { original_glcm_DifferenceVariance: 2.5 },
    z: { original_glcm_DifferenceVariance: 0.5 },
    normalisation: {
      kind: 'supplied',
      n: 134,
      source: 'invented for the test',
      features: { original_glcm_DifferenceVariance: { mean: 2, sd: 1 } },
      isProvisional: false,
    },
    probability: 0.502325,
    interval: [0.418, 0.587],
    cutOff: 0.4542,
    category: 'indeterminate',
    because: 'The 95 % interval straddles the cut-off.',
    reason: { kind: 'decided' },
  },
};

export const trendPoint = (StudyDate: string, delta: number, probability: number | null): TrendPoint => ({
  StudyInstanceUID: uid(`study of ${StudyDate}`),
  StudyDate,
  baselineStudyInstanceUID: uid('baseline study'),
  target: uid('lesion'),
  feature: FEATURE,
  delta,
  probability,
  category: probability === null ? null : 'indeterminate',
  diametersMm: { [uid('lesion')]: 36 },
});

/** What an evaluation keeps of a report for later ones. */
export function pointOf(content: ReportContent): TrendPoint {
  const { score, lesion, otherLesions } = content;
  const { header } = content.followUp.measurement;
  return {
    StudyInstanceUID: header.StudyInstanceUID,
    StudyDate: header.StudyDate ?? '',
    baselineStudyInstanceUID: content.baseline.measurement.header.StudyInstanceUID,
    target: lesion.trackingUid,
    feature: score.feature,
    delta: score.delta,
    probability: score.probability,
    category: score.category,
    diametersMm: Object.fromEntries(
      [content, ...otherLesions].map((each) => [
        each.lesion.trackingUid,
        each.followUp.measurement.roi.longestInPlaneDiameterMm,
      ]),
    ),
  };
}

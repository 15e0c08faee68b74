/** Reports made by hand: invented patients, numbers and UIDs (root 2.25, derived from names). */
import type { Header } from '../../src/dicom/header.ts';
import { derivedUid } from '../../src/dicom/uid.ts';
import type { MaskDescription, Region } from '../../src/masks/region.ts';
import type { ModelFile } from '../../src/model/model-file.ts';
import type { ScoreResult } from '../../src/model/score-result.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import type { ReportContent, ReportTimePoint } from '../../src/sr/report.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';

const MODEL: ModelFile = {
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

const uid = (name: string): string => derivedUid(`test ${name}`);

type MaskKind = MaskDescription['kind'];

function timePoint(
  label: string,
  kind: MaskKind,
  header: Partial<Header>,
  values: Readonly<{ volumeMm3: number; diameterMm: number; feature: number | null }>,
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
      features: { [FEATURE]: values.feature, original_shape_Maximum3DDiameter: values.diameterMm },
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
      roi: { voxels: 1000, volumeMm3: values.volumeMm3, slices: [2, 8], hasPadding: false },
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
  priorShifted: null,
};

/** A report as the shipped template shows it; every test changes only what it is about. */
export function reportContent(changes: Partial<ReportContent> = {}): ReportContent {
  return {
    baseline: timePoint(
      'baseline',
      'SEG',
      { StudyDate: '20241102' },
      { volumeMm3: 32110.4, diameterMm: 49.9446, feature: NORMALISED.baselineValue },
    ),
    followUp: timePoint(
      'follow-up',
      'RTSTRUCT',
      { StudyDate: '20250102' },
      { volumeMm3: 28114.25, diameterMm: 47.21, feature: NORMALISED.followUpValue },
    ),
    intervalDays: 61,
    lesion: { trackingId: 'Lesion 1', trackingUid: uid('lesion') },
    score: NORMALISED,
    model: MODEL,
    settings: EAR_2023,
    findings: [
      {
        id: 'QC-05',
        check: 'slice thickness',
        values: 'baseline 3.0 mm, follow-up 3.0 mm',
        outcome: 'pass',
      },
      { id: 'QC-07', check: 'therapy', values: 'not recorded', outcome: 'warn' },
    ],
    remarks: ['Baseline: the earliest study of the patient with a mask.'],
    installation: { uid: uid('installation'), name: 'EARSHOT-01', softwareVersion: '0.1.0' },
    digests: { rules: 'd'.repeat(64), template: 'f'.repeat(64), configuration: 'e'.repeat(64) },
    srSopClass: 'comprehensive',
    language: 'en',
    seriesNumber: 9101,
    completed: { date: '20250103', time: '081500' },
    supersedes: [],
    ...changes,
  };
}

/** The same lesion with other words about the patient and the study. */
export const withHeader = (point: ReportTimePoint, header: Partial<Header>): ReportTimePoint => ({
  ...point,
  measurement: { ...point.measurement, header: { ...point.measurement.header, ...header } },
});

const NOT_NORMALISED: ScoreResult = {
  ...NORMALISED,
  normalisation: { kind: 'local', n: 12, mean: 0.1, sd: 0.8, version: 'v0', isProvisional: true },
  z: null,
  probability: null,
  interval: null,
  category: null,
  because: 'No probability can be given: the normalisation rests on 12 cases, fewer than 20.',
  rank: { below: 9, of: 12 },
};

/** The cases that the conformance suite sends through the public validators. */
export function reportCases(): Readonly<Record<string, ReportContent>> {
  const make = reportContent;
  const { baseline, followUp } = make();
  return {
    normalised: make(),
    'too-few-local-cases': make({ score: NOT_NORMALISED }),
    'no-normalisation': make({
      score: {
        ...NOT_NORMALISED,
        normalisation: { kind: 'none', isProvisional: false },
        because:
          'No probability can be given: no normalisation (mean and SD of the training deltas) is configured.',
        rank: null,
      },
    }),
    indeterminate: make({
      score: {
        ...NORMALISED,
        normalisation: { kind: 'local', mean: 0.05, sd: 0.7, n: 32, version: 'v1', isProvisional: true },
        interval: [0.401, 0.802212],
        category: 'indeterminate',
        because:
          'The 95 % interval straddles the cut-off. Provisional: the local normalisation rests on 32 cases, fewer than 50.',
        priorShifted: { prevalence: 0.2, probability: 0.32104 },
      },
    }),
    'not-evaluable': make({
      score: {
        ...NORMALISED,
        followUpValue: null,
        delta: null,
        z: null,
        probability: null,
        interval: null,
        category: 'notEvaluable',
        because: 'The feature is undefined at follow-up.',
      },
    }),
    supersedes: make({
      srSopClass: 'comprehensive3d',
      supersedes: [
        {
          StudyInstanceUID: followUp.measurement.header.StudyInstanceUID,
          SeriesInstanceUID: uid('older report series'),
          SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
          SOPInstanceUID: uid('older report'),
          ContentDate: '20250102',
        },
      ],
    }),
    'names-in-many-scripts': make({
      followUp: withHeader(followUp, {
        PatientName: 'Hong^Gildong=洪^吉洞=홍^길동',
        ReferringPhysicianName: 'Müller-Lüdenscheidt^Jürgen',
        StudyDescription: '胸部CT 平扫 フォローアップ',
      }),
      lesion: { trackingId: 'Läsion 右上叶 病変 병변', trackingUid: uid('lesion') },
    }),
    'no-dates': make({
      baseline: withHeader(baseline, { StudyDate: '' }),
      followUp: withHeader(followUp, {
        StudyDate: undefined,
        StudyTime: undefined,
        StudyID: undefined,
        AccessionNumber: undefined,
        PatientBirthDate: '',
        PatientSex: undefined,
        ReferringPhysicianName: undefined,
      }),
      intervalDays: null,
    }),
  };
}

import { EAR_2023 } from '../../src/radiomics/profile.ts';
import type { ReportContent } from '../../src/sr/report.ts';

import {
  CLASSIC,
  MODEL,
  NORMALISED,
  NOT_NORMALISED,
  STEADY,
  secondLesion,
  timePoint,
  trendPoint,
  uid,
  withHeader,
} from './report-parts.ts';

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
    stability: { pairs: 49, minimum: 0.51234, maximum: 0.83456, sd: 0.08765 },
    otherLesions: [],
    target: { rule: 'only', of: 1 },
    unpaired: { baseline: 0, followUp: 0 },
    growth: STEADY,
    trend: [],
    otherPoints: 0,
    uncompared: [],
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
    baselineChoice: {
      rule: 'earliest-with-mask',
      because: 'It is the earliest eligible study with a mask.',
    },
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
        reason: { kind: 'noNormalisation' },
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
        reason: { kind: 'featureUndefined', at: ['followUp'] },
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
    progression: make({
      score: {
        ...NORMALISED,
        z: null,
        probability: null,
        interval: null,
        category: 'notEvaluable',
        because: 'Measured lesions: progression criteria met; the EAR model is past its purpose.',
        reason: { kind: 'progression' },
      },
      growth: {
        ...STEADY,
        currentMm: 48.2,
        growthMm: 10.74155,
        growthFraction: 0.28676,
        isProgression: true,
      },
    }),
    'several-lesions-trend-late': make({
      otherLesions: [secondLesion()],
      target: { rule: 'largest', of: 2 },
      unpaired: { baseline: 0, followUp: 1 },
      growth: { ...STEADY, lesions: 2, timePoints: 3 },
      late: { days: 12, newerStudyDate: '20250201' },
      trend: [trendPoint('20241130', 0.21, 0.4477), trendPoint('20241216', 0.35, null)],
      isUnanswered: true,
    }),
    classic: make({ classic: CLASSIC }),
    chinese: make({ language: 'zh' }),
    'chinese-3d-several-lesions': make({
      language: 'zh',
      srSopClass: 'comprehensive3d',
      otherLesions: [secondLesion()],
      target: { rule: 'primary', of: 2 },
      unpaired: { baseline: 1, followUp: 1 },
      late: { days: 12, newerStudyDate: null },
      trend: [trendPoint('20241130', 0.21, 0.4477)],
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

/** Picture pages of every kind, of seeded phantoms. */
import { chest, organsOf } from '../../src/demo/chest.ts';
import type { Finding } from '../../src/eligibility/finding.ts';
import type { KeyView } from '../../src/picture/key-view.ts';
import type { PageContent, PageTimePoint, TrendPoint } from '../../src/picture/page-content.ts';
import type { PictureOfReport } from '../../src/picture/picture-of-report.ts';
import { keyView } from '../../src/picture/view.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import type { Grid } from '../../src/volume/volume.ts';
import { reportContent } from './report-content.ts';

const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';
/** A chest of 340 mm in 256 x 256 pixels, thin enough to be made quickly. */
const GRID: Grid = {
  size: [256, 224, 12],
  spacing: [1.33, 1.33, 3],
  origin: [-170, -149, -100],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

const views = new Map<string, KeyView>();

/** A round lesion of `radiusMm` in the right (0) or left (1) lung, with two lobes from 5 mm on. */
function lesionView(name: string, radiusMm: number, side: 0 | 1, fineHu: number): KeyView {
  const known = views.get(name) ?? drawnView(name, radiusMm, side, fineHu);
  views.set(name, known);
  return known;
}

function drawnView(name: string, radiusMm: number, side: 0 | 1, fineHu: number): KeyView {
  const lung = organsOf(GRID).lungs[side]!.centre;
  const [x, y, z] = [lung[0], lung[1] + 20, GRID.origin[2] + 15];
  const lobe = {
    centre: [x + radiusMm * 0.7, y - radiusMm * 0.5, z],
    semiAxes: [radiusMm * 0.7, radiusMm * 0.6, radiusMm * 0.7],
  } as const;
  const { volume, mask } = chest(name, GRID, {
    ellipsoids: [
      { centre: [x, y, z], semiAxes: [radiusMm, radiusMm, radiusMm] },
      ...(radiusMm >= 5 ? [lobe] : []),
    ],
    meanHu: 20,
    fineHu,
    fineSigmaMm: 1.5,
    coarseHu: fineHu / 2,
    coarseSigmaMm: 4,
  });
  return keyView({ volume, instances: [] }, mask, EAR_2023, FEATURE);
}

const timePoint = (
  label: string,
  date: string,
  view: KeyView,
  radiusMm: number,
  featureValue: number | null,
): PageTimePoint => ({
  label,
  date,
  view,
  volumeMm3: (4 / 3) * Math.PI * radiusMm ** 3,
  inPlaneDiameterMm: 2.3 * radiusMm,
  featureValue,
});

const pass = (number: number, check: string, values: string): Finding => ({
  id: `QC-${String(number).padStart(2, '0')}`,
  check,
  values,
  outcome: 'pass',
});
const PASSED: readonly Finding[] = [
  pass(1, 'slice thickness', '3 mm and 3 mm'),
  pass(2, 'missing slices', 'none'),
  pass(3, 'gantry tilt', '0 and 0 degrees'),
  pass(4, 'contrast', 'none recorded at both time points'),
  pass(5, 'kernel', 'soft and soft'),
];
const warning = (number: number, check: string, values: string): Finding => ({
  ...pass(number, check, values),
  outcome: 'warn',
});

const trendOf = (...deltas: readonly (number | null)[]): readonly TrendPoint[] =>
  deltas.map((delta, k) => ({
    date: `2025-${String(1 + k).padStart(2, '0')}-${k % 2 === 0 ? '14' : '03'}`,
    delta,
    probability: delta === null ? null : 1 / (1 + Math.exp(-delta / 20)),
    isCurrent: k === deltas.length - 1,
  }));

const RESEARCH =
  'One lesion only: new and unmeasured lesions are not assessed. Replaces neither RECIST nor re-biopsy.';

/** A positive case with an interval, and everything else at its usual. */
export function positivePage(): PageContent {
  return {
    language: 'en',
    patient: {
      name: 'PHANTOM^ANNA',
      identification: 'ID EARSHOT-DEMO-01 (EARSHOT-DEMO) · born 1951-02-03 · F · accession 20250310-17',
    },
    lesion: 'GTV-1',
    SOPInstanceUID: '2.25.265471458411300745237959157210908904015',
    category: 'positive',
    isProvisional: false,
    because: 'The whole interval lies above the cut-off.',
    warnings: [],
    baseline: timePoint('Baseline', '2025-01-06', lesionView('a', 11, 0, 25), 11, 41.2035),
    followUp: timePoint('Follow-up', '2025-03-10', lesionView('b', 12, 0, 70), 12, 63.8812),
    intervalDays: 63,
    featureTitle: 'LoG 3 mm GLCM difference variance',
    delta: 22.6777,
    stabilityRange: [18.2031, 27.9904],
    probability: 0.7412,
    interval: [0.6101, 0.8377],
    cutOff: 0.5,
    designPrevalence: 0.5,
    priorShifted: null,
    isProgression: false,
    progression:
      'Measured lesions grew by 9 % (2.3 mm) against the nadir. New and unmeasured lesions are not assessed.',
    trend: trendOf(4.1, 11.8, 22.6777).map((point) =>
      point.isCurrent ? { ...point, date: '2025-03-10', probability: 0.7412 } : point,
    ),
    summary: [
      'POSITIVE: probability of early acquired resistance (EAR) to EGFR-TKI 74.12 % (95 % interval 61.01 to 83.77 %), cut-off 50.00 %.',
      'Lesion 1: volume 5575 mm3 on 2025-01-06 (baseline), 7238 mm3 on 2025-03-10 (follow-up), 63 days apart.',
      'Quality: usable with warnings (QC-09 therapy not recorded).',
      RESEARCH,
    ],
    findings: [...PASSED, warning(9, 'therapy', 'not recorded')],
    provenance: [
      'Model ear-delta-2023 version 1.0.0 (SHA-256 3f1a9c0e…). Normalisation: local cases, version v3, n = 57, early 29, late 28.',
      'Settings ear-2023: in-plane 0.702 mm, LoG sigma 3 mm, 50 bins. Rules 1a2b3c4d…, template 5e6f7a8b…, configuration 9c0d1e2f…',
      'Earshot 0.1.0 at RADIOLOGY-1, completed 2025-03-10 14:22:07.',
    ],
  };
}

export function pageCases(): Readonly<Record<string, PageContent>> {
  const positive = positivePage();
  const negative: PageContent = {
    ...positive,
    category: 'negative',
    priorShifted: { prevalence: 0.2, probability: 0.0663 },
    probability: 0.2213,
    interval: [0.1402, 0.3314],
    delta: -14.2051,
    stabilityRange: [-19.1, -8.4],
    because: 'The whole interval lies below the cut-off.',
    baseline: timePoint('Baseline', '2025-01-06', lesionView('c', 3, 1, 40), 3, 55.4),
    followUp: timePoint('Follow-up', '2025-05-14', lesionView('d', 2.6, 1, 20), 2.6, 41.1949),
    intervalDays: 128,
    progression: '',
    trend: [],
    summary: [
      'NEGATIVE: probability of early acquired resistance (EAR) to EGFR-TKI 22.13 %, cut-off 50.00 %.',
      RESEARCH,
    ],
    findings: PASSED,
  };
  const indeterminate: PageContent = {
    ...positive,
    category: 'indeterminate',
    isProvisional: true,
    probability: 0.5402,
    interval: [0.3121, 0.7544],
    because: 'The cut-off lies within the interval.',
    summary: ['INDETERMINATE (PROVISIONAL): the cut-off lies within the uncertainty.', RESEARCH],
    warnings: [
      'The normalisation rests on 24 local cases whose mix of early and late follow-ups is unknown.',
    ],
    trend: trendOf(-6.2, 3.4, -1.1, 8.8, 2.2, 12.5, 9.1, 4.4),
    followUp: timePoint('Follow-up', '2025-08-03', lesionView('e', 27, 0, 50), 27, 45.6035),
    findings: [
      ...PASSED,
      warning(7, 'kernel', 'families differ: soft (B31f) and sharp (B70f)'),
      warning(8, 'mask', 'contours nested on a slice were taken as holes'),
      warning(9, 'therapy', 'not recorded'),
      warning(10, 'slice thickness', '1.25 mm and 3 mm: differ by more than 1.5 mm'),
      warning(11, 'normalisation', 'provisional: n = 24'),
      warning(12, 'baseline', 'after the start of therapy by 9 days'),
    ],
  };
  const deltaOnly: PageContent = {
    ...positive,
    category: null,
    probability: null,
    interval: null,
    because:
      'No probability can be given: no normalisation is established (11 local cases, 20 are needed). Larger than 8 of 11 local deltas.',
    summary: ['Early acquired resistance (EAR) to EGFR-TKI: No probability can be given.', RESEARCH],
    trend: trendOf(4.1, 22.6777).map((point) => ({ ...point, probability: null })),
  };
  const notEvaluable: PageContent = {
    ...positive,
    category: 'notEvaluable',
    probability: null,
    interval: null,
    delta: null,
    stabilityRange: null,
    because: 'The feature is undefined at follow-up: the filtered image is flat.',
    summary: ['NOT EVALUABLE: no probability of early acquired resistance (EAR) can be given.', RESEARCH],
    trend: trendOf(4.1, 11.8, null),
    followUp: {
      ...positive.followUp,
      featureValue: null,
      view: { ...positive.followUp.view, filtered: undefined },
    },
    isProgression: true,
    progression:
      'Measured lesions grew by 31 % (7.1 mm) against the nadir: progression criteria met. The model is past its purpose.',
    findings: [...PASSED, { ...warning(20, 'radiographic progression', '31 % and 7.1 mm'), outcome: 'hold' }],
  };
  const chinese: PageContent = {
    ...positive,
    language: 'zh',
    patient: { name: '王小明 Wang^XiaoMing', identification: 'ID 0012345 · 1951-02-03 · 男' },
    baseline: { ...positive.baseline, label: '基线' },
    followUp: { ...positive.followUp, label: '随访' },
    featureTitle: 'LoG 3 mm GLCM 差异方差',
    because: '整个区间位于阈值之上。',
    progression: '已测量病灶较最低点增大 9 %（2.3 mm）。新病灶和未测量病灶未作评估。',
    warnings: ['治疗信息未记录：模型假定患者正在接受第一代或第二代 EGFR-TKI 治疗。'],
    summary: [
      '阳性：EGFR-TKI 早期获得性耐药的概率为 74.12 %（95 % 区间 61.01 至 83.77 %），阈值 50.00 %。',
      '病灶 1：基线（2025-01-06）体积 5575 mm³，随访（2025-03-10）体积 7238 mm³，间隔 63 天。',
      '仅评估一个病灶：新病灶和未测量病灶未作评估。不能替代 RECIST 评估或再次活检。',
    ],
    findings: [
      pass(1, '层厚', '3 mm 与 3 mm'),
      pass(4, '增强', '两个时间点均未记录'),
      warning(9, '治疗', '未记录'),
    ],
    provenance: [
      '模型 ear-delta-2023，版本 1.0.0。标准化：本地病例，版本 v3，n = 57，早期 29，晚期 28。',
      'Earshot 0.1.0，RADIOLOGY-1，完成于 2025-03-10 14:22:07。',
    ],
  };
  return {
    positive,
    negative,
    indeterminate,
    deltaOnly,
    notEvaluable,
    chinese,
    hostile: hostilePage(positive),
  };
}

/** Text that wants to be markup, runs over, turns round, piles up or never ends. */
function hostilePage(positive: PageContent): PageContent {
  const evil = '<script>alert(1)</script>"\'&<image href="file:///etc/passwd"/>]]><!--';
  const long = 'Wolfeschlegelsteinhausenbergerdorff '.repeat(1820);
  const control =
    'A\u0000\u0001\u001b[31mB\u202eturned\u202c\u2066\ufeff\ud800 Z\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308';
  return {
    ...positive,
    patient: { name: `${evil} ${long}`, identification: `ID 4711 ${evil} ${long}` },
    lesion: `${evil} ${long}`,
    SOPInstanceUID: `${evil}`,
    baseline: { ...positive.baseline, label: `${control} ${long}`, date: evil },
    followUp: { ...positive.followUp, label: long, volumeMm3: Number.NaN, inPlaneDiameterMm: 1e300 },
    featureTitle: `${evil} ${long}`,
    because: long,
    progression: long,
    warnings: Array.from({ length: 40 }, () => `${control} ${long}`),
    trend: Array.from({ length: 300 }, (_, k) => ({
      date: `${evil}${k}`,
      delta: (k % 7) * 1e12,
      probability: 2 - k,
      isCurrent: k === 299,
    })),
    delta: 1e21,
    stabilityRange: [-1e21, 1e21],
    summary: Array.from({ length: 90 }, () => long),
    findings: Array.from({ length: 120 }, (_, k) => ({
      id: `${evil}${k}`,
      check: control,
      values: long,
      outcome: k % 3 === 0 ? 'hold' : 'warn',
    })),
    provenance: Array.from({ length: 90 }, () => 'W'.repeat(9000)),
  };
}

/** The study and the report that a page belongs to. */
export function pictureOfReport({ language, baseline, followUp }: PageContent): PictureOfReport {
  const views = [baseline.view, followUp.view];
  return {
    header: {
      ...reportContent().followUp.measurement.header,
      PatientID: 'EARSHOT-DEMO-01',
      PatientName: 'PHANTOM^ANNA',
    },
    report: {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
      SOPInstanceUID: '2.25.265471458411300745237959157210908904015',
    },
    language,
    sources: views.map((_, k) => ({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      SOPInstanceUID: `2.25.10${k}`,
    })),
    completed: { date: '20250310', time: '142207' },
    installation: { name: 'RADIOLOGY-1', softwareVersion: '0.1.0' },
  };
}

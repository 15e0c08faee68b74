import { describe, expect, it } from 'vitest';
import type { TrendPoint } from '../../../src/model/trend.ts';
import { type Circumstances, evaluate, obstaclesTo, outcomeOf } from '../../../src/pipeline/evaluate.ts';
import type { MeasuredLesion } from '../../../src/pipeline/target-lesion.ts';
import { messagesOf } from '../../../src/sr/messages/messages-of.ts';
import { defaultConfig, loadRules, loadTemplates } from '../../../src/startup/load.ts';
import { loadModel } from '../../../src/startup/load-model.ts';
import { timePoint } from '../../support/report-parts.ts';
import { makeMask, makeRegion, makeSeries, makeStudy } from '../matching/make-study.ts';

const config = defaultConfig();
const model = loadModel(config.model.id, config);
const NORMALISATION = { kind: 'supplied', mean: 0.1, sd: 0.9, n: 134, source: 'test' } as const;
const WORLD = {
  rules: loadRules(config),
  templates: loadTemplates(config),
  model,
  normalisation: NORMALISATION,
  prevalence: undefined,
  enrolment: 'all' as const,
  report: config.report,
  installation: { uid: '2.25.1', name: 'TEST', softwareVersion: '0' },
};
type Values = Readonly<{ inPlaneMm: number; feature: number | null }>;

function lesion(trackingUid: string, before: Values, after: Values): MeasuredLesion {
  const candidate = { mask: makeMask(), region: makeRegion(), series: makeSeries('1.2.3.4') };
  const measured = (label: string, StudyDate: string, { inPlaneMm, feature }: Values) => ({
    ...timePoint(label, 'SEG', { StudyDate }, { volumeMm3: 1000, diameterMm: inPlaneMm, inPlaneMm, feature })
      .measurement,
    recipeDigest: model.value.recipeDigest,
  });
  return {
    pair: {
      baseline: candidate,
      followUp: candidate,
      by: 'trackingUid',
      trackingId: trackingUid,
      trackingUid,
    },
    baseline: measured('baseline', '20240101', before),
    followUp: measured('follow-up', '20240401', after),
  };
}

function evaluated(
  lesions: readonly MeasuredLesion[],
  { history = [], ...more }: Partial<Circumstances> = {},
  world: Partial<Parameters<typeof evaluate>[0]> = {},
) {
  const inputs = {
    pairs: lesions.map(({ pair }) => pair),
    unpaired: { baseline: 0, followUp: 0 },
    baseline: makeStudy(1, '20240101'),
    followUp: makeStudy(2, '20240401'),
    identity: {
      kind: 'same' as const,
      because: '',
      birthDate: 'agree' as const,
      sex: 'agree' as const,
      issuer: 'agree' as const,
    },
    baselineChoice: { rule: 'earliest-with-mask', because: 'It is the earliest.' },
  };
  return evaluate({ ...WORLD, ...world }, inputs, lesions, { patient: undefined, history, ...more });
}

const steady = lesion('1.1', { inPlaneMm: 30, feature: 2 }, { inPlaneMm: 28, feature: 3 });
const earlier = (StudyDate: string, more: Partial<TrendPoint> = {}): TrendPoint => ({
  StudyInstanceUID: `1.2.${StudyDate}`,
  StudyDate,
  baselineStudyInstanceUID: steady.baseline.header.StudyInstanceUID,
  target: '1.1',
  feature: model.value.feature,
  delta: 0.2,
  probability: 0.5,
  category: 'indeterminate',
  diametersMm: { '1.1': 20 },
  ...more,
});

describe('a measured case', () => {
  it('is scored, and keeps what later reports of the patient need to know of it', () => {
    const found = evaluated([steady]);
    expect(outcomeOf(found, [])).toBe('scored');
    expect(found.point).toEqual({
      StudyInstanceUID: steady.followUp.header.StudyInstanceUID,
      StudyDate: '20240401',
      baselineStudyInstanceUID: steady.baseline.header.StudyInstanceUID,
      target: '1.1',
      feature: model.value.feature,
      delta: 1,
      probability: found.score.probability,
      category: found.score.category,
      diametersMm: { '1.1': 28 },
    });
    expect(found.score.probability).toBeGreaterThan(0.5);
  });

  it('without a normalisation has its delta alone', () => {
    const found = evaluated([steady], {}, { normalisation: { kind: 'none' } });
    expect([outcomeOf(found, []), found.score.delta, found.score.category]).toEqual(['deltaOnly', 1, null]);
  });

  it('has the trend of its own lesion, feature and baseline; the nadir is of every earlier time point', () => {
    const history = [
      earlier('20240201'),
      earlier('20240215', { target: '1.9', diametersMm: { '1.1': 27.5 } }),
      earlier('20240301', { baselineStudyInstanceUID: '1.2.9', diametersMm: { '1.1': 29 } }),
    ];
    const { content } = evaluated([steady], { history });
    expect(content.trend.map(({ StudyDate }) => StudyDate)).toEqual(['20240201']);
    expect(content.growth).toMatchObject({ nadirMm: 20, nadirStudyDate: '20240201', timePoints: 4 });
  });

  it('that grew by 20 % and 5 mm since the nadir is past the purpose of the model, though it shrank since the baseline', () => {
    const found = evaluated([steady], { history: [earlier('20240201')] });
    expect(outcomeOf(found, [])).toBe('progression');
    expect(obstaclesTo(found)).toEqual([]);
    expect(found.score).toMatchObject({
      delta: 1,
      z: null,
      probability: null,
      interval: null,
      category: 'notEvaluable',
      reason: { kind: 'progression' },
    });
    expect(found.point).toMatchObject({ probability: null, category: 'notEvaluable' });
  });

  it('that grew is told also when its feature is undefined', () => {
    const grown = lesion('1.1', { inPlaneMm: 20, feature: 2 }, { inPlaneMm: 28, feature: null });
    expect(obstaclesTo(evaluated([grown]))).toEqual([]);
    const undefinedOnly = lesion('1.1', { inPlaneMm: 20, feature: 2 }, { inPlaneMm: 20, feature: null });
    expect(obstaclesTo(evaluated([undefinedOnly])).map(({ code }) => code)).toEqual(['FEATURE_UNDEFINED']);
  });

  it('of several lesions gives a probability to the target only, and adds up their diameters', () => {
    const second = lesion('1.2', { inPlaneMm: 10, feature: 5 }, { inPlaneMm: 11, feature: 4 });
    const { content, score } = evaluated([second, steady]);
    expect(content.lesion.trackingUid).toBe('1.1');
    expect(score.probability).not.toBeNull();
    expect(content.target).toEqual({ rule: 'largest', of: 2 });
    const [other] = content.otherLesions;
    expect(other).toMatchObject({
      lesion: { trackingUid: '1.2' },
      score: { delta: -1, probability: null, category: null, rank: null },
    });
    expect(content.growth).toMatchObject({ lesions: 2, nadirMm: 40, currentMm: 39 });
  });

  it('has a finding when air or fluid inside the lesion changed', () => {
    const { followUp } = steady;
    const filled = { ...followUp, roi: { ...followUp.roi, airFraction: 0.2, fluidFraction: 0.5 } };
    const { findings } = evaluated([{ ...steady, followUp: filled }]);
    const warned = findings.filter(({ outcome }) => outcome === 'warn').map(({ id }) => id);
    expect(warned).toEqual(expect.arrayContaining(['QC-39', 'QC-40']));
    const [air] = findings.filter(({ id }) => id === 'QC-39');
    expect(air?.values).toBe('19 percentage points (1.0 %, 20.0 %)');
    const before = evaluated([steady]).findings.filter(({ id }) => id === 'QC-39' || id === 'QC-40');
    expect(before.map(({ outcome }) => outcome)).toEqual(['pass', 'pass']);
  });

  it('has the findings of its other lesions too, which hold nothing', () => {
    const second = lesion('Lesion 2', { inPlaneMm: 10, feature: 5 }, { inPlaneMm: 11, feature: 4 });
    const { geometry } = second.followUp;
    const thick = { ...second.followUp, geometry: { ...geometry, sliceThicknessMm: 7 } };
    const { findings, score } = evaluated([steady, { ...second, followUp: thick }]);
    const ofSecond = findings.filter((finding) => finding.lesion === 'Lesion 2');
    expect(ofSecond.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['QC-04', 'warn'],
      ['QC-05', 'warn'],
    ]);
    expect(findings.filter(({ id, lesion: of }) => id === 'QC-04' && !of)).toMatchObject([
      { outcome: 'pass' },
    ]);
    expect(score.probability).not.toBeNull();
    expect(messagesOf('en').finding(ofSecond[0]!)).toMatch(/^QC-04 slice thickness \(Lesion 2\): /);
    expect(messagesOf('zh').finding(ofSecond[0]!)).toMatch(/^QC-04 层厚（Lesion 2）：/);
  });
});

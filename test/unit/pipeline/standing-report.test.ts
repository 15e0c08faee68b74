import { expect, test } from 'vitest';
import type { ReportRow, StudyRow } from '../../../src/catalogue/rows.ts';
import { normalisationState } from '../../../src/model/score.ts';
import type { Normalisation } from '../../../src/model/score-result.ts';
import type { TrendPoint } from '../../../src/model/trend.ts';
import { settledByReport } from '../../../src/pipeline/assess.ts';
import { type Decision, inputsDigest, type Judgement } from '../../../src/pipeline/judge.ts';
import { digestOfRules, restsOnTheSame, staysReported } from '../../../src/pipeline/standing-report.ts';
import type { World } from '../../../src/pipeline/world.ts';
import type { StudyState } from '../../../src/study/lifecycle.ts';
import { trendPoint } from '../../support/report-parts.ts';
import { makeMask, makeRegion, makeSeries, makeStudy } from '../matching/make-study.ts';

const rulesOf = (sha256: string) =>
  ({ baseline: { sha256 }, eligibility: { sha256 }, roi: { sha256 } }) as unknown as World['rules'];
const THEN = rulesOf('then');
const NOW = rulesOf('now');
const [CASE, BASELINE, OTHER] = ['2.25.1', '2.25.2', '2.25.3'];
const MASK_OF_OTHER = '2.25.33';

const report = (over: object = {}) =>
  ({
    StudyInstanceUID: CASE,
    result: { rules: digestOfRules(THEN), madeAt: 1000, decision: { baseline: BASELINE }, ...over },
  }) as unknown as ReportRow;

const studies = (arrivedAt: Readonly<Record<string, number>> = {}) => ({
  rows: [CASE, BASELINE, OTHER].map((StudyInstanceUID) => ({
    StudyInstanceUID,
    lastReceivedAt: new Date(arrivedAt[StudyInstanceUID] ?? 0),
  })) as unknown as StudyRow[],
  known: new Map([
    [OTHER, { summary: { StudyInstanceUID: OTHER, masks: [{ SOPInstanceUID: MASK_OF_OTHER }] } }],
  ]) as never,
});

test.each<[string, object, Decision, Record<string, number>, World['rules'], boolean]>([
  ['other rules alone', {}, { baseline: BASELINE }, {}, NOW, true],
  ['the rules of then', {}, { baseline: BASELINE }, {}, THEN, false],
  ['another baseline', {}, { baseline: OTHER }, {}, NOW, false],
  ['an object of the case', {}, { baseline: BASELINE }, { [CASE]: 2000 }, NOW, false],
  ['an object of its baseline', {}, { baseline: BASELINE }, { [BASELINE]: 2000 }, NOW, false],
  ['an object of a study that plays no part', {}, { baseline: BASELINE }, { [OTHER]: 2000 }, NOW, true],
  [
    'a report of an earlier version, which does not say',
    { rules: undefined },
    { baseline: BASELINE },
    {},
    NOW,
    false,
  ],
])('a report stands under %s: %#', (_, made, decision, arrivedAt, rules, stands) => {
  expect(restsOnTheSame(report(made), decision, studies(arrivedAt), rules)).toBe(stands);
});

test('a new mask from a study of its own is news', () => {
  const region = { SOPInstanceUID: MASK_OF_OTHER, region: 1, SeriesInstanceUID: '2.25.9' };
  const lesions = [{ trackingUid: '2.25.8', baseline: region, followUp: region, by: 'only' as never }];
  const decision = { baseline: BASELINE, lesions };
  expect(restsOnTheSame(report(), decision, studies({ [OTHER]: 2000 }), NOW)).toBe(false);
});

const NOTHING_FOUND = { sql: { query: async () => [] } } as never;
const stays = (state: StudyState, judgement: Judgement, arrivedAt: Record<string, number> = {}) =>
  staysReported(
    { catalogue: NOTHING_FOUND, reports: { of: async () => [report()] } as never, rules: NOW },
    { StudyInstanceUID: CASE, state } as StudyRow,
    judgement,
    studies(arrivedAt) as never,
  );
const missing: Judgement = { event: 'maskMissing', reasons: [], decision: { baseline: BASELINE } };
const better = { event: 'inputsFound', inputs: {} as never, decision: { baseline: OTHER } } as const;
const doubt = (code: string): Judgement => ({ event: 'doubt', reasons: [{ code, text: '' }], decision: {} });

test('a reported case does not move because of other rules; one that is looked at for a reason of its own may', async () => {
  for (const state of ['reported', 'delivering', 'delivered', 'deliveryFailed'] as const)
    expect(await stays(state, missing)).toBe(true);
  for (const state of ['complete', 'ready', 'held'] as const) expect(await stays(state, missing)).toBe(false);
});

test('a better baseline that came since moves it, one that was there already does not', async () => {
  expect(await stays('delivered', better, { [OTHER]: 2000 })).toBe(false);
  expect(await stays('delivered', better)).toBe(true);
});

test('objects that contradict each other move it under any rules', async () => {
  expect(await stays('delivered', doubt('IDENTITY_CONFLICT'))).toBe(false);
  expect(await stays('delivered', doubt('INSTANCE_CONFLICT'))).toBe(false);
  expect(await stays('delivered', doubt('BASELINE_AMBIGUOUS'))).toBe(true);
});

/** A delivered follow-up, with one time point between it and its baseline that its report states. */
const [baseline, between, followUp] = [
  makeStudy(2, '20230101'),
  makeStudy(3, '20230201'),
  makeStudy(1, '20230301'),
];
const POINT = { ...trendPoint('20230201', 0.5, 0.5), StudyInstanceUID: between.StudyInstanceUID };
const MODEL = { sha256: 'the model', value: {} } as World['model'];
const NONE = { kind: 'none' } as const;
const LEARNT = { kind: 'supplied', mean: 0.1, sd: 1.2, n: 80, source: 'this site' } as const;
const region = { mask: makeMask(), region: makeRegion(), series: makeSeries('2.25.9') };
const PAIRS = [{ baseline: region, followUp: region }] as never;

type Then = Readonly<{
  history?: readonly TrendPoint[] | null;
  normalisation?: Normalisation;
  PatientID?: string;
}>;
type Now = Readonly<{
  /** why the report itself was withdrawn */
  withdrawnFor?: string;
  point?: TrendPoint;
  isWithdrawn?: boolean;
  rules?: World['rules'];
  model?: World['model'];
  normalisation?: Normalisation;
}>;

/** What becomes of the later case: whether it stays without a look, and what the look finds. */
async function lookedAt(
  { history = [POINT], normalisation = NONE, PatientID }: Then,
  {
    withdrawnFor,
    point = POINT,
    isWithdrawn = false,
    rules = THEN,
    model = MODEL,
    normalisation: scale = NONE,
  }: Now,
) {
  const decision = { baseline: baseline.StudyInstanceUID };
  const made = {
    SOPInstanceUID: '2.25.71',
    StudyInstanceUID: followUp.StudyInstanceUID,
    inputs: inputsDigest({ pairs: PAIRS }, () => '', [POINT]),
    heldBecause: null,
    result: {
      rules: digestOfRules(THEN),
      madeAt: 1000,
      decision,
      ...(PatientID && { patient: { PatientID } }),
      ...(history && { history }),
      score: { model: { sha256: MODEL.sha256 }, normalisation: normalisationState(normalisation) },
    },
  };
  const earlier = { ...made, SOPInstanceUID: '2.25.73', result: { point } };
  const row = {
    ...{ StudyInstanceUID: followUp.StudyInstanceUID, state: 'delivered' },
    ...{ PatientID: 'NEW', IssuerOfPatientID: '', PatientBirthDate: '', PatientSex: '' },
  } as StudyRow;
  const all = [baseline, between, followUp];
  const known = {
    rows: all.map(({ StudyInstanceUID }) => ({ StudyInstanceUID, lastReceivedAt: new Date(0) })),
    known: new Map(all.map((summary) => [summary.StudyInstanceUID, { summary }])),
    issuers: [],
    digestOf: () => '',
  } as never;
  const found = { event: 'inputsFound', inputs: { pairs: PAIRS, baseline, followUp }, decision } as never;
  const reports = {
    of: async (uid: string) =>
      uid === followUp.StudyInstanceUID ? [made] : uid === between.StudyInstanceUID ? [earlier] : [],
    withdrawalOf: async (uid: string) => {
      if (uid === '2.25.71') return withdrawnFor && { reason: withdrawnFor, text: 'as seen' };
      return isWithdrawn ? {} : undefined;
    },
  } as never;
  const world = { catalogue: NOTHING_FOUND, reports, rules, model, normalisation: scale };
  const settled = await settledByReport(world, row, found, known);
  return { stays: await staysReported(world, row, found, known), settled };
}
const seen = async (then: Then, now: Now) => {
  const { settled } = await lookedAt(then, now);
  return settled ? [settled.event, ...settled.reasons.map(({ code }) => code)] : 'made anew';
};

test('a report is made anew under other rules when an earlier time point was withdrawn, and only then', async () => {
  for (const isWithdrawn of [false, true]) {
    const { stays, settled } = await lookedAt({}, { isWithdrawn, rules: NOW });
    expect(stays).toBe(!isWithdrawn);
    expect(settled?.event).toBe(isWithdrawn ? undefined : 'unchanged');
  }
});

test('an earlier time point that was scored again under another model or normalisation leaves later reports alone', async () => {
  const otherScale = { ...POINT, probability: 0.2, category: 'negative' } as const;
  const otherFeature = { ...POINT, feature: 'original_firstorder_Mean', delta: 99, probability: null };
  for (const point of [otherScale, otherFeature]) {
    for (const now of [{ point }, { point, normalisation: LEARNT }, { point, rules: NOW }])
      expect(await seen({}, now)).toEqual(['unchanged']);
    expect((await lookedAt({}, { point, rules: NOW })).stays).toBe(true);
  }
});

test.each<[string, Partial<TrendPoint>]>([
  ['diameter', { diametersMm: { ...POINT.diametersMm, [POINT.target]: 35 } }],
  ['delta', { delta: 0.51 }],
  ['baseline', { baselineStudyInstanceUID: '2.25.404' }],
  ['date', { StudyDate: '20230202' }],
  ['place among the scored', { isHeld: true, delta: null, probability: null, category: null }],
])('with another %s of an earlier time point the report is made anew', async (_what, change) => {
  expect(await seen({}, { point: { ...POINT, ...change } })).toBe('made anew');
});

test('a report is not made anew under another model without a person: the case is held, and asks for one', async () => {
  const held = ['doubt', 'HISTORY_CHANGED'];
  const isWithdrawn = true;
  expect(await seen({}, { isWithdrawn })).toBe('made anew');
  expect(await seen({}, { isWithdrawn, normalisation: LEARNT })).toEqual(held);
  expect(await seen({}, { isWithdrawn, model: { ...MODEL, sha256: 'another' } })).toEqual(held);
  expect(await seen({ normalisation: LEARNT }, { isWithdrawn })).toEqual(held);
  expect(await seen({ normalisation: LEARNT }, { isWithdrawn, normalisation: LEARNT })).toBe('made anew');
});

test('of a report that does not keep its time points, any other number among them counts', async () => {
  const point = { ...POINT, probability: 0.2 };
  expect(await seen({ history: null }, {})).toEqual(['unchanged']);
  expect(await seen({ history: null }, { point })).toBe('made anew');
  expect(await seen({ history: null }, { point, normalisation: LEARNT })).toEqual([
    'doubt',
    'HISTORY_CHANGED',
  ]);
});

test('what a person withdrew comes back for another identity of the patient only when it was withdrawn for that', async () => {
  const held = ['doubt', 'WITHDRAWN'];
  for (const withdrawnFor of ['quality', 'safety', 'retention', 'worklist'])
    expect(await seen({ PatientID: 'NEW' }, { withdrawnFor })).toEqual(held);
  for (const withdrawnFor of ['quality', 'safety', 'retention'])
    expect(await seen({ PatientID: 'OLD' }, { withdrawnFor })).toEqual(held);
  expect(await seen({ PatientID: 'OLD' }, { withdrawnFor: 'worklist' })).toBe('made anew');
});

test('a report under another identity is made anew, also under another model', async () => {
  expect(await seen({ PatientID: 'OLD' }, {})).toBe('made anew');
  expect(await seen({ PatientID: 'OLD' }, { normalisation: LEARNT })).toBe('made anew');
  expect(await seen({ PatientID: 'NEW' }, {})).toEqual(['unchanged']);
});

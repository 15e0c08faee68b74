import { describe, expect, it } from 'vitest';
import type { CaseOrders, OrderDetail, OrderKind } from '../../../src/catalogue/orders.ts';
import type { StudySummary } from '../../../src/matching/study-summary.ts';
import { type Judgement, type JudgeRules, judge } from '../../../src/pipeline/judge.ts';
import type { KnownStudy } from '../../../src/pipeline/known-study.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { makeMask, makeRegion, makeStudy } from '../matching/make-study.ts';

const loaded = loadRules(defaultConfig());
const RULES: JudgeRules = { baseline: loaded.baseline.value, roi: loaded.roi.value, enrolment: 'all' };
const order = <Kind extends OrderKind>(kind: Kind, detail: OrderDetail<Kind>): CaseOrders => ({
  [kind]: { id: kind, detail, author: 'anna', reason: 'as discussed', orderedAt: new Date(0) },
});
const known = (summary: StudySummary, orders: CaseOrders = {}): KnownStudy => ({
  summary,
  identityConflict: false,
  conflict: 'none',
  unreadableMasks: [],
  orders,
});
const first = makeStudy(1, '20230101');
const second = makeStudy(3, '20230201');
const followUp = makeStudy(2, '20230301');
const judged = (orders: CaseOrders, rules = RULES, study = followUp, others = [first, second]) =>
  judge(
    known(study, orders),
    others.map((each) => known(each)),
    undefined,
    rules,
  );
const codes = (judgement: Judgement): string[] =>
  judgement.event === 'inputsFound' ? [] : judgement.reasons.map(({ code }) => code);
/** A study with two regions of which no rule tells which is meant. */
const withTwo = (study: StudySummary): StudySummary => ({
  ...study,
  masks: [
    makeMask({
      SOPInstanceUID: `${study.StudyInstanceUID}.9`,
      referencedSeries: [study.ctSeries[0]!.SeriesInstanceUID],
      regions: [makeRegion({ number: 1, name: 'GTV left' }), makeRegion({ number: 2, name: 'GTV right' })],
    }),
  ],
});
const regionOf = ({ StudyInstanceUID }: StudySummary, region: number, name: string) => ({
  SOPInstanceUID: `${StudyInstanceUID}.9`,
  region,
  name,
});

describe('a case that a person stopped', () => {
  it('is held in the words given, with the decision that it would have otherwise', () => {
    const judgement = judged(order('hold', {}));
    expect(judgement).toMatchObject({
      event: 'doubt',
      reasons: [{ code: 'HELD_BY_PERSON', text: 'anna: as discussed' }],
      decision: { baseline: first.StudyInstanceUID },
    });
  });

  it('is not eligible when it was cancelled, also when it is held as well', () => {
    const judgement = judged({ ...order('hold', {}), ...order('cancel', {}) });
    expect([judgement.event, ...codes(judgement)]).toEqual(['outOfScope', 'CANCELLED']);
  });

  it('is not stopped as a baseline of another case', () => {
    const held = known(first, order('hold', {}));
    expect(judge(known(followUp), [held], undefined, RULES).event).toBe('inputsFound');
  });
});

describe('a baseline that a person chose for one case', () => {
  it('is taken before every rule, also where no rule takes a designated one', () => {
    const rules = {
      ...RULES,
      baseline: { rules: RULES.baseline.rules.filter(({ take }) => take !== 'designated') },
    };
    const judgement = judged(order('baseline', { StudyInstanceUID: second.StudyInstanceUID }), rules);
    expect(judgement.decision).toMatchObject({
      baseline: second.StudyInstanceUID,
      isDesignated: true,
      baselineBecause: expect.stringContaining('A person chose'),
    });
    expect(judged({}, rules).decision.baseline).toBe(first.StudyInstanceUID);
  });

  it('that is not here holds the case: no other takes its place', () => {
    const judgement = judged(order('baseline', { StudyInstanceUID: '2.25.404' }));
    expect([judgement.event, ...codes(judgement)]).toEqual(['doubt', 'CHOICE_INVALID']);
  });

  it('of another person is a conflict as ever', () => {
    const other = { ...second, identity: { ...second.identity, PatientBirthDate: '19330303' } };
    const choice = order('baseline', { StudyInstanceUID: second.StudyInstanceUID });
    expect(codes(judged(choice, RULES, followUp, [other]))).toEqual(['IDENTITY_CONFLICT']);
  });
});

describe('a region that a person chose', () => {
  it('of two is the lesion, and the decision tells where a person chose', () => {
    const study = withTwo(followUp);
    expect(codes(judged({}, RULES, study, [first]))).toContain('MASK_AMBIGUOUS');
    const baseline = {
      ...first,
      masks: withTwo(first).masks.map((mask) => ({ ...mask, regions: [mask.regions[1]!] })),
    };
    const choice = order('regions', { followUp: regionOf(followUp, 2, 'GTV right') });
    const judgement = judged(choice, RULES, study, [baseline]);
    expect(judgement.decision.lesions).toMatchObject([
      { followUp: { region: 2 }, baseline: { region: 2 }, by: 'name', chosen: ['followUp'] },
    ]);
  });

  it('at both time points makes one lesion of regions with other names and tracking', () => {
    const choice = order('regions', {
      baseline: regionOf(first, 1, 'GTV left'),
      followUp: regionOf(followUp, 2, 'GTV right'),
    });
    const judgement = judged(choice, RULES, withTwo(followUp), [withTwo(first)]);
    expect(judgement.event).toBe('inputsFound');
    expect(judgement.decision.lesions).toMatchObject([
      { baseline: { region: 1 }, followUp: { region: 2 }, by: 'person', chosen: ['baseline', 'followUp'] },
    ]);
  });

  it('is not taken when the number has come to another region, or the object is gone', () => {
    for (const gone of [
      regionOf(followUp, 2, 'Heart'),
      { ...regionOf(followUp, 2, 'x'), SOPInstanceUID: '1.9' },
    ]) {
      const judgement = judged(order('regions', { followUp: gone }), RULES, withTwo(followUp), [first]);
      expect([judgement.event, ...codes(judgement)]).toEqual(['doubt', 'CHOICE_INVALID']);
    }
  });

  it('must lie on a CT series here as any other', () => {
    const study = withTwo(followUp);
    const elsewhere = {
      ...study,
      masks: study.masks.map((mask) => ({ ...mask, referencedSeries: ['1.2.404'] })),
    };
    const choice = order('regions', { followUp: regionOf(followUp, 2, 'GTV right') });
    const judgement = judged(choice, RULES, elsewhere, [first]);
    expect(codes(judgement)).toContain('CHOICE_INVALID');
    expect(JSON.stringify(judgement)).toContain('is not a CT series of this study');
  });
});

describe('what came after a person chose', () => {
  const [BEFORE, AFTER] = [new Date(-1), new Date(1)];
  const chosen = regionOf(followUp, 2, 'GTV right');
  const other = '1.2.404.9';
  const choice = order('regions', { baseline: regionOf(first, 1, 'GTV left'), followUp: chosen });
  const withMasks = (maskArrivals: ReadonlyMap<string, Date>): Judgement =>
    judge({ ...known(withTwo(followUp), choice), maskArrivals }, [known(withTwo(first))], undefined, RULES);

  it('another drawing of that time point holds the case; one that was there, or the chosen object itself, does not', () => {
    const newer = withMasks(new Map([[other, AFTER]]));
    expect([newer.event, ...codes(newer)]).toEqual(['doubt', 'CHOICE_OUTDATED']);
    expect(withMasks(new Map([[other, BEFORE]])).event).toBe('inputsFound');
    expect(withMasks(new Map([[chosen.SOPInstanceUID, AFTER]])).event).toBe('inputsFound');
  });

  it('a study that the rules prefer as the baseline holds the case; one that they do not prefer does not', () => {
    const withStudies = (taken: StudySummary, firstAt: Date, secondAt: Date): Judgement =>
      judge(
        known(followUp, order('baseline', { StudyInstanceUID: taken.StudyInstanceUID })),
        [
          { ...known(first), lastReceivedAt: firstAt },
          { ...known(second), lastReceivedAt: secondAt },
        ],
        undefined,
        RULES,
      );
    const newer = withStudies(second, AFTER, BEFORE);
    expect([newer.event, ...codes(newer)]).toEqual(['doubt', 'CHOICE_OUTDATED']);
    expect(newer.decision.baseline).toBe(second.StudyInstanceUID);
    expect(withStudies(second, BEFORE, BEFORE).event).toBe('inputsFound');
    expect(withStudies(first, BEFORE, AFTER).event).toBe('inputsFound');
  });
});

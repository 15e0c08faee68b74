import { describe, expect, it } from 'vitest';
import type { RoiRules } from '../../../src/masks/roi-rules.ts';
import type { StudySummary } from '../../../src/matching/study-summary.ts';
import type { TrendPoint } from '../../../src/model/trend.ts';
import type { Patient } from '../../../src/patients/patient.ts';
import { inputsDigest, type Judgement, type JudgeRules, judge } from '../../../src/pipeline/judge.ts';
import type { KnownStudy } from '../../../src/pipeline/known-study.ts';
import { chooseRegion } from '../../../src/pipeline/pair-lesion.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { makeMask, makeRegion, makeStudy } from '../matching/make-study.ts';

const loaded = loadRules(defaultConfig());
const ROI = loaded.roi.value;
const RULES: JudgeRules = { baseline: loaded.baseline.value, roi: ROI, enrolment: 'all' };

const known = (summary: StudySummary, more: Partial<KnownStudy> = {}): KnownStudy => ({
  summary,
  identityConflict: false,
  conflict: 'none',
  unreadableMasks: [],
  ...more,
});
const baseline = makeStudy(1, '20230101');
const followUp = makeStudy(2, '20230301');
const patient = (more: Partial<Patient>): Patient => ({
  PatientID: 'P1',
  optOut: false,
  listed: true,
  ...more,
});
const codes = (judgement: Judgement): string[] =>
  judgement.event === 'inputsFound' ? [] : judgement.reasons.map(({ code }) => code);
const verdict = (judgement: Judgement) => [judgement.event, ...codes(judgement)];

/** The study with these masks instead of its own, each drawn on its series. */
const drawn = (study: StudySummary, ...masks: Parameters<typeof makeMask>[0][]): StudySummary => ({
  ...study,
  masks: masks.map((mask) => makeMask({ referencedSeries: [study.ctSeries[0]!.SeriesInstanceUID], ...mask })),
});

describe('what may happen to a follow-up', () => {
  it('with one lesion at both time points: it is scored, and the decision says against what', () => {
    const judgement = judge(known(followUp), [known(baseline)], undefined, RULES);
    expect(judgement.event).toBe('inputsFound');
    expect(judgement.decision).toMatchObject({
      baseline: baseline.StudyInstanceUID,
      baselineBecause: expect.stringContaining('earliest-with-mask'),
      lesions: [{ baseline: { region: 1 }, followUp: { region: 1 } }],
    });
  });

  it('alone: it waits for a baseline', () => {
    expect(verdict(judge(known(followUp), [], undefined, RULES))).toEqual([
      'baselineMissing',
      'BASELINE_MISSING',
    ]);
  });

  it('without CT: it is out of scope, whatever else is there', () => {
    const noCt = { ...followUp, ctSeries: [] };
    expect(verdict(judge(known(noCt), [known(baseline)], undefined, RULES))).toEqual(['outOfScope', 'NO_CT']);
  });

  it.each([
    ['disagree about the patient', { identityConflict: true }, 'IDENTITY_CONFLICT'],
    ['came twice with different bytes', { conflict: 'compared' as const }, 'INSTANCE_CONFLICT'],
  ])('whose objects %s, or those of its baseline: held', (_what, flaw, code) => {
    const own = judge(known(followUp, flaw), [known(baseline)], undefined, RULES);
    expect(verdict(own)).toEqual(['doubt', code]);
    const other = judge(known(followUp), [known(baseline, flaw)], undefined, RULES);
    expect(verdict(other)).toEqual(['doubt', code]);
    expect(other.decision.baseline).toBe(baseline.StudyInstanceUID);
  });

  it.each([
    ['CT series of the follow-up', 'follow-up: 2 of the 3 objects of the CT series', followUp, 0],
    ['mask of the follow-up', 'follow-up: 2 of the 3 objects of the mask series', followUp, 1],
    ['CT series of the baseline', 'baseline: 2 of the 3 objects of the CT series', baseline, 0],
    ['mask of the baseline', 'baseline: 2 of the 3 objects of the mask series', baseline, 1],
  ] as const)(
    'of which an archive has more of the %s than is here: held, with the numbers',
    (_what, text, study, which) => {
      const of = study.ctSeries[0]!;
      const ct = { StudyInstanceUID: study.StudyInstanceUID, SeriesInstanceUID: of.SeriesInstanceUID };
      const shortSeries = [{ ...[ct, study.masks[0]!][which]!, archive: 'pacs', announced: 3, here: 2 }];
      const isFollowUp = study === followUp;
      const judgement = judge(
        known(followUp, isFollowUp ? { shortSeries } : {}),
        [known(baseline, isFollowUp ? {} : { shortSeries })],
        undefined,
        RULES,
      );
      expect(verdict(judgement)).toEqual(['doubt', 'SERIES_INCOMPLETE']);
      expect(judgement).toMatchObject({
        reasons: [
          { text: expect.stringMatching(`^${text} that pacs says it has are here\\. Send the missing`) },
        ],
      });
    },
  );

  it('of which an archive has more of a series that is not measured: it is scored', () => {
    const { StudyInstanceUID } = followUp;
    const shortSeries = [
      { StudyInstanceUID, SeriesInstanceUID: '1.2.3.99', archive: 'pacs', announced: 3, here: 2 },
    ];
    const judgement = judge(known(followUp, { shortSeries }), [known(baseline)], undefined, RULES);
    expect(judgement.event).toBe('inputsFound');
  });

  it('of a patient who opted out: nobody is asked to look at a contradiction', () => {
    const flawed = known(followUp, { identityConflict: true, conflict: 'compared' });
    const judgement = judge(flawed, [], patient({ optOut: true }), RULES);
    expect(verdict(judgement)).toEqual(['outOfScope', 'NOT_ENROLLED']);
  });

  it('of a patient who opted out, or is not on the list: not eligible', () => {
    const others = [known(baseline)];
    const optedOut = judge(known(followUp), others, patient({ optOut: true }), RULES);
    expect(verdict(optedOut)).toEqual(['outOfScope', 'NOT_ENROLLED']);
    const listed: JudgeRules = { ...RULES, enrolment: 'listed' };
    expect(verdict(judge(known(followUp), others, undefined, listed))).toEqual([
      'outOfScope',
      'NOT_ENROLLED',
    ]);
    expect(judge(known(followUp), others, patient({}), listed).event).toBe('inputsFound');
  });

  it('on the day the therapy began: it is a baseline itself', () => {
    const judgement = judge(known(followUp), [known(baseline)], patient({ tkiStart: '20230301' }), RULES);
    expect(verdict(judgement)).toEqual(['outOfScope', 'IS_BASELINE']);
  });

  it('with two baselines that qualify equally: held', () => {
    const twin = makeStudy(3, '20230101');
    const judgement = judge(known(followUp), [known(baseline), known(twin)], undefined, RULES);
    expect(verdict(judgement)).toEqual(['doubt', 'BASELINE_AMBIGUOUS']);
  });

  it('without a mask: it waits; with a designated baseline that lacks one too, both are told', () => {
    const bare = makeStudy(2, '20230301', { mask: false });
    expect(verdict(judge(known(bare), [known(baseline)], undefined, RULES))).toEqual([
      'maskMissing',
      'MASK_MISSING',
    ]);
    const chosen = patient({ designatedBaseline: baseline.StudyInstanceUID });
    const bareBaseline = makeStudy(1, '20230101', { mask: false });
    const both = judge(known(bare), [known(bareBaseline)], chosen, RULES);
    expect(verdict(both)).toEqual(['maskMissing', 'MASK_MISSING', 'MASK_MISSING']);
  });

  it('with a doubt on one side and a missing mask on the other: held, because waiting would not help', () => {
    const two = drawn(followUp, {
      regions: [makeRegion({ number: 1 }), makeRegion({ number: 2, name: 'GTV-2' })],
    });
    const chosen = patient({ designatedBaseline: baseline.StudyInstanceUID });
    const bareBaseline = makeStudy(1, '20230101', { mask: false });
    const judgement = judge(known(two), [known(bareBaseline)], chosen, RULES);
    expect(verdict(judgement)).toEqual(['doubt', 'MASK_AMBIGUOUS', 'MASK_MISSING']);
  });

  it('with a mask object that cannot be read: held with the fault, also beside a mask that serves', () => {
    const bare = makeStudy(2, '20230301', { mask: false });
    const unreadable = { unreadableMasks: ['MASK_UNREADABLE'] };
    const others = [known(baseline)];
    for (const study of [bare, followUp]) {
      expect(verdict(judge(known(study, unreadable), others, undefined, RULES))).toEqual([
        'doubt',
        'MASK_UNREADABLE',
      ]);
    }
    expect(verdict(judge(known(followUp), [known(baseline, unreadable)], undefined, RULES))).toEqual([
      'doubt',
      'MASK_UNREADABLE',
    ]);
  });

  it('says nothing of the patient in any reason', () => {
    const other = { ...baseline, identity: { ...baseline.identity, PatientBirthDate: '19330303' } };
    const judgement = judge(known(followUp), [known(other)], undefined, RULES);
    expect(verdict(judgement)).toEqual(['doubt', 'IDENTITY_CONFLICT']);
    expect(JSON.stringify(judgement)).not.toMatch(/19330303|19600102|P1/);
  });
});

describe('which region is meant', () => {
  const two = (...more: Parameters<typeof makeMask>[0][]) =>
    drawn(followUp, { SOPInstanceUID: '1.1', ...more[0] }, { SOPInstanceUID: '1.2', ...more[1] });
  const newest: RoiRules = { ...ROI, severalObjects: 'newest' };
  const early = { drawnDate: '20230302', drawnTime: '100000' };
  const late = { drawnDate: '20230302', drawnTime: '100001' };

  it('of two mask objects: a person decides', () => {
    const { chosen, obstacle } = chooseRegion(known(two(early, late)), 'follow-up', ROI);
    expect(chosen).toBeUndefined();
    expect(obstacle).toMatchObject({ event: 'doubt', reasons: [{ code: 'MASK_AMBIGUOUS' }] });
  });

  it('of two mask objects the one drawn last, when the rules say so', () => {
    for (const masks of [two(early, late), two(late, early)]) {
      const { chosen } = chooseRegion(known(masks), 'follow-up', newest);
      expect(chosen?.mask.drawnTime).toBe('100001');
    }
  });

  it.each([
    ['were drawn in the same second', early, early],
    ['do not all say when they were drawn', early, {}],
    ['do not all say at what time', early, { drawnDate: '20240101' }],
  ])('a person decides between two mask objects that %s, even then', (_why, first, second) => {
    const { obstacle } = chooseRegion(known(two(first, second)), 'follow-up', newest);
    expect(obstacle?.event).toBe('doubt');
  });

  it('the newest object with two lesions still needs a person', () => {
    const lesions = {
      ...late,
      regions: [makeRegion({ number: 1 }), makeRegion({ number: 2, name: 'GTV-2' })],
    };
    expect(chooseRegion(known(two(early, lesions)), 'follow-up', newest).obstacle?.event).toBe('doubt');
  });

  it('a name narrows it to the regions of exactly that name', () => {
    const regions = [makeRegion({ number: 1 }), makeRegion({ number: 2, name: 'GTV-2' })];
    const study = known(drawn(followUp, { regions }));
    expect(chooseRegion(study, 'follow-up', ROI, 'GTV-2').chosen?.region.number).toBe(2);
    expect(chooseRegion(study, 'follow-up', ROI, 'gtv-2').obstacle?.event).toBe('maskMissing');
  });
});

describe('which lesion is which', () => {
  type Drawn = Parameters<typeof makeRegion>[0][];
  const regions = (of: Drawn) => ({
    regions: of.map((each, at) => makeRegion({ number: at + 1, ...each })),
  });
  const judged = (before: Drawn, after: Drawn, rules: JudgeRules = RULES) =>
    judge(
      known(drawn(followUp, regions(after))),
      [known(drawn(baseline, regions(before)))],
      undefined,
      rules,
    );
  const paired = (before: Drawn, after: Drawn) => {
    const judgement = judged(before, after);
    if (judgement.event !== 'inputsFound') return verdict(judgement);
    const [pair, ...others] = judgement.inputs.pairs;
    expect(others).toEqual([]);
    return [pair?.by, pair?.baseline.region.name, pair?.followUp.region.name];
  };
  const neoplasm = [{ CodeValue: '108369006', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Neoplasm' }];

  it('one lesion each, of different places: held', () => {
    expect(paired([{ name: 'GTV right upper lobe' }], [{ name: 'GTV left lower lobe' }])).toEqual([
      'doubt',
      'LESION_UNMATCHED',
    ]);
  });

  it('tracked as two lesions under one name: held', () => {
    const tracked = (trackingUid: string) => [{ name: 'GTV', trackingUid }];
    expect(paired(tracked('1.9.1'), tracked('1.9.2'))).toEqual(['doubt', 'LESION_UNMATCHED']);
  });

  it('another lesion preferred on each side: held, never paired across', () => {
    const first = [{ name: 'Lesion 1', interpretedType: 'GTV' }, { name: 'Lesion 2' }];
    const second = [{ name: 'Lesion 1' }, { name: 'Lesion 2', interpretedType: 'GTV' }];
    expect(paired(first, second)).toEqual(['doubt', 'LESION_UNMATCHED']);
    expect(paired(first, first)).toEqual(['name', 'Lesion 1', 'Lesion 1']);
  });

  it('a second lesion that ranks lower keeps the first from being the only one', () => {
    const withSecond = [{ name: 'GTV', interpretedType: 'GTV' }, { name: 'Lesion 2' }];
    expect(paired([{ name: 'Tumour' }], withSecond)).toEqual(['doubt', 'LESION_UNMATCHED']);
    expect(paired([{ name: 'Tumour' }], withSecond.slice(0, 1))).toEqual(['single', 'Tumour', 'GTV']);
  });

  it('a tracked lesion is followed although another one has appeared', () => {
    const one = { name: 'Lesion 1', trackingUid: '1.9.1' };
    expect(paired([one], [{ name: 'Lesion 2', trackingUid: '1.9.2' }, one])).toEqual([
      'trackingUid',
      'Lesion 1',
      'Lesion 1',
    ]);
  });

  const two = [{ name: 'Lesion 1' }, { name: 'Lesion 2' }];
  const tracked = two.map((each, at) => ({ ...each, trackingUid: `1.9.${at + 1}` }));

  it('several lesions that are the same at both time points: all are measured, and what has no counterpart is counted', () => {
    for (const lesions of [two, tracked]) {
      const judgement = judged(lesions, [...lesions, { name: 'Lesion 3' }]);
      if (judgement.event !== 'inputsFound') throw new Error(judgement.event);
      const { pairs, unpaired } = judgement.inputs;
      expect(pairs.map(({ baseline: a, followUp: b }) => [a.region.name, b.region.name])).toEqual([
        ['Lesion 1', 'Lesion 1'],
        ['Lesion 2', 'Lesion 2'],
      ]);
      expect(unpaired).toEqual({ baseline: 0, followUp: 1 });
    }
  });

  it('several lesions where the rules let a person decide, or more than can be measured: held', () => {
    const holding = { ...RULES, roi: { ...RULES.roi, severalLesions: 'hold' as const } };
    for (const lesions of [two, tracked]) {
      expect(verdict(judged(lesions, lesions, holding))).toEqual([
        'doubt',
        'MASK_AMBIGUOUS',
        'MASK_AMBIGUOUS',
      ]);
    }
    const many = Array.from({ length: 11 }, (_, at) => ({
      name: `Lesion ${at}`,
      trackingUid: `1.9.${at + 1}`,
    }));
    expect(verdict(judged(many, many))).toEqual(['doubt', 'MASK_AMBIGUOUS']);
    expect(judged(many.slice(1), many.slice(1)).event).toBe('inputsFound');
  });

  it('a margin with the code of a tumour is no mask', () => {
    const margin = [{ name: 'PTV_GTV', interpretedType: 'PTV', typeCodes: neoplasm }];
    expect(paired([{ name: 'GTV' }], margin)).toEqual(['maskMissing', 'MASK_MISSING']);
    expect(paired([{ name: 'GTV' }], [...margin, { name: 'GTV' }])).toEqual(['name', 'GTV', 'GTV']);
  });
});

describe('a series of which only a part is here', () => {
  const seriesOf = (study: StudySummary) => study.ctSeries[0]?.SOPInstanceUIDs ?? [];
  const drawnOn = (study: StudySummary, images: readonly string[], more = {}): StudySummary => ({
    ...study,
    masks: study.masks.map((mask) => ({ ...mask, referencedInstances: images, ...more })),
  });
  const eventOf = (study: StudySummary) => judge(known(study), [known(baseline)], undefined, RULES);

  it('is not scored: the mask names images that are not here', () => {
    const missing = [...seriesOf(followUp), '1.2.3.999'];
    expect(eventOf(drawnOn(followUp, missing))).toMatchObject({
      event: 'doubt',
      reasons: [{ code: 'SERIES_INCOMPLETE', text: expect.stringContaining(`1 of ${missing.length}`) }],
    });
  });

  it('is whole when all that the mask names is here, and nothing is claimed by a mask that names none', () => {
    expect(eventOf(drawnOn(followUp, seriesOf(followUp))).event).toBe('inputsFound');
    expect(eventOf(followUp).event).toBe('inputsFound');
  });

  it('is not doubted for images of a second modality that the mask names too', () => {
    const referencedSeries = [followUp.ctSeries[0]?.SeriesInstanceUID ?? '', '1.2.840.77'];
    const both = drawnOn(followUp, [...seriesOf(followUp), '1.2.840.77.1'], { referencedSeries });
    expect(eventOf(both).event).toBe('inputsFound');
  });
});

describe('the digest of what is scored', () => {
  const judged = judge(known(followUp), [known(baseline)], undefined, RULES);
  const inputs = judged.event === 'inputsFound' ? judged.inputs : undefined;
  const [pair] = inputs!.pairs;
  const digest = (change: (uid: string) => string = (uid) => uid) => inputsDigest(inputs!, change, []);
  const digestOfPairs = (...pairs: (typeof inputs & object)['pairs']) =>
    inputsDigest({ pairs }, (uid) => uid, []);

  it('does not depend on the order of the slices', () => {
    const series = pair!.followUp.series;
    const turned = { ...series, SOPInstanceUIDs: [...series.SOPInstanceUIDs].reverse() };
    expect(digestOfPairs({ ...pair!, followUp: { ...pair!.followUp, series: turned } })).toBe(digest());
  });

  it('is another one when a slice, a mask or the region is another', () => {
    const { baseline: one, followUp: other } = pair!;
    for (const uid of [
      one.series.SOPInstanceUIDs[0]!,
      other.series.SOPInstanceUIDs[1]!,
      other.mask.SOPInstanceUID,
    ]) {
      expect(digest((each) => (each === uid ? 'changed' : each))).not.toBe(digest());
    }
    const another = { ...pair!, followUp: { ...other, region: { ...other.region, number: 9 } } };
    expect(digestOfPairs(another)).not.toBe(digest());
    expect(digestOfPairs(pair!, another)).not.toBe(digest());
  });

  it('is another one when an earlier time point was found to be otherwise', () => {
    const point = {
      StudyInstanceUID: '1.2.3',
      delta: 0.5,
      diametersMm: { '2.25.1': 12 },
    } as unknown as TrendPoint;
    const digestWith = (history: readonly TrendPoint[]) => inputsDigest(inputs!, (uid) => uid, history);
    expect(digestWith([point])).not.toBe(digest());
    expect(digestWith([{ ...point, diametersMm: { '2.25.1': 13 } }])).not.toBe(digestWith([point]));
  });
});

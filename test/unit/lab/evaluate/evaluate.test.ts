import { describe, expect, it } from 'vitest';
import { type EvaluateOptions, evaluate } from '../../../../src/lab/evaluate/evaluate.ts';
import { predictionsCsv } from '../../../../src/lab/evaluate/predictions-csv.ts';
import { scoredTables } from '../../../../src/lab/evaluate/scored-tables.ts';
import { summaryOf } from '../../../../src/lab/evaluate/summary.ts';
import { tablesBySplit } from '../../../../src/lab/evaluate/tables-by-split.ts';
import { withRows } from '../../../../src/lab/table/feature-table.ts';
import { readFeatureTable } from '../../../../src/lab/table/read-feature-table.ts';
import { codeOf } from '../../../support/code-of.ts';
import { expectedModel, expectedOf, labTable, MODELS } from '../../../support/lab-evaluation.ts';
import { describeWithReference } from '../../../support/reference.ts';
import { FEATURE, MODEL, madeCsv, madeTable } from './made-cohort.ts';

const OPTIONS: EvaluateOptions = {
  resampling: { replicates: 50, seed: 1 },
  prevalence: null,
  others: [],
  software: 'Earshot test',
};
const digest = 'd'.repeat(64);
const test = (table = madeTable({ digest })) => [{ name: 'test', table }];

describe('an evaluation', () => {
  it('holds every row with its probability, by the mean and SD of the model', () => {
    const { cohorts } = evaluate(MODEL, test(), OPTIONS);
    const [cohort] = cohorts;
    expect(cohort).toMatchObject({ name: 'test', n: 24, events: 12, patients: 12 });
    expect(cohort!.rows[1]).toMatchObject({ caseName: 'P0_EAR', label: 1, days: 360, site: 'Harbour' });
    expect(cohort!.rows[1]!.probability).toBeCloseTo(1 / (1 + Math.exp((7 - 4) / 4)), 12);
    const { tp, fp, fn, tn, source } = cohort!.atTrainingCutOff;
    expect([tp + fn, fp + tn, source]).toEqual([12, 12, 'training']);
    expect(cohort!.auc.patientBootstrap).toMatchObject({ replicates: 50, seed: 1 });
  });

  it('is the same again with the same seed', () => {
    expect(evaluate(MODEL, test(), OPTIONS)).toEqual(evaluate(MODEL, test(), OPTIONS));
  });

  it('survives JSON', () => {
    const evaluation = evaluate(MODEL, test(), { ...OPTIONS, prevalence: 0.2 });
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
  });

  it('leaves rows without a label out, and says so', () => {
    const text = `${madeCsv()}X_baseline,X,baseline,,0,Hill,scanner 1,3,4\n`;
    const { cohorts, notices } = evaluate(MODEL, test(readFeatureTable(text)), OPTIONS);
    expect(cohorts[0]!.n).toBe(24);
    expect(notices).toContain('test: 1 rows without a label are left out.');
  });

  it('has no bootstrap over patients where they are not known, and says so', () => {
    const text = madeCsv()
      .replace(/^CaseName,patient/, 'case,name')
      .replaceAll(/^P(\d+)_(\w+)/gm, 'c$1-$2');
    const { cohorts, notices } = evaluate(MODEL, test(readFeatureTable(text)), OPTIONS);
    expect(cohorts[0]!.patients).toBeNull();
    expect(cohorts[0]!.auc.patientBootstrap).toBeNull();
    expect(notices.join()).toContain('the patient is not known of every row');
  });

  it('re-weights the decision curve when a prevalence is given', () => {
    const { cohorts } = evaluate(MODEL, test(), { ...OPTIONS, prevalence: 0.1 });
    const { reweighted, decision } = cohorts[0]!;
    expect(reweighted!.prevalence).toBe(0.1);
    expect(decision[9]!.threshold).toBe(0.1);
    expect(reweighted!.points[9]!.treatAll).toBeCloseTo(0, 12);
    expect(decision[9]!.treatAll).toBeCloseTo(0.5 - 0.5 / 9, 12);
  });

  it('tells scanners and sites apart, without an AUC where a class is too small', () => {
    const { subgroups } = evaluate(MODEL, test(), OPTIONS);
    expect(subgroups.filter(({ by }) => by === 'site').map(({ value, n }) => [value, n])).toEqual([
      ['Harbour', 12],
      ['Hill', 12],
    ]);
    expect(subgroups.find(({ by }) => by === 'site')!.auc).not.toBeNull();
    // Four patients a scanner: four of each class.
    expect(subgroups.filter(({ by, auc }) => by === 'scanner' && auc === null)).toHaveLength(3);
  });

  it('makes a cohort of each value of the column split', () => {
    const text = madeCsv()
      .replace(/scanner,/, 'split,')
      .replaceAll('scanner 0', 'Train')
      .replaceAll(/scanner \d/g, 'external');
    expect(tablesBySplit(readFeatureTable(text)).map(({ name, table }) => [name, table.rows.length])).toEqual(
      [
        ['training', 8],
        ['external', 16],
      ],
    );
  });

  it('writes predictions, a line a row', () => {
    const [header, first] = predictionsCsv(evaluate(MODEL, test(), OPTIONS)).split('\n');
    expect(header).toBe('cohort,CaseName,patient,label,probability,positive,days,site,scanner');
    expect(first).toMatch(/^test,P0_FFT,P0,0,0\.14804719803168948,0,60,Harbour,scanner 0$/);
  });
});

describe('what is refused', () => {
  it('a patient of the training set in a test, whether the model names patients, their digests, or a table is given', () => {
    const trained = [{ caseName: 'P3_FFT', patient: 'P3', label: 0, probability: 0.4 }];
    expect(codeOf(() => evaluate({ ...MODEL, lab: { training: trained } }, test(), OPTIONS))).toBe(
      'COHORTS_OVERLAP',
    );
    // printf P3 | sha256sum
    const digested = [{ patient: '9f9853b3f13444197bd1c8eedb085b4c030a02ed28b5f61f3a6a1ba27bd1ae73' }];
    expect(codeOf(() => evaluate({ ...MODEL, lab: { training: digested } }, test(), OPTIONS))).toBe(
      'COHORTS_OVERLAP',
    );
    const both = [...test(), { name: 'training', table: madeTable({ digest }) }];
    expect(codeOf(() => evaluate(MODEL, both, OPTIONS))).toBe('COHORTS_OVERLAP');
    const apart = [{ name: 'training', table: madeTable({ digest, prefix: 'Q' }) }, ...test()];
    expect(evaluate(MODEL, apart, OPTIONS).cohorts.map(({ name }) => name)).toEqual(['training', 'test']);
  });

  it('one class, and a class of one row', () => {
    const oneClass = readFeatureTable(madeCsv().replaceAll(',EAR,1,', ',EAR,0,'));
    expect(codeOf(() => evaluate(MODEL, test(oneClass), OPTIONS))).toBe('COHORT_INVALID');
    const single = readFeatureTable(madeCsv({ patients: 3 }).replace(/(P[12]_EAR.*EAR),1,/g, '$1,0,'));
    expect(codeOf(() => evaluate(MODEL, test(single), OPTIONS))).toBe('COHORT_INVALID');
  });

  it('a table without a feature of the model, by its name', () => {
    const model = { ...MODEL, features: [{ ...MODEL.features[0]!, name: 'original_glcm_Idm' }] };
    expect(() => evaluate(model, test(), OPTIONS)).toThrow(/TABLE_INVALID.*original_glcm_Idm/);
  });

  it('features extracted with other settings than the model', () => {
    const other = madeTable({ digest: 'e'.repeat(64) });
    expect(codeOf(() => evaluate(MODEL, test(other), OPTIONS))).toBe('RECIPES_MIXED');
    const { notices } = evaluate(MODEL, test(madeTable()), OPTIONS);
    expect(notices.join()).toContain('the table does not say with which settings');
  });

  it('a site that the harmonisation of the model has not seen', () => {
    const batches = { Harbour: { gamma: 0.5, delta: 4 }, Hill: { gamma: 0, delta: 1 } };
    const harmonisation = {
      method: 'ComBat' as const,
      batch: 'site' as const,
      features: [{ name: FEATURE, mean: 7, sd: 4, batches }],
    };
    const { cohorts } = evaluate({ ...MODEL, harmonisation }, test(), OPTIONS);
    // (0 - 7 - 0.5 * 4) / 2 + 7 = 2.5, z = -1.125
    expect(cohorts[0]!.rows[0]!.probability).toBeCloseTo(1 / (1 + Math.exp(1.125)), 12);
    const elsewhere = madeTable({ digest, site: () => 'Elsewhere' });
    expect(() => evaluate({ ...MODEL, harmonisation }, test(elsewhere), OPTIONS)).toThrow(/BATCH_UNKNOWN/);
  });
});

describe('more than time and size', () => {
  it('flags a cohort in which days alone do as well, and says why they do', () => {
    const [found] = evaluate(MODEL, test(), OPTIONS).moreThanTime;
    expect(found).toMatchObject({ cohort: 'test', isTimeAsGood: true, days: { auc: 1 } });
    expect(found!.sentence).toContain('Time alone does as well as the model');
    expect(found!.sentence).toContain('always precedes');
    expect(found!.rawDelta!.auc).toBe(found!.model.auc);
    expect(found!.volumeChange).not.toBeNull();
    expect(summaryOf(evaluate(MODEL, test(), OPTIONS))).toContain('More than time and size? NOT SHOWN');
  });

  it('does not flag one in which days say nothing', () => {
    const table = madeTable({ digest, days: (i) => 100 + i });
    const [found] = evaluate(MODEL, test(table), OPTIONS).moreThanTime;
    expect(found).toMatchObject({ isTimeAsGood: false, days: { auc: 0.5 } });
    expect(found!.modelAgainstDays).toMatchObject({ first: 'made', second: 'days since baseline' });
    expect(found!.sentence).toContain('more than chance explains');
  });

  it('says that it cannot be shown where days are not known', () => {
    const table = madeTable({ digest, days: (i) => (i === 3 ? '' : i) });
    const [found] = evaluate(MODEL, test(table), OPTIONS).moreThanTime;
    expect(found).toMatchObject({ isTimeAsGood: null, days: null, modelAgainstDays: null });
    expect(found!.sentence).toContain('cannot be shown');
  });

  it("takes days and volume from the patient's baseline where the table holds time points", () => {
    const header = `CaseName,patient,visit,label,date,${FEATURE},original_shape_VoxelVolume`;
    const lines = [0, 1, 2, 3].flatMap((i) => [
      `${i}b,${i},baseline,,2020-01-01,1,${100 * i}`,
      `${i}f,${i},FFT,0,2020-03-0${i + 1},${i},${100 * i - 10}`,
      `${i}e,${i},EAR,1,2020-03-0${4 - i},${i + 1},${100 * i + 10}`,
    ]);
    const table = readFeatureTable(`${[header, ...lines].join('\n')}\n`);
    const model = { ...MODEL, definition: 'followUpAlone' as const };
    const [found] = evaluate(model, test(table), OPTIONS).moreThanTime;
    expect(found).toMatchObject({ days: { auc: 0.5 }, volumeChange: { auc: 1 } });
  });
});

describe('leaving one site out', () => {
  const training = (table = madeTable({ digest })) => [{ name: 'training', table }];

  it.each([
    ['logistic regression', MODEL.classifier],
    ['penalised logistic regression', { kind: 'logisticRegression' as const, C: 1 }],
    [
      'a support vector machine',
      {
        kind: 'linearSVC' as const,
        C: 1,
        decision: { coefficients: [1], intercept: 0 },
        platt: { A: -1, B: 0 },
      },
    ],
  ])('fits %s again to the other sites, and judges it on this one', (_, classifier) => {
    const { leaveOneSiteOut, subgroups } = evaluate({ ...MODEL, classifier }, training(), OPTIONS);
    expect(leaveOneSiteOut.map(({ site, n, events }) => [site, n, events])).toEqual([
      ['Harbour', 12, 6],
      ['Hill', 12, 6],
    ]);
    expect(leaveOneSiteOut[0]!.because).toBe('fitted to 12 rows of 1 other sites');
    // One feature that rises with the label at both sites ranks as it does in the subgroup.
    const ofSite = subgroups.filter(({ by }) => by === 'site').map(({ auc }) => auc!.auc);
    expect(leaveOneSiteOut.map(({ auc }) => auc!.auc)).toEqual(ofSite);
  });

  it('uses none of the site in the fit: where the other sites say the opposite, the ranking turns round', () => {
    const table = madeTable({
      digest,
      value: (i, late) => (i % 2 === 0 ? 1 : -1) * late * 3 + ((i * 7) % 12),
    });
    const { leaveOneSiteOut } = evaluate(MODEL, training(table), OPTIONS);
    for (const { auc } of leaveOneSiteOut) expect(auc!.auc).toBeLessThan(0.5);
  });

  it('says why there is none', () => {
    const separated = madeTable({ digest, value: (i, late) => 100 * late + i });
    const [found] = evaluate(MODEL, training(separated), OPTIONS).leaveOneSiteOut;
    expect(found!.auc).toBeNull();
    expect(found!.because).toContain('CLASSES_SEPARATED');
    const small = madeTable({ digest, site: (i) => (i === 0 ? 'Small' : 'Large') });
    expect(evaluate(MODEL, training(small), OPTIONS).leaveOneSiteOut.map(({ because }) => because)).toEqual([
      'fewer than 5 rows of one class at this site',
      'the other sites have fewer than 5 rows of one class',
    ]);
  });

  it('is of the training set alone, and of two sites or more', () => {
    expect(evaluate(MODEL, test(), OPTIONS).leaveOneSiteOut).toEqual([]);
    const oneSite = madeTable({ digest, site: () => 'Hill' });
    expect(evaluate(MODEL, training(oneSite), OPTIONS).leaveOneSiteOut).toEqual([]);
  });
});

describe('a comparison of two models', () => {
  it('is on the same rows, and none where they rank alike', () => {
    const shifted = { ...MODEL, id: 'shifted', intercept: 1 };
    const size = {
      ...MODEL,
      id: 'size',
      features: [{ name: 'original_shape_MeshVolume', mean: 10, sd: 10, coefficient: 1 }],
    };
    const { comparisons, notices } = evaluate(MODEL, test(), {
      ...OPTIONS,
      others: [shifted, size].map((model) => ({ model, tables: test() })),
    });
    expect(comparisons.map(({ cohort, first, second }) => [cohort, first, second])).toEqual([
      ['test', 'made 1', 'size 1'],
    ]);
    expect(notices).toContain(
      'test: made 1 and shifted 1 rank the rows alike; there is no difference to test.',
    );
  });

  it('tells two models of one name apart by the digests of their files', () => {
    const features = [{ name: 'original_shape_MeshVolume', mean: 10, sd: 10, coefficient: 1 }];
    const same = { ...MODEL, features, sha256: 'cd'.repeat(32) };
    const { comparisons } = evaluate(MODEL, test(), {
      ...OPTIONS,
      others: [{ model: same, tables: test() }],
    });
    expect(comparisons[0]).toMatchObject({
      first: `made 1 (${MODEL.sha256.slice(0, 12)}…)`,
      second: 'made 1 (cdcdcdcdcdcd…)',
    });
  });
});

describe('the table that a model scores', () => {
  const timePoints = readFeatureTable(
    `CaseName,patient,visit,label,date,${FEATURE},original_glcm_Idm\n${[0, 1, 2, 3]
      .flatMap((i) => [
        `${i}b,${i},baseline,,2020-01-01,${i},0`,
        `${i}f,${i},FFT,0,2020-03-01,${2 * i},0`,
        `${i}e,${i},EAR,1,2020-06-01,${3 * i + 1},0`,
      ])
      .join('\n')}\nXf,X,FFT,0,2020-03-01,1,0\n`,
  );
  const named = [{ name: 'test', table: timePoints }];

  it('is the change since the baseline in it, or in a table of its own, and says what is left out', () => {
    const [within] = scoredTables(MODEL, named, null);
    expect([...within!.table.values]).toEqual([0, 1, 1, 3, 2, 5, 3, 7]);
    expect(within!.table.features).toEqual([FEATURE]);
    expect(within!.table.notices).toContain(
      'test: 1 follow-ups have no reference before them and are left out.',
    );
    const isBaseline = ({ visit }: { visit: string | null }) => visit === 'baseline';
    const apart = [{ name: 'test', table: withRows(timePoints, (row) => !isBaseline(row)) }];
    const [between] = scoredTables(MODEL, apart, withRows(timePoints, isBaseline));
    expect([...between!.table.values]).toEqual([...within!.table.values]);
  });

  it('is the table itself for follow-ups alone, and where it holds changes already', () => {
    expect(scoredTables({ ...MODEL, definition: 'followUpAlone' }, named, null)).toBe(named);
    expect(scoredTables(MODEL, test(), null)[0]!.table.features).toHaveLength(2);
  });

  it('lets a classic and a delta model be compared on the rows both score', () => {
    const classic = { ...MODEL, id: 'classic', definition: 'followUpAlone' as const, intercept: 1 };
    const delta = { ...MODEL, features: [{ ...MODEL.features[0]!, coefficient: -1 }] };
    const { comparisons } = evaluate(delta, scoredTables(delta, named, null), {
      ...OPTIONS,
      others: [{ model: classic, tables: scoredTables(classic, named, null) }],
    });
    expect(comparisons[0]).toMatchObject({ first: 'made 1', second: 'classic 1' });
    expect(comparisons[0]!.aucFirst).toBeCloseTo(1 - aucOf([0, 1, 2, 3], [1, 3, 5, 7]), 12);
    expect(comparisons[0]!.aucSecond).toBeCloseTo(aucOf([0, 2, 4, 6], [1, 4, 7, 10]), 12);
  });
});

/** By counting pairs; ties one half. */
const aucOf = (negatives: number[], positives: number[]): number => {
  const wins = positives.flatMap((x) => negatives.map((y) => (x > y ? 1 : x === y ? 0.5 : 0)));
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
};

describeWithReference('the evaluation of the reference cohort equals scikit-learn', (folder) => {
  const tables = () => [
    { name: 'training', table: labTable(folder, 'train') },
    { name: 'test', table: labTable(folder, 'test') },
  ];

  it.each(MODELS)('%s: probabilities, AUC, cut-off and confusion matrix', (name) => {
    const expected = expectedOf(folder).evaluation[name];
    const { cohorts } = evaluate(expectedModel(folder, name), tables(), OPTIONS);
    for (const [cohort, part] of [
      [cohorts[0]!, 'train'],
      [cohorts[1]!, 'test'],
    ] as const) {
      cohort.rows.forEach(({ probability }, i) => {
        expect(probability).toBeCloseTo(expected[part].p[i]!, 9);
      });
      expect(cohort.auc.auc).toBeCloseTo(expected[part].auc, 9);
      expect(cohort.auc.logit![0]).toBeCloseTo(expected[part].ci_logit[0], 9);
      expect(cohort.atOwnCutOff.cutOff).toBeCloseTo(expected[part].youden_own.cutoff, 9);
      expect(cohort.calibration.slope).toBeCloseTo(expected[part].calibration.slope, 6);
    }
    const { tp, fp, fn, tn } = expected.at_train_cutoff.test;
    expect(cohorts[1]!.atTrainingCutOff).toMatchObject({ tp, fp, fn, tn });
  });

  it('two models, paired', () => {
    const [single, max] = MODELS.map((name) => expectedModel(folder, name));
    const { comparisons } = evaluate(single!, tables(), {
      ...OPTIONS,
      others: [{ model: max!, tables: tables() }],
    });
    const expected = expectedOf(folder).evaluation.paired_delong_test;
    const found = comparisons.find(({ cohort }) => cohort === 'test')!;
    expect(found.z).toBeCloseTo(expected.z, 9);
    expect(found.p).toBeCloseTo(expected.p, 9);
  });
});

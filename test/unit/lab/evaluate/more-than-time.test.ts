import { describe, expect, it } from 'vitest';
import { type EvaluateOptions, evaluate } from '../../../../src/lab/evaluate/evaluate.ts';
import { scoredTables } from '../../../../src/lab/evaluate/scored-tables.ts';
import { summaryOf } from '../../../../src/lab/evaluate/summary.ts';
import { evaluationReport } from '../../../../src/lab/report/evaluation-report.tsx';
import { withRows } from '../../../../src/lab/table/feature-table.ts';
import { readFeatureTable } from '../../../../src/lab/table/read-feature-table.ts';
import { FEATURE, MODEL, madeTable } from './made-cohort.ts';

const OPTIONS: EvaluateOptions = {
  resampling: { replicates: 50, seed: 1 },
  prevalence: null,
  others: [],
  software: 'Earshot test',
};
const digest = 'd'.repeat(64);
const test = (table = madeTable({ digest })) => [{ name: 'test', table }];

describe('more than time and size', () => {
  it('flags a cohort in which days alone do as well, and says why they do', () => {
    const [found] = evaluate(MODEL, test(), OPTIONS).moreThanTime;
    expect(found).toMatchObject({ cohort: 'test', isMoreThanTime: false, days: { auc: 1 } });
    expect(found!.sentence).toContain('Time alone does as well as the model');
    expect(found!.sentence).toContain('always precedes');
    expect(found!.rawDelta!.auc).toBe(found!.model.auc);
    expect(found!.volumeChange).not.toBeNull();
    expect(summaryOf(evaluate(MODEL, test(), OPTIONS))).toContain('More than time and size? NOT SHOWN');
  });

  it('does not flag one in which days say nothing', () => {
    const table = madeTable({ digest, days: (i) => 100 + i });
    const [found] = evaluate(MODEL, test(table), OPTIONS).moreThanTime;
    expect(found).toMatchObject({ isMoreThanTime: true, days: { auc: 0.5 } });
    expect(found!.modelAgainstDays).toMatchObject({ first: 'made', second: 'days since baseline' });
    expect(found!.sentence).toContain('more than chance explains');
  });

  it('flags one in which the model ranks better than days by what chance may explain', () => {
    // Days overlap, and rank a little worse than the feature.
    const table = madeTable({ digest, days: (i, late) => 60 + ((i * 5) % 12) + 3 * late });
    const evaluation = evaluate(MODEL, test(table), OPTIONS);
    const [found] = evaluation.moreThanTime;
    expect(found!.model.auc).toBeGreaterThan(found!.days!.auc);
    expect(found!.modelAgainstDays!.p).toBeGreaterThan(0.05);
    expect(found!.isMoreThanTime).toBe(false);
    expect(found!.sentence).toContain('which chance may explain');
    expect(found!.sentence).toContain('does not show that the model tells more than time');
    expect(summaryOf(evaluation)).toContain('More than time and size? NOT SHOWN');
  });

  it('compares on the rows whose days are known, and says how many they are', () => {
    const dated = (i: number, late: number) => 60 + i + 300 * late;
    const table = madeTable({ digest, days: (i, late) => (i === 3 ? '' : dated(i, late)) });
    const [found] = evaluate(MODEL, test(table), OPTIONS).moreThanTime;
    const without = withRows(table, ({ patient }) => patient !== 'P3');
    const [alone] = evaluate(MODEL, test(without), OPTIONS).moreThanTime;
    expect(found).toMatchObject({ days: { auc: 1 }, isMoreThanTime: false });
    expect(found!.dated).toEqual({ n: 22, of: 24, modelAuc: alone!.model.auc });
    expect(found!.modelAgainstDays).toEqual(alone!.modelAgainstDays);
    expect(found!.sentence).toContain('on the 22 of 24 rows whose days are known');
    const report = evaluationReport(evaluate(MODEL, test(table), OPTIONS), null).html;
    expect(report).toContain(`on 22 of 24 rows (the model there: ${alone!.model.auc.toFixed(3)})`);
  });

  it('says that it cannot be shown where days are not known, or of one class alone', () => {
    for (const days of [() => '' as const, (_: number, late: number) => (late === 1 ? 400 : '')]) {
      const evaluation = evaluate(MODEL, test(madeTable({ digest, days })), OPTIONS);
      const [found] = evaluation.moreThanTime;
      expect(found).toMatchObject({ isMoreThanTime: null, days: null, dated: null, modelAgainstDays: null });
      expect(found!.sentence).toContain('cannot be shown');
      expect(summaryOf(evaluation)).toContain('More than time and size? NOT SHOWN');
    }
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

it('time is that since the baseline, also for changes since the time point before', () => {
  // From FFT to EAR there are fewer days than from the baseline to FFT.
  const rows = [0, 1, 2, 3].flatMap((i) => [
    `${i}b,${i},baseline,,2020-01-01,${i}`,
    `${i}f,${i},FFT,0,2020-04-0${i + 1},${2 * i}`,
    `${i}e,${i},EAR,1,2020-05-0${i + 1},${4 * i}`,
  ]);
  const table = readFeatureTable(`CaseName,patient,visit,label,date,${FEATURE}\n${rows.join('\n')}\n`);
  const model = { ...MODEL, reference: 'previous' as const };
  const { cohorts, moreThanTime } = evaluate(model, scoredTables(model, test(table), null), OPTIONS);
  expect(cohorts[0]!.rows.slice(0, 2).map(({ days }) => days)).toEqual([91, 121]);
  expect(moreThanTime[0]).toMatchObject({ isMoreThanTime: false, days: { auc: 1 } });
});

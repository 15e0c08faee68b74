import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { rowsToFit, trainingRows } from '../../../src/lab/search/rows-to-fit.ts';
import { columnOf, type FeatureTable } from '../../../src/lab/table/feature-table.ts';
import { readFeatureTable } from '../../../src/lab/table/read-feature-table.ts';

const NAMES = ['original_glcm_Contrast', 'original_firstorder_Mean', 'original_glcm_MCC'];
const tableOf = (rows: readonly string[], names = NAMES): FeatureTable =>
  readFeatureTable(`CaseName,patient,visit,label,date,${names.join()}\n${rows.join('\n')}\n`);
const FOLLOW_UPS = [
  'a1,a,FFT,0,2020-02-01,12,3,1',
  'a2,a,EAR,1,2020-04-01,16,-2,1',
  'b1,b,FFT,0,2020-02-01,3,1,1',
];
const BASELINES = ['a0,a,baseline,,2020-01-01,10,1,1', 'b0,b,baseline,,2020-01-01,2,4,1'];
const ABSOLUTE = { definition: 'followUpMinusBaseline', reference: 'baseline', featureSet: 'paper' } as const;
const columns = (table: FeatureTable) =>
  Object.fromEntries(table.features.map((name, j) => [name, [...columnOf(table, j)]]));

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof Fault) return `${thrown.code} ${thrown.detail}`;
    throw thrown;
  }
  return 'taken';
}

describe('the rows of a model of changes', () => {
  it('are the follow-ups minus a table of baselines, or minus those of the same table', () => {
    const expected = { original_glcm_Contrast: [2, 6, 1], original_firstorder_Mean: [2, -3, -3] };
    const two = rowsToFit(tableOf(FOLLOW_UPS), tableOf(BASELINES), ABSOLUTE);
    const one = rowsToFit(tableOf([...BASELINES, ...FOLLOW_UPS]), null, ABSOLUTE);
    expect(columns(two)).toEqual(expected);
    expect(columns(one)).toEqual(expected);
    expect(one.rows.map(({ label, days }) => [label, days])).toEqual([
      [0, 31],
      [1, 91],
      [0, 31],
    ]);
  });

  it('change as asked: per month, since the time point before, as a ratio', () => {
    const of = (asked: Partial<typeof ABSOLUTE> | object) =>
      columns(rowsToFit(tableOf(FOLLOW_UPS), tableOf(BASELINES), { ...ABSOLUTE, ...asked }));
    const contrast = (asked: object) => of(asked)['original_glcm_Contrast']!;
    expect(contrast({ reference: 'previous' })).toEqual([2, 4, 1]);
    expect(contrast({ definition: 'relativeChange' })).toEqual([0.2, 0.6, 0.5]);
    expect(contrast({ definition: 'changePerMonth' })[1]).toBeCloseTo((6 * 365.25) / 12 / 91, 12);
    expect(contrast({ definition: 'logRatio' })[0]).toBeCloseTo(Math.log(1.2), 12);
  });

  it('have no column that has no log ratio in some row, and the notice names it', () => {
    const { features, notices } = rowsToFit(tableOf(FOLLOW_UPS), tableOf(BASELINES), {
      ...ABSOLUTE,
      definition: 'logRatio',
    });
    expect(features).toEqual(['original_glcm_Contrast']);
    expect(notices).toContain(
      'Columns without a log ratio in some row are left out (1): original_firstorder_Mean.',
    );
    const none = () =>
      rowsToFit(
        tableOf(['a1,a,FFT,0,,-1'], NAMES.slice(0, 1)),
        tableOf(['a0,a,baseline,,,1'], NAMES.slice(0, 1)),
        {
          ...ABSOLUTE,
          definition: 'logRatio',
        },
      );
    expect(refusal(none)).toBe('COHORT_INVALID no feature has a log ratio in every row');
  });

  it('leave out who has no baseline, by row, and refuse a table in which nobody has', () => {
    const { rows, notices } = rowsToFit(tableOf(FOLLOW_UPS), tableOf(BASELINES.slice(0, 1)), ABSOLUTE);
    expect(rows).toHaveLength(2);
    expect(notices).toContain(
      'Follow-ups without a change are left out (1): row 4: The patient has no baseline.',
    );
    const nobody = () => rowsToFit(tableOf(FOLLOW_UPS.slice(2)), tableOf(BASELINES.slice(0, 1)), ABSOLUTE);
    expect(refusal(nobody)).toContain(
      'COHORT_INVALID no follow-up has a change. Follow-ups without a change are left out (1)',
    );
  });

  it('subtract what lies between and has no label, and do not train with it', () => {
    const other = 'a9,a,other,,2020-03-01,14,9,1';
    const table = tableOf([...BASELINES, ...FOLLOW_UPS, other]);
    const { rows, notices, ...rest } = rowsToFit(table, null, { ...ABSOLUTE, reference: 'previous' });
    expect(columns({ rows, notices, ...rest })['original_glcm_Contrast']).toEqual([2, 2, 1]);
    expect(notices).toContain('Rows of the visits baseline and other without a label are left out (1).');
  });
});

it('a table of changes is taken as it is; of a model of follow-ups alone baselines go', () => {
  const changes = tableOf(FOLLOW_UPS);
  expect(columns(rowsToFit(changes, null, ABSOLUTE))['original_glcm_Contrast']).toEqual([12, 16, 3]);
  const alone = rowsToFit(tableOf([...BASELINES, ...FOLLOW_UPS]), null, {
    ...ABSOLUTE,
    definition: 'followUpAlone',
  });
  expect(columns(alone)['original_glcm_Contrast']).toEqual([12, 16, 3]);
});

describe('a column split', () => {
  const withSplit = (...splits: string[]): FeatureTable => {
    const table = tableOf(FOLLOW_UPS);
    return { ...table, rows: table.rows.map((row, i) => ({ ...row, split: splits[i] ?? '' })) };
  };

  it('says which rows train', () => {
    const { rows, notices } = trainingRows(withSplit('train', 'Training', 'test'));
    expect(rows.map(({ caseName }) => caseName)).toEqual(['a1', 'a2']);
    expect(notices).toContain('Rows that the column split does not call train are left out (1).');
    const plain = withSplit();
    expect(trainingRows(plain)).toBe(plain);
  });

  it('with a patient on both sides, or nobody who trains, is refused', () => {
    expect(refusal(() => trainingRows(withSplit('train', 'test', 'test')))).toBe(
      'COHORTS_OVERLAP test, row 3: this patient is in the training set of the model',
    );
    expect(refusal(() => trainingRows(withSplit('test', 'test', 'test')))).toContain(
      'COHORT_INVALID column split: no row says train',
    );
  });
});

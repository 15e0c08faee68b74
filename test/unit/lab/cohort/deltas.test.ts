import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, deltasOf, deltasWithin, type Reference } from '../../../../src/lab/cohort/deltas.ts';
import { columnOf } from '../../../../src/lab/table/feature-table.ts';
import { readFeatureTable } from '../../../../src/lab/table/read-feature-table.ts';
import { describeWithReference } from '../../../support/reference.ts';

const VOLUME = 'original_shape_MeshVolume';
const MEAN = 'original_firstorder_Mean';
const HEADER = `CaseName,patient,visit,date,label,${VOLUME},${MEAN}`;
const table = (...rows: readonly string[]) => readFeatureTable([HEADER, ...rows].join('\n'));
const BASELINES = ['A_baseline,A,baseline,2020-01-01,,1000,-4', 'B_baseline,B,baseline,2020-02-01,,500,2'];
const FOLLOW_UPS = [
  'A_FFT,A,FFT,2020-03-01,0,400,-2',
  'A_EAR,A,EAR,2020-09-01,1,600,6',
  'B_FFT,B,FFT,2020-04-01,0,700,1',
];
const both = () => ({ followUps: table(...FOLLOW_UPS), baselines: table(...BASELINES) });

const deltas = (definition: Change, reference: Reference = 'baseline') => {
  const { followUps, baselines } = both();
  return deltasOf(followUps, baselines, definition, reference);
};
const faultOf = (run: () => unknown): string => {
  try {
    run();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  return 'none';
};

describe('deltasOf', () => {
  it('subtracts the baseline of the same patient, and counts the days since', () => {
    const { rows, values, excluded } = deltas('followUpMinusBaseline');
    expect(rows.map(({ caseName, days, label }) => [caseName, days, label])).toEqual([
      ['A_FFT', 60, 0],
      ['A_EAR', 244, 1],
      ['B_FFT', 60, 0],
    ]);
    expect([...values]).toEqual([-600, -400, 200, 2, 10, -1]);
    expect(excluded).toEqual([]);
  });

  it('divides a relative change by the size of the baseline, so that its sign is that of the change', () => {
    expect([...columnOf(deltas('relativeChange'), 1)]).toEqual([0.5, 2.5, -0.5]);
  });

  it('takes a month as 365.25 / 12 days', () => {
    const [first] = columnOf(deltas('changePerMonth'), 0);
    expect(first).toBeCloseTo((-600 / 60) * 30.4375, 12);
  });

  it('gives the logarithm of the ratio of positive values', () => {
    const volumes = (text: readonly string[]) =>
      readFeatureTable([HEADER, ...text].map((line) => line.replace(/,[^,]*$/, '')).join('\n'));
    const { values } = deltasOf(volumes(FOLLOW_UPS), volumes(BASELINES), 'logRatio', 'baseline');
    expect(values[0]).toBeCloseTo(Math.log(0.4), 14);
    expect(values[1]).toBeCloseTo(Math.log(0.6), 14);
  });

  it('names row and column of a value without a log ratio or a relative change', () => {
    expect(faultOf(() => deltas('logRatio'))).toContain(`TABLE_INVALID: `);
    expect(faultOf(() => deltas('logRatio'))).toContain(
      `row 2 of the baselines, column ${MEAN}: is not positive`,
    );
    const zero = table('A_baseline,A,baseline,2020-01-01,,1000,0');
    expect(faultOf(() => deltasOf(table(FOLLOW_UPS[0]!), zero, 'relativeChange', 'baseline'))).toContain(
      `row 2 of the baselines, column ${MEAN}: is 0`,
    );
  });

  it('subtracts the time point before', () => {
    const { rows, values } = deltas('followUpMinusBaseline', 'previous');
    expect(rows.map(({ days }) => days)).toEqual([60, 184, 60]);
    expect([...values]).toEqual([-600, 200, 200, 2, 8, -1]);
  });

  it('subtracts the time point of the smallest volume so far', () => {
    const more = table(
      ...FOLLOW_UPS,
      'A_late,A,other,2020-12-01,1,900,7',
      'B_late,B,other,2020-12-01,1,900,7',
    );
    const { rows, values } = deltasOf(more, both().baselines, 'followUpMinusBaseline', 'nadir');
    expect(rows.map(({ caseName }) => caseName)).toEqual(['A_FFT', 'A_EAR', 'B_FFT', 'A_late', 'B_late']);
    expect([...values.subarray(0, 5)]).toEqual([-600, 200, 200, 500, 400]);
  });

  it('orders time points by days, and by FFT before EAR, when there are no dates', () => {
    const undated = (lines: readonly string[]) =>
      table(...lines.map((line) => line.replace(/20\d\d-\d\d-\d\d/, '')));
    const byVisit = deltasOf(
      undated(FOLLOW_UPS.toReversed()),
      undated(BASELINES),
      'followUpMinusBaseline',
      'previous',
    );
    expect([...byVisit.values.subarray(0, 3)]).toEqual([200, 200, -600]);
    expect(byVisit.rows.every(({ days }) => days === null)).toBe(true);
    const withDays = readFeatureTable(`case,patient,days,${VOLUME}\na2,A,90,30\na1,A,40,20\n`);
    const start = readFeatureTable(`case,patient,${VOLUME}\na0,A,100\n`);
    const byDays = deltasOf(withDays, start, 'changePerMonth', 'previous');
    expect(byDays.rows.map(({ days }) => days)).toEqual([50, 40]);
    expect(byDays.values[0]).toBeCloseTo((10 * 30.4375) / 50, 12);
  });

  it('says which row needs a date', () => {
    const undated = readFeatureTable(`case,patient,${VOLUME}\na2,A,90\na1,A,40\n`);
    const start = readFeatureTable(`case,patient,${VOLUME}\na0,A,100\n`);
    expect(faultOf(() => deltasOf(undated, start, 'changePerMonth', 'baseline'))).toContain(
      'row 2 of the follow-ups, column date',
    );
    expect(faultOf(() => deltasOf(undated, start, 'followUpMinusBaseline', 'nadir'))).toContain(
      'column date',
    );
    const bare = readFeatureTable(`case,patient,${MEAN}\na1,A,40\n`);
    expect(faultOf(() => deltasOf(bare, bare, 'followUpMinusBaseline', 'nadir'))).toContain(VOLUME);
  });

  it('excludes who has no baseline, and a follow-up that is not after it', () => {
    const more = table(...FOLLOW_UPS, 'C_FFT,C,FFT,2020-03-01,0,1,1', 'B_EAR,B,EAR,2020-02-01,1,1,1');
    const { rows, excluded } = deltasOf(more, both().baselines, 'changePerMonth', 'baseline');
    expect(rows).toHaveLength(3);
    expect(excluded.map(({ line, caseName, reason }) => [line, caseName, reason])).toEqual([
      [5, 'C_FFT', 'NO_BASELINE'],
      [6, 'B_EAR', 'NOT_AFTER_REFERENCE'],
    ]);
  });

  it.each([
    [
      'a second baseline',
      [...BASELINES, 'A2,A,baseline,2020-01-02,,1,1'],
      FOLLOW_UPS,
      'row 4 of the baselines, column patient',
    ],
    [
      'a follow-up as baseline',
      [...BASELINES, 'A2,C,EAR,2020-01-02,,1,1'],
      FOLLOW_UPS,
      'row 4 of the baselines, column visit',
    ],
    [
      'a visit twice',
      BASELINES,
      [...FOLLOW_UPS, 'A2,A,EAR,2020-10-02,,1,1'],
      'row 5 of the follow-ups, column visit',
    ],
    [
      'a baseline among follow-ups',
      BASELINES,
      [...FOLLOW_UPS, ...BASELINES],
      'row 5 of the follow-ups, column visit',
    ],
    [
      'a row without a patient',
      BASELINES,
      ['A2,,EAR,2020-10-02,,1,1'],
      'row 2 of the follow-ups, column patient',
    ],
  ])('refuses %s', (_, baselines, followUps, where) => {
    const run = () => deltasOf(table(...followUps), table(...baselines), 'followUpMinusBaseline', 'baseline');
    expect(faultOf(run)).toContain(`TABLE_INVALID`);
    expect(faultOf(run)).toContain(where);
  });

  it('refuses tables of other columns or recipes', () => {
    const { followUps } = both();
    const fewer = readFeatureTable(`CaseName,patient,${VOLUME}\nx,A,1\n`);
    expect(faultOf(() => deltasOf(followUps, fewer, 'followUpMinusBaseline', 'baseline'))).toContain(MEAN);
    expect(faultOf(() => deltasOf(fewer, followUps, 'followUpMinusBaseline', 'baseline'))).toContain(MEAN);
    const digest = (letter: string) => ({ ...followUps, recipeDigest: letter.repeat(64) });
    expect(faultOf(() => deltasOf(digest('a'), digest('b'), 'followUpMinusBaseline', 'baseline'))).toContain(
      'RECIPES_MIXED',
    );
  });

  it('does not depend on the order of rows or columns', () => {
    const whole = deltas('followUpMinusBaseline', 'nadir');
    fc.assert(
      fc.property(
        fc.shuffledSubarray(FOLLOW_UPS, { minLength: 3 }),
        fc.shuffledSubarray(BASELINES, { minLength: 2 }),
        (followUps, baselines) => {
          const other = deltasOf(table(...followUps), table(...baselines), 'followUpMinusBaseline', 'nadir');
          for (const [k, { caseName }] of other.rows.entries()) {
            const i = whole.rows.findIndex((row) => row.caseName === caseName);
            expect(columnOf(other, 0)[k]).toBe(columnOf(whole, 0)[i]);
          }
        },
      ),
    );
  });
});

describe('deltasWithin', () => {
  it('tells the baselines of one table by their visit', () => {
    const { baselines, followUps } = both();
    const one = table(...BASELINES, ...FOLLOW_UPS);
    expect([...deltasWithin(one, 'followUpMinusBaseline', 'previous').values]).toEqual([
      ...deltasOf(followUps, baselines, 'followUpMinusBaseline', 'previous').values,
    ]);
    expect(faultOf(() => deltasWithin(table('x,A,,2020-01-01,,1,1'), 'logRatio', 'baseline'))).toContain(
      'row 2, column visit',
    );
  });
});

describeWithReference('deltas of the reference cohort', (folder) => {
  it('gives follow-ups back when every baseline is 0', () => {
    const followUps = readFeatureTable(readFileSync(join(folder, 'model-lab/train.csv'), 'utf8'));
    const patients = [...new Set(followUps.rows.map(({ patient }) => patient))];
    const zeros = [
      ['CaseName', 'patient', ...followUps.features].join(','),
      ...patients.map((patient) =>
        [`${patient}_baseline`, patient, ...followUps.features.map(() => 0)].join(','),
      ),
    ];
    const result = deltasOf(
      followUps,
      readFeatureTable(zeros.join('\n')),
      'followUpMinusBaseline',
      'baseline',
    );
    expect(result.values).toEqual(followUps.values);
    expect(result.rows).toHaveLength(134);
  });
});

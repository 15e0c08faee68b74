import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/fault.ts';
import { readCohortTable } from '../../../../src/lab/cohort/cohort-table.ts';
import { flowOf, flowSvg, flowText } from '../../../../src/lab/cohort/flow.ts';
import { type CaseOutcome, cohortOf } from '../../../../src/lab/cohort/measured-case.ts';
import { readFeatureTable } from '../../../../src/lab/table/read-feature-table.ts';
import { writeFeatureTable } from '../../../../src/lab/table/write-feature-table.ts';
import { writeParquet } from '../../../../src/lab/table/write-parquet.ts';

const FEATURES = ['original_firstorder_Mean', 'original_shape_MeshVolume'];
const TEXT =
  'patient;study;visit;date;label;ROI;split;site;PatientName\n' +
  'A;a/0;baseline;2024-01-01;;GTV;train;x;SECRET\n' +
  'A;a/1;fft;20240301;0;;train;x;SECRET\n' +
  'A;a/2;other;2024-05-01;;;;;\n' +
  'B;b/0;EAR;;1;;;"=1,2";\n';

const measured = (values: readonly number[], date = ''): CaseOutcome => ({
  kind: 'measured',
  measured: {
    features: Object.fromEntries(FEATURES.map((name, j) => [name, values[j]!])),
    recipeDigest: 'a'.repeat(64),
    date,
    scanner: 'Maker, Model',
    kernel: 'B70f',
  },
});
const faultOf = (run: () => unknown): string => {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof Fault) return `${thrown.code} ${thrown.detail}`;
    throw thrown;
  }
  return 'none';
};
const cohort = () =>
  cohortOf(
    readCohortTable(TEXT),
    [
      measured([0.1, 1e-300]),
      measured([-1.5, 12345.678901234567], '2024-03-01'),
      { kind: 'excluded', excluded: { reason: 'MASK_MISSING', detail: 'none' } },
      measured([1 / 3, 4]),
    ],
    FEATURES,
  );

describe('readCohortTable', () => {
  it('reads a row a study, and no other column', () => {
    const rows = readCohortTable(TEXT);
    expect(rows.map(({ caseName }) => caseName)).toEqual([
      'A_baseline',
      'A_FFT',
      'A_other_2024-05-01',
      'B_EAR',
    ]);
    expect(rows[0]).toEqual({
      line: 2,
      caseName: 'A_baseline',
      patient: 'A',
      study: 'a/0',
      visit: 'baseline',
      date: '2024-01-01',
      label: null,
      roi: 'GTV',
      split: 'train',
      site: 'x',
    });
    expect(JSON.stringify(rows)).not.toContain('SECRET');
  });

  it.each([
    ['an empty file', '', 'the file is empty'],
    ['tabs', 'patient\tstudy\tvisit\n', 'separated by tabs'],
    ['no column of studies', 'patient,visit\na,FFT\n', 'no column study'],
    ['a column twice', 'patient,study,visit,visit\n', 'row 1, column visit: is there twice'],
    ['a header alone', 'patient,study,visit\n', 'no row below'],
    ['unequal rows', 'patient,study,visit\na,s\n', 'row 2: 2 cells for 3 columns'],
    ['a nameless patient', 'patient,study,visit\n,s,FFT\n', 'row 2, column patient: is empty'],
    ['no visit', 'patient,study,visit\na,s,\n', 'row 2, column visit: is empty'],
    [
      'a visit twice',
      'patient,study,visit\na,s,FFT\na,t,fft\n',
      'row 3, column visit: the same patient and visit as in row 2',
    ],
    [
      'a study twice',
      'patient,study,visit\na,s,FFT\na,s,EAR\n',
      'row 3, column study: the same study as in row 2',
    ],
    ['a wrong date', 'patient,study,visit,date\na,s,FFT,1.3.2024\n', 'row 2, column date'],
  ])('refuses %s', (_, text, said) => {
    expect(faultOf(() => readCohortTable(text))).toContain('TABLE_INVALID');
    expect(faultOf(() => readCohortTable(text))).toContain(said);
  });
});

describe('the feature table of a cohort', () => {
  it('is read again to the last bit', () => {
    const { table, excluded } = cohort();
    const again = readFeatureTable(writeFeatureTable(table));
    expect(again.values).toEqual(table.values);
    expect(again.features).toEqual(FEATURES);
    expect(again.recipeDigest).toBe('a'.repeat(64));
    const withoutLine = table.rows.map(({ line: _, ...row }) => row);
    expect(again.rows.map(({ line: _, ...row }) => row)).toEqual(withoutLine);
    expect(table.rows.map(({ days, date }) => [date, days])).toEqual([
      ['2024-01-01', 0],
      ['2024-03-01', 60],
      ['', null],
    ]);
    expect(excluded).toEqual([
      { line: 4, caseName: 'A_other_2024-05-01', patient: 'A', reason: 'MASK_MISSING', detail: 'none' },
    ]);
  });

  it('is the same as Parquet', async () => {
    const { table } = cohort();
    const bytes = writeParquet(table);
    const rows = await parquetReadObjects({ file: bytes.slice().buffer });
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatchObject({
      CaseName: 'A_FFT',
      patient: 'A',
      label: 0,
      days: 60,
      scanner: 'Maker, Model',
      original_firstorder_Mean: -1.5,
      original_shape_MeshVolume: 12345.678901234567,
    });
    expect(rows[2]).toMatchObject({ days: null, date: null, original_firstorder_Mean: 1 / 3 });
  });
});

describe('the flow of a cohort', () => {
  it('counts studies and patients at each step, and draws them', () => {
    const rows = readCohortTable(TEXT);
    const { table, excluded } = cohort();
    const flow = flowOf([
      { title: 'In the table', rows, excluded },
      { title: 'Measured <&>', rows: table.rows, excluded: [] },
    ]);
    expect(flow.steps).toEqual([
      {
        title: 'In the table',
        rows: 4,
        patients: 2,
        excluded: [{ reason: 'MASK_MISSING', rows: 1, patients: 1 }],
      },
      { title: 'Measured <&>', rows: 3, patients: 2, excluded: [] },
    ]);
    expect(flowText(flow)).toBe(
      'In the table: 4 studies of 2 patients\n  excluded, MASK_MISSING: 1 study of 1 patient\nMeasured <&>: 3 studies of 2 patients\n',
    );
    const svg = flowSvg(flow);
    expect(svg.match(/<rect/g)).toHaveLength(3);
    expect(svg).toContain('Measured &lt;&amp;&gt;');
    const [height = 0] = /viewBox="0 0 800 (\d+)"/.exec(svg)?.slice(1).map(Number) ?? [];
    const bottoms = [...svg.matchAll(/<rect x="\d+" y="([\d.]+)" width="\d+" height="([\d.]+)"/g)].map(
      ([, y, tall]) => Number(y) + Number(tall),
    );
    expect(Math.max(...bottoms)).toBeLessThanOrEqual(height);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/fault.ts';
import { isPaperFeature, withFeatureSet } from '../../../../src/lab/table/feature-set.ts';
import { columnOf } from '../../../../src/lab/table/feature-table.ts';
import { readFeatureTable } from '../../../../src/lab/table/read-feature-table.ts';
import { featureNames } from '../../../../src/radiomics/features.ts';
import { EAR_2023 } from '../../../../src/radiomics/profile.ts';
import { describeWithReference } from '../../../support/reference.ts';

const MEAN = 'original_firstorder_Mean';
const faultOf = (text: string): string => {
  try {
    readFeatureTable(text);
  } catch (thrown) {
    if (thrown instanceof Fault) return `${thrown.code} ${thrown.detail}`;
    throw thrown;
  }
  return 'none';
};

describe('readFeatureTable', () => {
  it('reads who, when and which, and the features column by column', () => {
    const table = readFeatureTable(
      `\uFEFFCaseName;patient;visit;label;date;days;site;scanner;kernel;split;${MEAN};a_${MEAN.replace('Mean', 'Energy')}\r\n` +
        'c1;P1;fft;0;20200301;60;X;S;K;train;-1.5e2;3\r\nc2;P1;EAR;1.0;2020-05-01;121;X;S;K;train;.5;4\r\n',
    );
    expect(table.rows[0]).toEqual({
      line: 2,
      caseName: 'c1',
      patient: 'P1',
      visit: 'FFT',
      label: 0,
      date: '2020-03-01',
      days: 60,
      site: 'X',
      scanner: 'S',
      kernel: 'K',
      split: 'train',
    });
    expect(table.features).toEqual([MEAN, 'original_firstorder_Energy']);
    expect([...table.values]).toEqual([-150, 0.5, 3, 4]);
  });

  it('imports the batch output of PyRadiomics', () => {
    const table = readFeatureTable(
      `Image,Mask,Label,diagnostics_Versions_PyRadiomics,diagnostics_Mask-original_VoxelNum,${MEAN}\n` +
        '/d/P01_baseline.nii.gz,/d/m1.nrrd,2,v3.0.1,88,1.5\n/d/P01_EAR.nrrd,/d/m2.nrrd,2,v3.0.1,90,2.5\n',
    );
    expect(table.features).toEqual([MEAN]);
    expect(
      table.rows.map(({ caseName, patient, visit, label }) => [caseName, patient, visit, label]),
    ).toEqual([
      ['P01_baseline', 'P01', 'baseline', null],
      ['P01_EAR', 'P01', 'EAR', null],
    ]);
  });

  it.each([
    [
      'one case without a header',
      `diagnostics_Versions_PyRadiomics,v3.0.1\n${MEAN},1.5\nct_original_shape_Elongation,0.5\n`,
      ['case 1'],
    ],
    [
      'several cases under their names',
      `feature,P1_FFT,P1_EAR\n${MEAN},1.5,3\nct_original_shape_Elongation,0.5,4\n`,
      ['P1_FFT', 'P1_EAR'],
    ],
    ['a series as pandas writes it', `,0\n${MEAN},1.5\noriginal_shape_Elongation,0.5\n`, ['0']],
  ])('imports one feature a line: %s', (_, text, names) => {
    const table = readFeatureTable(text);
    expect(table.rows.map(({ caseName }) => caseName)).toEqual(names);
    expect(table.features).toEqual([MEAN, 'original_shape_Elongation']);
    expect(columnOf(table, 0)[0]).toBe(1.5);
    expect(columnOf(table, 1)[0]).toBe(0.5);
    expect(table.notices[0]).toContain('one feature a line');
  });

  it.each([
    ['an empty file', '', 'the file is empty'],
    ['a header alone', `case,${MEAN}\n`, 'no row below the header'],
    ['no feature', 'case,label\nx,1\n', 'no column is a feature'],
    ['unequal rows', `case,${MEAN}\nx,1\ny,1,2\n`, 'row 3: 3 cells for 2 columns'],
    ['a missing value', `case,${MEAN}\nx,1\ny,\n`, `row 3, column ${MEAN}: is empty`],
    ['a word for a number', `case,${MEAN}\nx,1\ny,SECRET\n`, `row 3, column ${MEAN}: is no finite number`],
    ['NaN', `case,${MEAN}\nx,NaN\ny,1\n`, `row 2, column ${MEAN}: is no finite number`],
    ['infinity', `case,${MEAN}\nx,1e999\n`, `row 2, column ${MEAN}: is no finite number`],
    ['infinite days', `case,days,${MEAN}\nx,1e999,1\n`, 'row 2, column days: is no finite number'],
    ['a case twice', `case,${MEAN}\nx,1\nx,2\n`, 'row 3, column CaseName: the same case as in row 2'],
    ['a case without a name', `case,${MEAN}\n,1\n`, 'row 2, column CaseName: is empty'],
    ['a column twice', `case,${MEAN},a_${MEAN}\nx,1,2\n`, `row 1, column ${MEAN}: is there twice`],
    ['a known column twice', `case,label,LABEL,${MEAN}\nx,1,1,2\n`, 'row 1, column LABEL: is there twice'],
    ['a column without a name', `case,,${MEAN}\nx,1,2\n`, 'row 1, column 2: has no name'],
    ['no header', 'x,1,2\ny,3,4\n', 'row 1, column 2: is a number; the first row names the columns'],
    ['tabs', `case\t${MEAN}\nx\t1\n`, 'columns are separated by tabs'],
    ['decimal commas', `case;${MEAN}\nx;1,5\n`, `row 2, column ${MEAN}: has a decimal comma`],
    [
      'decimal commas of an unknown column',
      'case;volume\nx;1,5\n',
      'row 2, column volume: has a decimal comma',
    ],
    ['another label', `case,label,${MEAN}\nx,2,1\n`, 'row 2, column label: is neither 0 nor 1'],
    ['another visit', `case,visit,${MEAN}\nx,second,1\n`, 'row 2, column visit: is none of baseline, FFT'],
    ['no such date', `case,date,${MEAN}\nx,2020-02-30,1\n`, 'row 2, column date: is no date'],
    ['a quote out of place', `case,${MEAN}\nx,"1"2\n`, 'a quote is out of place'],
    ['a fault in a turned file', `feature,P1\n${MEAN},\n`, 'its columns are counted as rows'],
    [
      'a turned file with unequal lines',
      `feature,P1\n${MEAN},1,2\n`,
      'row 2: 3 cells, where the first row has 2',
    ],
  ])('refuses %s', (_, text, said) => {
    expect(faultOf(text)).toContain('TABLE_INVALID');
    expect(faultOf(text)).toContain(said);
    expect(faultOf(text)).not.toContain('SECRET');
  });

  it('refuses more columns than a table can mean', () => {
    const names = Array.from({ length: 20_001 }, (_, i) => `f${i}`).join(',');
    expect(faultOf(`${names}\n`)).toContain('20001 columns');
  });

  it('refuses rows of two recipes', () => {
    const digest = (letter: string) => letter.repeat(64);
    expect(
      faultOf(`case,diagnostics_RecipeDigest,${MEAN}\nx,${digest('a')},1\ny,${digest('b')},1\n`),
    ).toContain('RECIPES_MIXED row 3');
  });

  it('reads thousands of columns within a second or two', () => {
    const [columns, rows] = [10_000, 50];
    const header = ['case', ...Array.from({ length: columns }, (_, i) => `wavelet_${i}`)].join(',');
    const row = (i: number) =>
      [`c${i}`, ...Array.from({ length: columns }, (_, j) => `${i * j}.25`)].join(',');
    const text = [header, ...Array.from({ length: rows }, (_, i) => row(i))].join('\n');
    const start = performance.now();
    const table = readFeatureTable(text);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(table.features).toHaveLength(columns);
    expect(columnOf(table, 9999)[49]).toBe(49 * 9999 + 0.25);
  });

  it('gives a table or a coded fault, whatever the text', () => {
    const cell = fc.oneof(
      fc.constantFrom(
        '',
        '1',
        '-1.5',
        '1,5',
        'NaN',
        'case',
        'label',
        'visit',
        'FFT',
        'Mask',
        'Label',
        'Image',
        MEAN,
        '2020-01-01',
        '"',
        '__proto__',
        'diagnostics_RecipeDigest',
        'original_shape_Elongation',
      ),
      fc.string({ maxLength: 6 }),
    );
    const rows = fc.array(fc.array(cell, { maxLength: 5 }), { maxLength: 6 });
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc
        .tuple(rows, fc.constantFrom(',', ';', '\t'), fc.constantFrom('\n', '\r\n', '\r'))
        .map(([each, separator, end]) => each.map((cells) => cells.join(separator)).join(end)),
    );
    fc.assert(
      fc.property(text, (any) => {
        let table: ReturnType<typeof readFeatureTable>;
        try {
          table = readFeatureTable(any);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault);
          expect((thrown as Fault).code).toMatch(/^(TABLE_INVALID|RECIPES_MIXED)$/);
          return;
        }
        expect(table.values).toHaveLength(table.rows.length * table.features.length);
        expect(table.values.every(Number.isFinite)).toBe(true);
        expect(new Set(table.features).size).toBe(table.features.length);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the feature sets', () => {
  it('counts 378 of 386, without SumAverage and MCC of each image', () => {
    const names = featureNames(EAR_2023);
    expect(names).toHaveLength(386);
    const table = readFeatureTable(`case,${names.join(',')}\nx,${names.map((_, j) => j).join(',')}\n`);
    const paper = withFeatureSet(table, 'paper');
    expect(paper.features).toHaveLength(378);
    expect(withFeatureSet(table, 'all')).toBe(table);
    expect(names.filter((name) => !isPaperFeature(name))).toHaveLength(8);
    const kept = paper.features.map((name) => names.indexOf(name));
    expect([...paper.values]).toEqual(kept);
  });
});

describeWithReference('the reference cohort', (folder) => {
  it('has 134 rows of 67 patients', () => {
    const table = readFeatureTable(readFileSync(join(folder, 'model-lab/train.csv'), 'utf8'));
    expect(table.rows).toHaveLength(134);
    expect(new Set(table.rows.map(({ patient }) => patient)).size).toBe(67);
    expect(table.rows.filter(({ label }) => label === 1)).toHaveLength(67);
  });
});

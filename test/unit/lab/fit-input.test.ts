import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import type { FitRecord } from '../../../src/lab/record.ts';
import { foldsToCompute, fit as modelOf } from '../../../src/lab/search/fit.ts';
import type { FitOptions } from '../../../src/lab/search/fit-options.ts';
import { answerFold } from '../../../src/lab/search/fold.ts';
import { preparedTable } from '../../../src/lab/search/prepare.ts';
import { readFeatureTable } from '../../../src/lab/table/read-feature-table.ts';
import { parseFittedModel } from '../../../src/model/fitted-model.ts';
import { csvOf, type MadeTable, madeTable } from '../../support/feature-tables.ts';

const OPTIONS: FitOptions = {
  id: 'made',
  mode: 'recommended',
  definition: 'followUpMinusBaseline',
  reference: 'baseline',
  featureSet: 'paper',
  selectors: ['ANOVA'],
  classifiers: ['LR_none'],
  folds: 5,
  seed: null,
  pccThreshold: 0.98,
  rule: 'oneStandardError',
  most: 3,
  isScouted: false,
  harmoniseBy: null,
};
const SOURCE = { tables: ['0'.repeat(64)], software: 'test', recipe: null, split: null };

async function fitted(text: string, options: Partial<FitOptions> = {}) {
  const all = { ...OPTIONS, ...options };
  const prepared = preparedTable(readFeatureTable(text), all);
  let folds = 0;
  const model = await modelOf(prepared, all, SOURCE, async (task) => {
    folds++;
    return answerFold(task);
  });
  expect(folds).toBe(foldsToCompute(prepared, all));
  return { model: parseFittedModel(JSON.stringify(model)).model, lab: model.lab as unknown as FitRecord };
}

async function refusal(text: string, options: Partial<FitOptions> = {}): Promise<string> {
  try {
    await fitted(text, options);
  } catch (thrown) {
    if (thrown instanceof Fault) return `${thrown.code} ${thrown.detail}`;
    throw thrown;
  }
  return 'taken';
}

/** The made table with one cell replaced; rows count from 0, below the header. */
function withCell(at: number, column: string, text: string, table: MadeTable = madeTable()): MadeTable {
  const index = table.header.indexOf(column);
  return {
    ...table,
    rows: table.rows.map((cells, row) =>
      row === at ? cells.map((cell, j) => (j === index ? text : cell)) : cells,
    ),
  };
}

describe('a table that no model can be made from is refused with row and column', () => {
  const table = madeTable();
  const feature = table.header[4]!;
  const label = (of: (row: number) => string): MadeTable => ({
    ...table,
    rows: table.rows.map((cells, row) => cells.with(2, of(row))),
  });

  it.each<[string, string, string]>([
    [
      'unequal columns',
      csvOf({ ...table, rows: table.rows.map((cells, row) => (row === 3 ? cells.slice(1) : cells)) }),
      'TABLE_INVALID row 5: 23 cells for 24 columns',
    ],
    ['a missing value', csvOf(withCell(2, feature, '')), `TABLE_INVALID row 4, column ${feature}: is empty`],
    [
      'a number that is not finite',
      csvOf(withCell(2, feature, 'inf')),
      `TABLE_INVALID row 4, column ${feature}: is no finite number`,
    ],
    [
      'a number too large for a double',
      csvOf(withCell(2, feature, '1e999')),
      `TABLE_INVALID row 4, column ${feature}: is no finite number`,
    ],
    ['a wrong separator', csvOf(table, '\t'), 'TABLE_INVALID columns are separated by tabs'],
    [
      'a case that is there twice',
      csvOf(withCell(7, 'CaseName', table.rows[2]![0]!)),
      'TABLE_INVALID row 9, column CaseName: the same case as in row 4',
    ],
    ['a missing label', csvOf(withCell(6, 'label', '')), 'COHORT_INVALID row 8, column label: is empty'],
    ['one class', csvOf(label(() => '1')), 'COHORT_INVALID column label: no row has 0'],
    [
      'fewer rows of a class than folds',
      csvOf(label((row) => (row < 4 ? '1' : '0'))),
      'COHORT_INVALID column label: 4 rows have 1, fewer than 5 folds',
    ],
    [
      'a patient without a name',
      csvOf(withCell(4, 'patient', '')),
      'COHORT_INVALID row 6, column patient: is empty',
    ],
    [
      'fewer patients than folds',
      csvOf({ ...table, rows: table.rows.map((cells, row) => cells.with(1, `P${row % 4}`)) }),
      'COHORT_INVALID column patient: 4 patients, fewer than 5 folds',
    ],
    [
      'no column that varies',
      csvOf({
        header: table.header.slice(0, 5),
        rows: table.rows.map((cells) => [...cells.slice(0, 4), '3']),
      }),
      'COHORT_INVALID every feature is constant',
    ],
  ])('%s', async (_, text, told) => {
    expect(await refusal(text)).toContain(told);
  });

  it('a fold of one class', async () => {
    // Every fifth patient has the label 1 only: patients are dealt to folds in order.
    const parted = label((row) => String(Number(Math.floor(row / 2) % 5 === 0)));
    expect(await refusal(csvOf(parted))).toMatch(/COHORT_INVALID fold 1 of 5: \d+ rows of one class/);
  });

  it('a column of batches with a gap, a batch that falls into one fold, a batch of one row', async () => {
    const gap = csvOf(withCell(9, 'site', ''));
    expect(await refusal(gap, { harmoniseBy: 'site' })).toContain(
      'COHORT_INVALID row 11, column site: is empty',
    );
    const rare = csvOf({
      ...table,
      rows: table.rows.map((cells, row) => (row < 2 ? cells.with(3, 'west') : cells)),
    });
    expect(await refusal(rare, { harmoniseBy: 'site' })).toContain('all rows of west fall into one fold');
    const single = csvOf(withCell(0, 'site', 'west'));
    expect(await refusal(single, { harmoniseBy: 'site' })).toContain('COHORT_INVALID');
  });

  it('classes that one feature separates: no unpenalised model, a penalised one', async () => {
    const separated = madeTable({ effect: 40 });
    expect(await refusal(csvOf(separated))).toMatch(/^CLASSES_SEPARATED/);
    const { model } = await fitted(csvOf(separated), { classifiers: ['LR_L2'] });
    expect(model.classifier).toEqual({ kind: 'logisticRegression', C: 1 });
    expect(model.covariance).toBeNull();
  });

  it('no scout that is better than chance', async () => {
    expect(
      await refusal(csvOf(madeTable({ effect: 0, seed: 1, perImage: 2 })), { isScouted: true, most: 1 }),
    ).toContain('no scout model reaches a cross-validated AUC of 0.6');
  });
});

describe('a table that is unusual, but good', () => {
  it('a byte order mark, semicolons and CRLF change nothing', async () => {
    const plain = await fitted(csvOf(madeTable()));
    const other = await fitted(`\uFEFF${csvOf(madeTable(), ';').replaceAll('\n', '\r\n')}`);
    expect(other.model).toEqual(plain.model);
  });

  it('constant columns are left out and named', async () => {
    const table = madeTable();
    const constant = {
      header: [...table.header, 'original_glcm_Flat'],
      rows: table.rows.map((cells) => [...cells, '7.1']),
    };
    const { model, lab } = await fitted(csvOf(constant));
    expect(lab.constantColumns).toEqual(['original_glcm_Flat']);
    expect(lab.notices.join(' ')).toContain('Constant columns are left out: original_glcm_Flat.');
    expect(model.features.map(({ name }) => name)).not.toContain('original_glcm_Flat');
  });

  it("the paper's set leaves out SumAverage and MCC of the GLCM, all features has them", async () => {
    const table = madeTable();
    const added = {
      ...table,
      header: table.header.map((name) => (name === 'original_glcm_Made1' ? 'original_glcm_MCC' : name)),
    };
    const names = (set: 'paper' | 'all') =>
      preparedTable(readFeatureTable(csvOf(added)), { ...OPTIONS, featureSet: set }).table.features;
    expect(names('paper')).not.toContain('original_glcm_MCC');
    expect(names('all')).toContain('original_glcm_MCC');
    expect(names('all')).toHaveLength(20);
  });

  it('two thousand columns', async () => {
    const { lab } = await fitted(csvOf(madeTable({ perImage: 500 })), {
      mode: 'fae',
      selectors: ['ANOVA', 'RFE'],
    });
    expect(lab.final.table.length + lab.final.failed.length).toBe(6);
    expect(lab.grouping).toBe('row');
  });
});

describe('what a model file says', () => {
  it('recommended: folds by patient, a nested estimate, a clustered covariance', async () => {
    const { model, lab } = await fitted(csvOf(madeTable()), {
      isScouted: true,
      selectors: ['ANOVA', 'KW', 'RFE', 'Relief'],
      classifiers: ['LR_none', 'SVM'],
    });
    expect(lab.grouping).toBe('patient');
    expect(lab.scouts.map(({ image }) => image)).toHaveLength(4);
    expect(lab.nested?.scores).toHaveLength(40);
    expect(lab.nested!.pooledAuc).toBeGreaterThan(0.5);
    expect(model.training).toEqual({ n: 40, events: 20, patients: 20, prevalence: 0.5 });
    if (model.classifier.kind === 'logisticRegression')
      expect(model.covariance?.method).toBe('clusterSandwich');
    const positive = lab.training.filter(({ probability }) => probability >= model.cutOff);
    expect(positive.length).toBeGreaterThan(0);
    expect(lab.training.some(({ probability }) => probability === model.cutOff)).toBe(true);
  });

  it('fae: says that its cross-validated AUC is optimistic, and what rounding does to the cut-off', async () => {
    const { lab } = await fitted(csvOf(madeTable()), { mode: 'fae', rule: 'max' });
    expect(lab.nested).toBeNull();
    expect(lab.notices.join(' ')).toMatch(/optimistic.*4 decimals.*training rows change sides/);
  });

  it('a seed shuffles the folds, and the same seed gives the same model', async () => {
    const text = csvOf(madeTable());
    const [plain, one, again] = await Promise.all([
      fitted(text),
      fitted(text, { seed: 4 }),
      fitted(text, { seed: 4 }),
    ]);
    expect(one.lab.folds).not.toEqual(plain.lab.folds);
    expect(again.model).toEqual(one.model);
  });

  it('ComBat frozen: a value scored by the stored formula is that of the fit', async () => {
    const table = madeTable();
    const shifted = {
      ...table,
      rows: table.rows.map((cells) =>
        cells.map((cell, j) => (j > 3 && cells[3] === 'south' ? String(5 + 2 * Number(cell)) : cell)),
      ),
    };
    const { model, lab } = await fitted(csvOf(shifted), { harmoniseBy: 'site' });
    expect(lab.harmonisedBy).toBe('site');
    const read = readFeatureTable(csvOf(shifted));
    read.rows.forEach((row, i) => {
      const logOdds = model.features.reduce((sum, { name, mean, sd, coefficient }, j) => {
        const of = model.harmonisation!.features[j]!;
        const { gamma, delta } = of.batches[row.site]!;
        const x = read.values[read.features.indexOf(name) * read.rows.length + i]!;
        const inHarmony = (x - of.mean - gamma * of.sd) / Math.sqrt(delta) + of.mean;
        return sum + (coefficient * (inHarmony - mean)) / sd;
      }, model.intercept);
      expect(1 / (1 + Math.exp(-logOdds))).toBeCloseTo(lab.training[i]!.probability, 10);
    });
  });
});

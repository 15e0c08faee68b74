import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/fault.ts';
import { readClinicalTable } from '../../../../src/lab/cohort/clinical-table.ts';
import { drawSplit } from '../../../../src/lab/cohort/split.ts';
import { tableOne } from '../../../../src/lab/cohort/table-one.ts';
import { seededRandom } from '../../../../src/model/random.ts';

const faultOf = (run: () => unknown): string => {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof Fault) return `${thrown.code} ${thrown.detail}`;
    throw thrown;
  }
  return 'none';
};

/** 96 patients, as in the paper. */
const clinicalText = (n = 96): string => {
  const random = seededRandom('0123456789abcdef0123456789abcdef');
  const rows = Array.from({ length: n }, (_, i) =>
    [
      `P${i}`,
      (62 + 9 * random.normal()).toFixed(1),
      random.index(2) === 0 ? 'F' : 'M',
      ['exon19del', 'L858R'][random.index(2)],
      ['gefitinib', 'erlotinib', 'icotinib', 'afatinib'][Math.min(3, Math.floor(4 * random.uniform() ** 2))],
      i % 10 === 0 ? '' : (20 + 30 * random.uniform() ** 3).toFixed(1),
      random.index(3),
    ].join(','),
  );
  return ['patient,age,sex,mutation,TKI,size,ECOG', ...rows].join('\n');
};

describe('drawSplit', () => {
  it('draws the 67 and 29 of the paper, alike in every characteristic, and the same again', () => {
    const clinical = readClinicalTable(clinicalText());
    const split = drawSplit(clinical, { train: 67, seed: 1, mostDraws: 1000 });
    expect(split.sides.filter((side) => side === 'train')).toHaveLength(67);
    expect(split.sides.filter((side) => side === 'test')).toHaveLength(29);
    expect(split.table.map(({ characteristic }) => characteristic)).toEqual([
      'age',
      'sex',
      'mutation',
      'TKI',
      'size',
      'ECOG',
    ]);
    for (const { p } of split.table) expect(p).toBeGreaterThan(0.05);
    expect(split.draws).toBeGreaterThanOrEqual(1);
    expect(drawSplit(clinical, { train: 67, seed: 1, mostDraws: 1000 })).toEqual(split);
    expect(drawSplit(clinical, { train: 67, seed: 2, mostDraws: 1000 }).sides).not.toEqual(split.sides);
  });

  it('draws again until nothing differs, and counts the draws', () => {
    const many = [...Array(12).keys()];
    const random = seededRandom('f123456789abcdef0123456789abcdef');
    const rows = Array.from({ length: 60 }, (_, i) =>
      [`P${i}`, ...many.map(() => random.normal())].join(','),
    );
    const clinical = readClinicalTable([`patient,${many.map((j) => `c${j}`).join(',')}`, ...rows].join('\n'));
    const draws = [1, 2, 3, 4, 5].map(
      (seed) => drawSplit(clinical, { train: 40, seed, mostDraws: 1000 }).draws,
    );
    expect(Math.max(...draws)).toBeGreaterThan(1);
  });

  it('says when no draw is alike', () => {
    const tight = readClinicalTable(clinicalText());
    const failing = [...Array(200).keys()].find((seed) => {
      return faultOf(() => drawSplit(tight, { train: 67, seed, mostDraws: 1 })) !== 'none';
    });
    expect(failing).toBeDefined();
    expect(faultOf(() => drawSplit(tight, { train: 67, seed: failing ?? 0, mostDraws: 1 }))).toContain(
      'COHORT_INVALID in none of 1 draws',
    );
  });
});

describe('tableOne', () => {
  it('names the test of each characteristic, and who is not known', () => {
    const clinical = readClinicalTable(clinicalText());
    const sides = clinical.patients.map((_, i) => (i < 67 ? 'train' : 'test') as 'train' | 'test');
    const rows = tableOne(clinical, sides);
    expect(rows.map(({ characteristic, by, unknown }) => [characteristic, by, unknown])).toEqual([
      ['age', 'Welch', 0],
      ['sex', 'chi-squared', 0],
      ['mutation', 'chi-squared', 0],
      ['TKI', expect.stringMatching(/Fisher|chi-squared/), 0],
      ['size', 'Mann-Whitney', 10],
      ['ECOG', expect.stringMatching(/Fisher|chi-squared/), 0],
    ]);
    expect(rows[0]!.train).toMatch(/^\d+\.?\d* ± \d/);
    expect(rows[1]!.test).toMatch(/^F \d+ \(\d+ %\), M \d+ \(\d+ %\)$/);
    expect(rows[4]!.train).toMatch(/^\d+\.?\d* \(\d+\.?\d* to \d+\.?\d*\)$/);
  });

  it('has no test of a characteristic that all share, and Fisher of a rare one', () => {
    const clinical = readClinicalTable('patient,sex,rare,stage\na,F,x,4\nb,F,y,4\nc,F,x,4\nd,F,x,4\n');
    const rows = tableOne(clinical, ['train', 'train', 'test', 'test']);
    expect(rows.map(({ p, by }) => [p === null ? null : Number(p.toFixed(6)), by])).toEqual([
      [null, 'chi-squared'],
      [1, 'Fisher'],
      [null, 'chi-squared'],
    ]);
  });

  it('refuses categories that an exact test cannot go through', () => {
    const rows = Array.from({ length: 120 }, (_, i) => `P${i},k${i % 12}`);
    const clinical = readClinicalTable(['patient,hospital', ...rows].join('\n'));
    const sides = clinical.patients.map((_, i) => (i < 110 ? 'train' : 'test') as 'train' | 'test');
    expect(faultOf(() => tableOne(clinical, sides))).toContain(
      'TABLE_INVALID column hospital: too many rare categories',
    );
  });
});

describe('readClinicalTable', () => {
  it.each([
    ['an empty file', '', 'the file is empty'],
    ['no patients', 'age,sex\n1,F\n', 'no column patient'],
    ['nothing beside', 'patient\na\n', 'no column beside'],
    ['a patient twice', 'patient,sex\na,F\na,M\n', 'row 3, column patient: the same patient as in row 2'],
    ['a nameless patient', 'patient,sex\n,F\n', 'row 2, column patient: is empty'],
    ['unequal rows', 'patient,sex\na\n', 'row 2: 1 cells for 2 columns'],
    ['a column twice', 'patient,sex,sex\na,F,F\n', 'row 1, column sex: is there twice'],
    [
      'decimal commas',
      `patient;age\n${[...Array(8).keys()].map((i) => `p${i};6${i},5`).join('\n')}\n`,
      'row 2, column age: has a decimal comma',
    ],
    [
      'names for categories',
      `patient,doctor\n${[...Array(13).keys()].map((i) => `p${i},d${i}`).join('\n')}\n`,
      'column doctor: 13 categories',
    ],
  ])('refuses %s', (_, text, said) => {
    expect(faultOf(() => readClinicalTable(text))).toContain(`TABLE_INVALID`);
    expect(faultOf(() => readClinicalTable(text))).toContain(said);
  });
});

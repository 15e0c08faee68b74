import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { readClinicalTable } from '../lab/cohort/clinical-table.ts';
import { drawSplit, type Split } from '../lab/cohort/split.ts';
import type { Side, TableOneRow } from '../lab/cohort/table-one.ts';
import type { FeatureTable } from '../lab/table/feature-table.ts';
import { readFeatureTable } from '../lab/table/read-feature-table.ts';
import { cellFault, tableFault } from '../lab/table/table-fault.ts';
import { readText } from '../startup/yaml.ts';
import { csvLine, parseCsv } from '../tables/csv.ts';
import { writing } from './cohort-progress.ts';
import { type Command, numberOption, parse, required, wholeNumberOption } from './command.ts';

const HONEST =
  'Sets are drawn again until no characteristic differs with p of 0.05 or less: the procedure of the paper. Sets made alike so are more alike than chance would make them; report the number of draws, and test the model on patients of elsewhere, too.';

/** `earshot cohort split`: which patients train a model, and which test it. */
export const cohortSplit: Command = {
  usage: `Usage: earshot cohort split --table FILE.csv --clinical clinical.csv --out DIR [--train 67 --test 29 | --share 0.7] [options]

Draws patients into a training and a test set until the characteristics of the clinical table (column patient, and others such as
age, sex, smoking, mutation, TKI, tumour size) do not differ: all p above 0.05, by Welch's t test or Mann and Whitney's of
numbers, chi-squared or Fisher's exact test of categories. All rows of a patient stay together. Writes train.csv and test.csv
(rows of the table, which is one of features or of deltas), split.csv (patient, split) and table-one.json; prints the table with
its tests and the number of draws that were needed.
  --train N --test N  patients in each set; together all patients of the table
  --share X           share of the patients that train (default 0.7)
  --seed N            the same seed gives the same sets (default 1)
  --draws N           at most so many draws (default 1000)`,
  run: async (args) => {
    const { values } = parse(args, {
      table: { type: 'string' },
      clinical: { type: 'string' },
      out: { type: 'string' },
      train: { type: 'string' },
      test: { type: 'string' },
      share: { type: 'string' },
      seed: { type: 'string' },
      draws: { type: 'string' },
    });
    const out = required(values.out, '--out');
    const text = readText(required(values.table, '--table'), 'INPUT_NOT_FOUND');
    const clinicalText = readText(required(values.clinical, '--clinical'), 'INPUT_NOT_FOUND');
    const table = readFeatureTable(text);
    const patients = patientsOf(table, parseCsv(text)[0]?.cells ?? []);
    const all = readClinicalTable(clinicalText);
    const clinical = onlyPatients(all, patients);
    const seed = wholeNumberOption(values.seed, '--seed', 0) ?? 1;
    const mostDraws = wholeNumberOption(values.draws, '--draws', 1) ?? 1000;
    const train = trainOf(values, clinical.patients.length);
    const split = drawSplit(clinical, { train, seed, mostDraws });
    const sides = new Map(clinical.patients.map((patient, i) => [patient, split.sides[i] ?? 'test']));
    write(out, text, patients, sides, { ...split, seed });
    console.log(`${tableText(split, train)}\n${HONEST}`);
    return 0;
  },
};

type Sizes = Readonly<{ train?: string; test?: string; share?: string }>;

function trainOf(values: Sizes, n: number): number {
  const train = wholeNumberOption(values.train, '--train', 1);
  const test = wholeNumberOption(values.test, '--test', 1);
  const share = numberOption(values.share, '--share');
  if ((train === undefined) !== (test === undefined))
    throw new Fault('USAGE', '--train and --test go together');
  if (train !== undefined && share !== undefined)
    throw new Fault('USAGE', '--share goes without --train and --test');
  if (share !== undefined && !(share > 0 && share < 1))
    throw new Fault('USAGE', '--share must be between 0 and 1');
  const wanted = train ?? Math.round((share ?? 0.7) * n);
  if (test !== undefined && wanted + test !== n)
    throw new Fault('COHORT_INVALID', `--train and --test are ${wanted + test} patients, the table has ${n}`);
  if (wanted < 1 || wanted >= n) throw new Fault('COHORT_INVALID', `${n} patients do not make two sets`);
  return wanted;
}

/** The patient of each row of the table, by its line. */
function patientsOf(
  { rows, features }: FeatureTable,
  header: readonly string[],
): ReadonlyMap<number, string> {
  if (!header.some((cell) => cell.trim().endsWith(features[0] ?? '')))
    throw tableFault('the table has one feature a line; a split needs one case a line');
  const nameless = rows.find(({ patient }) => patient === '');
  if (nameless) throw cellFault(nameless.line, 'patient', 'is empty');
  return new Map(rows.map(({ line, patient }) => [line, patient]));
}

/** The characteristics of the patients that the table has; each of them must be in the clinical table. */
function onlyPatients(
  clinical: ReturnType<typeof readClinicalTable>,
  patients: ReadonlyMap<number, string>,
): ReturnType<typeof readClinicalTable> {
  const known = new Set(clinical.patients);
  for (const [line, patient] of patients)
    if (!known.has(patient)) throw cellFault(line, 'patient', 'is not in the clinical table');
  const wanted = new Set(patients.values());
  const isKept = clinical.patients.map((patient) => wanted.has(patient));
  return {
    patients: clinical.patients.filter((_, i) => isKept[i]),
    characteristics: clinical.characteristics.map((each) =>
      each.kind === 'number'
        ? { ...each, values: each.values.filter((_, i) => isKept[i]) }
        : { ...each, values: each.values.filter((_, i) => isKept[i]) },
    ),
  };
}

function write(
  folder: string,
  text: string,
  patients: ReadonlyMap<number, string>,
  sides: ReadonlyMap<string, Side>,
  about: Split & Readonly<{ seed: number }>,
): void {
  const [header = { cells: [] }, ...rows] = parseCsv(text);
  const at = header.cells.findIndex((cell) => cell.trim().toLowerCase() === 'split');
  const withSplit = (cells: readonly string[], value: string) =>
    at < 0 ? [...cells, value] : cells.map((cell, i) => (i === at ? value : cell));
  const set = (side: Side): string =>
    [
      withSplit(header.cells, 'split'),
      ...rows
        .filter(({ line }) => sides.get(patients.get(line) ?? '') === side)
        .map(({ cells }) => withSplit(cells, side)),
    ]
      .map(csvLine)
      .join('');
  const { draws, seed, table } = about;
  writing(() => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'train.csv'), set('train'));
    writeFileSync(join(folder, 'test.csv'), set('test'));
    writeFileSync(join(folder, 'split.csv'), [['patient', 'split'], ...sides].map(csvLine).join(''));
    writeFileSync(join(folder, 'table-one.json'), `${JSON.stringify({ seed, draws, table }, null, 2)}\n`);
  });
}

function tableText({ sides, table, draws }: Split, train: number): string {
  const cells = ({ characteristic, train: ofTrain, test, by, p, unknown }: TableOneRow): string[] => [
    characteristic + (unknown > 0 ? ` (${unknown} unknown)` : ''),
    ofTrain,
    test,
    p === null ? '-' : by,
    p === null ? '-' : p.toFixed(3),
  ];
  const lines = [
    ['', `train (${train})`, `test (${sides.length - train})`, 'test', 'p'],
    ...table.map(cells),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const shown = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...shown, `draws needed: ${draws}`].join('\n');
}

import type { Side } from '../lab/cohort/table-one.ts';
import type { FeatureTable } from '../lab/table/feature-table.ts';
import { readFeatureTable } from '../lab/table/read-feature-table.ts';
import { tableFault } from '../lab/table/table-fault.ts';
import { writeFiles } from '../startup/whole-files.ts';
import { readText } from '../startup/yaml.ts';
import { csvLine, parseCsv } from '../tables/csv.ts';
import { type Command, parse, required, wholeNumberOption } from './command.ts';
import { type PatientSplit, patientSplit, splitFiles, splitText } from './patient-split.ts';
import { writing } from './writing.ts';

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
    refuseTurned(table, parseCsv(text)[0]?.cells ?? []);
    const seed = wholeNumberOption(values.seed, '--seed', 0);
    const split = patientSplit(table.rows, clinicalText, { ...values, seed });
    write(out, text, table, split);
    console.log(splitText(split));
    return 0;
  },
};

function refuseTurned({ features }: FeatureTable, header: readonly string[]): void {
  if (!header.some((cell) => cell.trim().endsWith(features[0] ?? '')))
    throw tableFault('the table has one feature a line; a split needs one case a line');
}

/** Rows as they came, with columns that are no features, too. */
function write(folder: string, text: string, table: FeatureTable, split: PatientSplit): void {
  const [header = { cells: [] }, ...rows] = parseCsv(text);
  const patientAt = new Map(table.rows.map(({ line, patient }) => [line, patient]));
  const at = header.cells.findIndex((cell) => cell.trim().toLowerCase() === 'split');
  const withSplit = (cells: readonly string[], value: string) =>
    at < 0 ? [...cells, value] : cells.map((cell, i) => (i === at ? value : cell));
  const set = (side: Side): string =>
    [
      withSplit(header.cells, 'split'),
      ...rows
        .filter(({ line }) => split.sideOf.get(patientAt.get(line) ?? '') === side)
        .map(({ cells }) => withSplit(cells, side)),
    ]
      .map(csvLine)
      .join('');
  const files = { 'train.csv': set('train'), 'test.csv': set('test'), ...splitFiles(split) };
  // Of an earlier split nothing may be left when the first of these takes its place: the sets would share patients.
  writing(() => writeFiles(folder, files, Object.keys(files)));
}

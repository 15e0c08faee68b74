import { digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { Side } from '../lab/cohort/table-one.ts';
import type { FitSource } from '../lab/search/fit-options.ts';
import { rowsToFit, trainingRows } from '../lab/search/rows-to-fit.ts';
import { type FeatureTable, withRows } from '../lab/table/feature-table.ts';
import { readFeatureTable } from '../lab/table/read-feature-table.ts';
import { writeFeatureTable } from '../lab/table/write-feature-table.ts';
import { readText } from '../startup/yaml.ts';
import { required } from './command.ts';
import type { FitRequest } from './fit-options.ts';
import { patientSplit, splitFiles, splitText } from './patient-split.ts';

type FitTables = Pick<FitSource, 'tables' | 'split'> &
  Readonly<{
    /** the rows that train */
    table: FeatureTable;
    /** for the output folder, by name */
    files: Readonly<Record<string, string>>;
    /** Table 1; '' without a split */
    text: string;
  }>;

/** Reads what a fit is made of. Faults: those of the tables, USAGE, COHORT_INVALID, INPUT_NOT_FOUND. */
export function fitTables({ features, delta, split, options }: FitRequest): FitTables {
  const text = readText(required(features, '--features'), 'INPUT_NOT_FOUND');
  const ofBaselines = delta === undefined ? [] : [readText(delta, 'INPUT_NOT_FOUND')];
  const [baselines = null] = ofBaselines.map(readFeatureTable);
  const texts = [text, ...ofBaselines];
  const all = rowsToFit(readFeatureTable(text), baselines, options);
  if (split === null)
    return { tables: texts.map(digestOf), split: null, table: trainingRows(all), files: {}, text: '' };
  if (all.rows.some(({ split: side }) => side !== ''))
    throw new Fault('USAGE', '--split draws patients anew, and the table has a column split already');
  const clinical = readText(split.clinical, 'INPUT_NOT_FOUND');
  const drawn = patientSplit(all.rows, clinical, split.sizes);
  const { seed, draws, train, sides } = drawn;
  const setOf = (side: Side): FeatureTable => {
    const set = withRows(all, ({ patient }) => drawn.sideOf.get(patient) === side);
    return { ...set, rows: set.rows.map((row) => ({ ...row, split: side })) };
  };
  return {
    tables: [...texts, clinical].map(digestOf),
    split: { seed, draws, train, test: sides.length - train, table: drawn.table },
    table: setOf('train'),
    files: {
      'train.csv': writeFeatureTable(setOf('train')),
      'test.csv': writeFeatureTable(setOf('test')),
      ...splitFiles(drawn),
    },
    text: splitText(drawn),
  };
}

import { Fault } from '../fault.ts';
import { type ClinicalTable, readClinicalTable } from '../lab/cohort/clinical-table.ts';
import { drawSplit, type Split } from '../lab/cohort/split.ts';
import type { Side, TableOneRow } from '../lab/cohort/table-one.ts';
import type { TableRow } from '../lab/table/feature-table.ts';
import { cellFault } from '../lab/table/table-fault.ts';
import { csvLine } from '../tables/csv.ts';
import { numberOption, wholeNumberOption } from './command.ts';

const HONEST =
  'Sets are drawn again until no characteristic differs with p of 0.05 or less: the procedure of the paper. Sets made alike so are more alike than chance would make them; report the number of draws, and test the model on patients of elsewhere, too.';

/** On the command line. */
type Sizes = Readonly<
  { [Name in 'train' | 'test' | 'share' | 'draws']?: string | undefined } & { seed: number | undefined }
>;

export type PatientSplit = Split &
  Readonly<{
    seed: number;
    /** how many patients train */
    train: number;
    /** the set of each patient */
    sideOf: ReadonlyMap<string, Side>;
  }>;

/** Patients of the rows drawn into two sets. Faults: USAGE, TABLE_INVALID, COHORT_INVALID. */
export function patientSplit(rows: readonly TableRow[], clinicalText: string, sizes: Sizes): PatientSplit {
  const clinical = onlyPatients(readClinicalTable(clinicalText), rows);
  const seed = sizes.seed ?? 1;
  const mostDraws = wholeNumberOption(sizes.draws, '--draws', 1) ?? 1000;
  const train = trainOf(sizes, clinical.patients.length);
  const split = drawSplit(clinical, { train, seed, mostDraws });
  const sideOf = new Map(clinical.patients.map((patient, i) => [patient, split.sides[i] ?? 'test']));
  return { ...split, seed, train, sideOf };
}

function trainOf(sizes: Sizes, n: number): number {
  const train = wholeNumberOption(sizes.train, '--train', 1);
  const test = wholeNumberOption(sizes.test, '--test', 1);
  const share = numberOption(sizes.share, '--share');
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

/** The characteristics of the patients that the table has; each of them must be in the clinical table. */
function onlyPatients(clinical: ClinicalTable, rows: readonly TableRow[]): ClinicalTable {
  const known = new Set(clinical.patients);
  for (const { line, patient } of rows) {
    if (patient === '') throw cellFault(line, 'patient', 'is empty');
    if (!known.has(patient)) throw cellFault(line, 'patient', 'is not in the clinical table');
  }
  const wanted = new Set(rows.map(({ patient }) => patient));
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

/** split.csv (patient, split), and table-one.json. */
export const splitFiles = ({ sideOf, seed, draws, table }: PatientSplit) => ({
  'split.csv': [['patient', 'split'], ...sideOf].map(csvLine).join(''),
  'table-one.json': `${JSON.stringify({ seed, draws, table }, null, 2)}\n`,
});

/** Table 1 with its tests, how many draws it took, and what that means. */
export function splitText({ sides, table, draws, train }: PatientSplit): string {
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
  return [...shown, `draws needed: ${draws}`, HONEST].join('\n');
}

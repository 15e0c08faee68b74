import { repeatabilityCsv, repeatabilityOf } from '../lab/cohort/repeatability.ts';
import { readFeatureTable } from '../lab/table/read-feature-table.ts';
import { readText } from '../startup/yaml.ts';
import { type Command, parse, required } from './command.ts';
import { emit } from './extract-output.ts';

/** `earshot cohort repeatability`: how far a feature, and its change, can be trusted. */
export const cohortRepeatability: Command = {
  usage: `Usage: earshot cohort repeatability --table FILE.csv [--out FILE.csv]

From a table in which scans were repeated or drawn by several readers: CaseName, patient, visit, date, repeat (or reader), and
features. Rows of the same patient, visit and date are repeats of one subject. Gives, a line a feature, ICC(2,1) and ICC(3,1) with
95 % intervals, within-subject SD and coefficient of variation, and the repeatability coefficient; where the visit baseline is among
them, of the change since baseline as well.
  --out FILE  instead of standard output`,
  run: async (args) => {
    const { values } = parse(args, { table: { type: 'string' }, out: { type: 'string' } });
    const text = readText(required(values.table, '--table'), 'INPUT_NOT_FOUND');
    const repeatability = repeatabilityOf(readFeatureTable(text));
    emit(repeatabilityCsv(repeatability), values.out);
    for (const notice of repeatability.notices) console.error(notice);
    return 0;
  },
};

/** From duplicate scans or several readers: how far a feature, and its change since baseline, can be trusted. */
import { Fault } from '../../fault.ts';
import { grouped } from '../../model/grouped.ts';
import { csvLine } from '../../tables/csv.ts';
import { type Agreement, agreementOf } from '../statistics/icc.ts';
import { columnOf, type FeatureTable, type TableRow, withRows } from '../table/feature-table.ts';
import { cellFault } from '../table/table-fault.ts';
import { deltasWithin } from './deltas.ts';

type RepeatedFeature = Agreement & Readonly<{ feature: string; of: 'value' | 'delta' }>;
export type Repeatability = Readonly<{ features: readonly RepeatedFeature[]; notices: readonly string[] }>;

const FEWEST = 2;

/**
 * Rows with the same patient, visit and date (without a patient: of the same case) are repeats of one subject, told apart by the column
 * `repeat` or `reader`; a subject without all repeats is left out. Where the column visit names baselines, changes since them (absolute)
 * are judged as well, each within its own repeat. Throws TABLE_INVALID with row and column, COHORT_INVALID with fewer than two repeats or
 * subjects.
 */
export function repeatabilityOf(table: FeatureTable): Repeatability {
  const unknown = table.rows.find(({ repeat }) => repeat === undefined);
  if (unknown) throw cellFault(unknown.line, 'repeat', 'is needed to tell repeats (or readers) apart');
  const parts = [...grouped(table.rows, ({ repeat }) => repeat!).keys()].map((each) =>
    withRows(table, ({ repeat }) => repeat === each),
  );
  if (parts.length < FEWEST) throw new Fault('COHORT_INVALID', 'every row is of the same repeat (or reader)');
  const values = agreements(parts, 'value');
  if (values.features.length === 0)
    throw new Fault('COHORT_INVALID', `fewer than ${FEWEST} subjects have all ${parts.length} repeats`);
  const hasBaselines = table.rows.some(({ visit }) => visit === 'baseline');
  const deltas = hasBaselines
    ? agreements(
        parts.map((part) => deltasWithin(part, 'followUpMinusBaseline', 'baseline')),
        'delta',
      )
    : { features: [], notices: [] };
  return {
    features: [...values.features, ...deltas.features],
    notices: [...table.notices, ...values.notices, ...deltas.notices],
  };
}

const subjectOf = ({ patient, visit, date, caseName }: TableRow): string =>
  patient === '' ? caseName : JSON.stringify([patient, visit, date]);

function agreements(parts: readonly FeatureTable[], of: RepeatedFeature['of']): Repeatability {
  const places = parts.map(placesOf);
  const all = new Set(places.flatMap((each) => [...each.keys()]));
  const subjects = [...all].filter((subject) => places.every((each) => each.has(subject)));
  const lost = all.size - subjects.length;
  const notices = lost > 0 ? [`${of}: ${lost} subjects do not have all repeats and are left out.`] : [];
  if (subjects.length < FEWEST)
    return { features: [], notices: [...notices, `${of}: fewer than ${FEWEST} subjects have all repeats.`] };
  const features = parts[0]!.features.map((feature, j) => {
    const columns = parts.map((part) => columnOf(part, j));
    const values = subjects.flatMap((subject) =>
      columns.map((column, r) => column[places[r]!.get(subject)!]!),
    );
    return { feature, of, ...agreementOf(Float64Array.from(values), parts.length) };
  });
  return { features, notices };
}

function placesOf({ rows }: FeatureTable): Map<string, number> {
  const places = new Map<string, number>();
  rows.forEach((row, i) => {
    const subject = subjectOf(row);
    const before = places.get(subject);
    if (before !== undefined)
      throw cellFault(row.line, 'repeat', `the same subject and repeat as in row ${rows[before]!.line}`);
    places.set(subject, i);
  });
  return places;
}

/** One line a feature; an empty cell where there is no value. */
export function repeatabilityCsv({ features }: Repeatability): string {
  const text = (value: number | null | undefined): string => (value == null ? '' : String(value));
  const header = [
    ...['feature', 'of', 'subjects', 'repeats'],
    ...['icc21', 'icc21Lower', 'icc21Upper', 'icc31', 'icc31Lower', 'icc31Upper'],
    ...['withinSd', 'withinCv', 'repeatabilityCoefficient'],
  ];
  const lines = features.map(({ feature, of, icc21, icc31, ...rest }) => [
    feature,
    of,
    ...[rest.subjects, rest.repeats].map(String),
    ...[icc21, icc31].flatMap((icc) => [icc?.value, icc?.interval?.[0], icc?.interval?.[1]].map(text)),
    ...[rest.withinSd, rest.withinCv, rest.repeatabilityCoefficient].map(text),
  ]);
  return [header, ...lines].map(csvLine).join('');
}

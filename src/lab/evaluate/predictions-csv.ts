import { csvLine } from '../../tables/csv.ts';
import type { Evaluation } from './evaluation.ts';

/** One line a row of every cohort: its label, its probability at full precision, and whether that is at or above the training cut-off. */
export function predictionsCsv({ cohorts, model }: Evaluation): string {
  const header = [
    'cohort',
    'CaseName',
    'patient',
    'label',
    'probability',
    'positive',
    'days',
    'site',
    'scanner',
  ];
  const lines = cohorts.flatMap(({ name, rows }) =>
    rows.map((row) => [
      name,
      row.caseName,
      row.patient,
      String(row.label),
      String(row.probability),
      row.probability >= model.cutOff ? '1' : '0',
      row.days === null ? '' : String(row.days),
      row.site,
      row.scanner,
    ]),
  );
  return [header, ...lines].map(csvLine).join('');
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluation } from '../lab/evaluate/evaluation.ts';
import { predictionsCsv } from '../lab/evaluate/predictions-csv.ts';

/** evaluation.json holds everything; predictions.csv a line a row. Both name patients as the tables do. */
export function writeEvaluation(folder: string, evaluation: Evaluation): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('evaluation.json', `${JSON.stringify(evaluation, null, 1)}\n`);
  write('predictions.csv', predictionsCsv(evaluation));
}

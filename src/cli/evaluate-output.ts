import type { Evaluation } from '../lab/evaluate/evaluation.ts';
import { predictionsCsv } from '../lab/evaluate/predictions-csv.ts';
import type { FittedModel } from '../model/fitted-model.ts';
import { writeFiles } from '../startup/whole-files.ts';
import { reportFiles } from './report-output.ts';
import { writing } from './writing.ts';

/**
 * evaluation.json holds everything; predictions.csv a line a row; report.html what people read. All name cases as the tables do; the
 * pictures in `figures` name none. `model` is null for one that the lab has not fitted.
 */
export async function writeEvaluation(
  folder: string,
  evaluation: Evaluation,
  model: FittedModel | null,
): Promise<void> {
  // drawing is loaded when something is drawn: no other command waits for it
  const { evaluationReport } = await import('../lab/report/evaluation-report.tsx');
  const report = evaluationReport(evaluation, model);
  writing(() =>
    writeFiles(folder, {
      'evaluation.json': `${JSON.stringify(evaluation, null, 1)}\n`,
      'predictions.csv': predictionsCsv(evaluation),
      ...reportFiles(report),
    }),
  );
}

/** What a model file says of a recalibration. */
import { z } from 'zod';
import type { FittedModel } from '../../model/fitted-model.ts';
import { plain, plural } from './words.ts';

const recalibration = z.object({
  method: z.enum(['intercept', 'slope']),
  /** log odds after = intercept + slope times log odds before */
  intercept: z.number(),
  slope: z.number(),
  before: z.object({ id: z.string(), version: z.string(), sha256: z.string() }),
});
type Recalibration = z.infer<typeof recalibration>;

/** null: the model is as it was fitted. */
const recalibrationOf = ({ lab }: FittedModel): Recalibration | null =>
  recalibration.safeParse(lab['recalibration']).data ?? null;

const nameOf = ({ id, version }: Recalibration['before']): string => `${plain(id)} ${plain(version)}`;

/** What its `training` counts are of. */
export const basisOf = (model: FittedModel): 'fitted to' | 'recalibrated on' =>
  recalibrationOf(model) ? 'recalibrated on' : 'fitted to';

/** The model before, whose report says from how many rows the features were chosen; null: there is none. */
export function modelBefore(model: FittedModel): string | null {
  const made = recalibrationOf(model);
  return made && nameOf(made.before);
}

/** null: the model was not updated. */
export function updateText(model: FittedModel): string | null {
  const made = recalibrationOf(model);
  if (!made) return null;
  const { n, patients, events } = model.training;
  const by = made.method === 'slope' ? 'slope and intercept' : 'the intercept alone';
  return `Recalibrated by ${by} on ${plural(n, 'row')} of ${plural(patients, 'patient')}, ${plural(events, 'event')}, from ${nameOf(made.before)} (SHA-256 ${made.before.sha256.slice(0, 12)}).`;
}

/** null: the model was not updated. */
export function updateResult(model: FittedModel): string | null {
  const made = recalibrationOf(model);
  return (
    made &&
    `Log odds = ${made.intercept} + ${made.slope} times those before. The cut-off is moved with them: nobody changes sides, and the AUC is that of before.`
  );
}

import { Fault } from '../fault.ts';
import type { MeanAndSd } from '../model/interval.ts';
import { numberOption } from './command.ts';

/** `--mean` and `--sd`, which go together; undefined without either. */
export function scaleOption(givenMean?: string, givenSd?: string): MeanAndSd | undefined {
  const [mean, sd] = [numberOption(givenMean, '--mean'), numberOption(givenSd, '--sd')];
  if (mean === undefined && sd === undefined) return undefined;
  if (mean === undefined || sd === undefined) throw new Fault('USAGE', '--mean and --sd go together');
  if (sd <= 0) throw new Fault('USAGE', '--sd must be above 0');
  return { mean, sd };
}

/** A case with its inputs: both time points measured, and what they say. */
import { CORRECTABLE } from '../catalogue/identity-corrections.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import type { TrendPoint } from '../model/trend.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { awaitFiles, filesOfPairs } from './await-files.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { isUnanswered } from './fetches-due.ts';
import { uncomparedDates } from './history.ts';
import type { CaseInputs } from './judge.ts';
import { lateness } from './lateness.ts';
import { measureOnce } from './measure-once.ts';
import type { PatientStudies } from './patient-studies.ts';
import type { MeasuredLesion } from './target-lesion.ts';
import type { World } from './world.ts';

/** Measures what was not measured yet, and evaluates. Faults: those of reading images and masks, and of the model. */
export async function measureAndEvaluate(
  world: World,
  row: StudyRow,
  inputs: CaseInputs,
  { studies, history }: Readonly<{ studies: PatientStudies; history: readonly TrendPoint[] }>,
  signal: AbortSignal,
): Promise<Evaluation> {
  await awaitFiles(world, row.StudyInstanceUID, filesOfPairs(inputs.pairs, studies), signal);
  const measured: MeasuredLesion[] = [];
  for (const pair of inputs.pairs) {
    const { StudyInstanceUID: ofCase } = row;
    const baseline = await measureOnce(world, pair.baseline, studies, signal, ofCase);
    const followUp = underIdentityOf(row, await measureOnce(world, pair.followUp, studies, signal, ofCase));
    measured.push({ pair, baseline, followUp });
  }
  const { PatientID, IssuerOfPatientID } = row;
  return evaluate(world, inputs, measured, {
    patient: await world.patients.of(PatientID, IssuerOfPatientID, studies.issuers),
    history,
    uncompared: uncomparedDates(history, inputs, studies),
    late: lateness(inputs, studies),
    isUnanswered: await isUnanswered(world, row),
  });
}

/** The report is of the patient as the study is known now: its objects may name an identity that was merged or corrected since. */
function underIdentityOf(row: StudyRow, measurement: Measurement): Measurement {
  const { header } = measurement;
  const { PatientID, IssuerOfPatientID } = row;
  const issuers = [header.IssuerOfPatientID ?? '', IssuerOfPatientID];
  const isOther = issuers[0] !== issuers[1] && !issuers.includes('');
  const isMerged = header.PatientID !== PatientID || isOther;
  const given = CORRECTABLE.filter((keyword) => header[keyword] && row[keyword] !== '');
  const corrected = Object.fromEntries(given.map((keyword) => [keyword, row[keyword]]));
  return {
    ...measurement,
    header: { ...header, ...corrected, ...(isMerged ? { PatientID, IssuerOfPatientID } : {}) },
  };
}

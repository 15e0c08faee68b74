/** What the model on trial says of a case that the active one has scored. Whatever goes wrong here costs the trial alone. */
import type { StudyRow } from '../catalogue/rows.ts';
import { addingShadowResult } from '../catalogue/shadow-results.ts';
import { asFault } from '../fault.ts';
import { scaleOfCase } from '../model/scale-of-case.ts';
import { type ScoreInput, score, valuesFor } from '../model/score.ts';
import type { ScoreResult } from '../model/score-result.ts';
import { featureNames } from '../model/served-model.ts';
import type { Statement } from '../ports.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { conclude, type Evaluation, refuseMixedRecipes } from './evaluate.ts';
import type { CaseInputs } from './judge.ts';
import { measureOnce } from './measure-once.ts';
import type { PatientStudies } from './patient-studies.ts';
import type { ShadowModel, World } from './world.ts';

/** Its result, or the code of the fault that it met. */
export type ShadowOutcome =
  | Readonly<{ kind: 'scored'; result: ScoreResult }>
  | Readonly<{ kind: 'failed'; code: string }>;

type Case = Readonly<{ row: StudyRow; inputs: CaseInputs; evaluation: Evaluation; studies: PatientStudies }>;

/**
 * Scores the target lesion of the active model. A feature that the active model has not is measured apart from its features, so that
 * what cannot be measured for the trial was measured for the report. Undefined without a shadow.
 */
export async function scoreShadow(
  world: World,
  found: Case,
  signal: AbortSignal,
): Promise<ShadowOutcome | undefined> {
  if (!world.shadow) return undefined;
  try {
    return { kind: 'scored', result: await scored(world, world.shadow, found, signal) };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const { code, detail } = asFault(thrown);
    const { StudyInstanceUID } = found.row;
    world.log.warn('shadow.failed', { StudyInstanceUID, model: world.shadow.model.value.id, code, detail });
    return { kind: 'failed', code };
  }
}

async function scored(
  world: World,
  { model, normalisation }: ShadowModel,
  found: Case,
  signal: AbortSignal,
): Promise<ScoreResult> {
  const { growth, findings, followUp } = found.evaluation.content;
  const result = score({
    model: model.value,
    sha256: model.sha256,
    ...(await valuesOf(world, model, found, signal)),
    normalisation: scaleOfCase(model.value, normalisation, followUp.measurement.header),
    prevalence: world.prevalence,
  });
  return conclude(result, growth, findings);
}

type Values = Pick<ScoreInput, 'baselineValue' | 'followUpValue' | 'others'>;

async function valuesOf(
  world: World,
  model: ShadowModel['model'],
  { inputs, evaluation, studies }: Case,
  signal: AbortSignal,
): Promise<Values> {
  const names = featureNames(model.value);
  const { lesion, baseline, followUp } = evaluation.content;
  let measured: readonly [Measurement, Measurement] = [baseline.measurement, followUp.measurement];
  if (!measured.every(({ features }) => names.every((name) => Object.hasOwn(features, name)))) {
    const pair = inputs.pairs.find(({ trackingUid }) => trackingUid === lesion.trackingUid);
    if (!pair) throw new Error('the target is one of the lesions');
    const alone = { ...world, model, classic: undefined };
    measured = [
      await measureOnce(alone, pair.baseline, studies, signal),
      await measureOnce(alone, pair.followUp, studies, signal),
    ];
  }
  refuseMixedRecipes(model.value, measured);
  return valuesFor(model.value, measured[0].features, measured[1].features);
}

/** For the transaction of the report: what the shadow said of it, or that it failed. */
export function keepingShadow(
  { catalogue, clock }: Pick<World, 'catalogue' | 'clock'>,
  report: Readonly<{ SOPInstanceUID: string; StudyInstanceUID: string }>,
  active: ScoreResult,
  outcome: ShadowOutcome | undefined,
): Statement[] {
  if (!outcome) return [];
  const { SOPInstanceUID, StudyInstanceUID } = report;
  if (outcome.kind === 'failed')
    return [catalogue.event(StudyInstanceUID, 'shadow.failed', { SOPInstanceUID, code: outcome.code })];
  return [
    addingShadowResult({
      SOPInstanceUID,
      StudyInstanceUID,
      shadow: outcome.result,
      active,
      scoredAt: clock(),
    }),
  ];
}

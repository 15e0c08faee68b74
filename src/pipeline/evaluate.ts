/** From two measurements to findings, score and report content: pure, so that `score` and the service say the same. */
import type { Reason } from '../catalogue/rows.ts';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { daysBetween } from '../dicom/values.ts';
import { evaluateEligibility } from '../eligibility/evaluate.ts';
import { factsOf } from '../eligibility/facts.ts';
import type { Finding } from '../eligibility/finding.ts';
import { Fault } from '../fault.ts';
import type { ModelFile } from '../model/model-file.ts';
import { score } from '../model/score.ts';
import type { ScoreResult } from '../model/score-result.ts';
import { type DeltaStability, deltaStability, stabilitySentence } from '../model/stability.ts';
import type { Patient } from '../patients/patient.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { EAR_2023 } from '../radiomics/profile.ts';
import { recipeDigest } from '../radiomics/recipe.ts';
import type { ExtractionSettings } from '../radiomics/settings.ts';
import type { ReportContent } from '../sr/report.ts';
import type { CaseInputs } from './judge.ts';
import type { World } from './world.ts';

/**
 * Extraction settings of the recipe that the model names. Throws MODEL_INVALID for a recipe that this version does not
 * have, RECIPES_MIXED for a model that was fitted to numbers which this version of the recipe does not give.
 */
export function settingsOf({ model }: Pick<World, 'model'>): ExtractionSettings {
  const { recipe, recipeDigest: fitted } = model.value;
  const settings = Object.hasOwn(RECIPES, recipe) ? RECIPES[recipe] : undefined;
  if (!settings) throw new Fault('MODEL_INVALID', `recipe: none of ${Object.keys(RECIPES).join(', ')}`);
  if (fitted !== recipeDigest(settings, SCANS)) {
    throw new Fault('RECIPES_MIXED', 'the model was fitted to the numbers of another recipe');
  }
  return settings;
}

/** DICOM CT holds integers. */
const SCANS = 'integer';

const RECIPES: Readonly<Record<string, ExtractionSettings>> = { 'ear-2023': EAR_2023 };

export type EvaluationNeeds = Pick<
  World,
  'rules' | 'model' | 'template' | 'normalisation' | 'prevalence' | 'enrolment' | 'installation' | 'report'
>;

export type Evaluation = Readonly<{
  findings: readonly Finding[];
  score: ScoreResult;
  /** undefined: not measured under perturbed masks */
  stability: DeltaStability | undefined;
  /** all of the report but its time of completion and what it supersedes */
  content: Omit<ReportContent, 'completed' | 'supersedes'>;
}>;

export function evaluate(
  world: EvaluationNeeds,
  inputs: CaseInputs,
  measured: Readonly<{ baseline: Measurement; followUp: Measurement }>,
  patient: Patient | undefined,
): Evaluation {
  const { pair, identity } = inputs;
  const model = world.model.value;
  const settings = settingsOf(world);
  refuseMixedRecipes(model, [measured.baseline, measured.followUp]);
  const stability = stabilityOf(model.feature, measured.baseline, measured.followUp);
  const facts = factsOf({
    baseline: { measurement: measured.baseline, mask: pair.baseline.mask },
    followUp: { measurement: measured.followUp, mask: pair.followUp.mask },
    identity,
    patient,
  });
  const findings = evaluateEligibility(world.rules.eligibility.value, facts);
  const result = score({
    model,
    sha256: world.model.sha256,
    baselineValue: measured.baseline.features[model.feature] ?? null,
    followUpValue: measured.followUp.features[model.feature] ?? null,
    normalisation: world.normalisation,
    prevalence: world.prevalence,
  });
  const { normalisation, prevalence, enrolment } = world;
  return {
    findings,
    score: result,
    stability,
    content: {
      baseline: { measurement: measured.baseline, mask: pair.baseline.mask, region: pair.baseline.region },
      followUp: { measurement: measured.followUp, mask: pair.followUp.mask, region: pair.followUp.region },
      intervalDays:
        daysBetween(measured.baseline.header.StudyDate ?? '', measured.followUp.header.StudyDate ?? '') ??
        null,
      lesion: { trackingId: pair.trackingId, trackingUid: pair.trackingUid },
      score: result,
      model,
      settings,
      findings,
      remarks: [inputs.baselineBecause, stability ? stabilitySentence(stability) : ''].filter(Boolean),
      installation: world.installation,
      digests: {
        rules: digestOf(canonicalJson(Object.values(world.rules).map(({ sha256 }) => sha256))),
        template: world.template.sha256,
        configuration: digestOf(canonicalJson({ settings, normalisation, prevalence, enrolment })),
      },
      srSopClass: world.report.srSopClass,
      language: world.report.language,
      seriesNumber: world.report.seriesNumber,
    },
  };
}

/** The model was fitted to the numbers of one recipe: those of another are something else under the same name. */
export function refuseMixedRecipes(
  model: Pick<ModelFile, 'recipeDigest'>,
  measured: readonly Pick<Measurement, 'recipeDigest'>[],
): void {
  if (measured.some((each) => each.recipeDigest !== model.recipeDigest)) {
    throw new Fault('RECIPES_MIXED', 'the measurements are not of the recipe that the model names');
  }
}

function stabilityOf(
  feature: string,
  ...points: readonly [Measurement, Measurement]
): DeltaStability | undefined {
  const [baseline, followUp] = points.map(({ features, perturbed }) => [
    features[feature] ?? null,
    ...Object.values(perturbed[feature] ?? {}),
  ]) as [(number | null)[], (number | null)[]];
  return deltaStability(baseline, followUp);
}

/** What keeps a measured case from being reported: a rule that holds it, or a feature that is undefined. */
export function obstaclesTo({ findings, score, content }: Evaluation): Reason[] {
  const holds = findings.filter(({ outcome }) => outcome === 'hold');
  const reasons = holds.map(({ id, check, values }) => ({
    code: 'OUT_OF_SCOPE',
    text: `${id} ${check}: ${values}`,
  }));
  if (score.delta !== null) return reasons;
  const why = [content.baseline, content.followUp].flatMap(({ measurement }) =>
    Object.values(measurement.undefinedBecause),
  );
  return [...reasons, { code: 'FEATURE_UNDEFINED', text: [...new Set(why)].join('; ') || score.because }];
}

/** From two measurements to findings, score and report content: pure, so that `score` and the service say the same. */
import type { Reason } from '../catalogue/rows.ts';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { daysBetween } from '../dicom/values.ts';
import { evaluateEligibility } from '../eligibility/evaluate.ts';
import { factsOf } from '../eligibility/facts.ts';
import type { Finding } from '../eligibility/finding.ts';
import { Fault } from '../fault.ts';
import type { LesionPair } from '../matching/lesion.ts';
import { type ClassicInUse, classicScore } from '../model/classic.ts';
import { type Growth, growthSinceNadir } from '../model/growth.ts';
import { scaleOfCase } from '../model/scale-of-case.ts';
import { heldBack, pastPurpose, score, valuesFor } from '../model/score.ts';
import type { Normalisation, ScoreResult } from '../model/score-result.ts';
import { featureNames, type ServedModel } from '../model/served-model.ts';
import { type DeltaStability, deltaStability } from '../model/stability.ts';
import { isOfOneSeries, type TrendPoint } from '../model/trend.ts';
import type { Patient } from '../patients/patient.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { EAR_2023 } from '../radiomics/profile.ts';
import { recipeDigest } from '../radiomics/recipe.ts';
import type { ExtractionSettings } from '../radiomics/settings.ts';
import type { ReportContent, ReportLesion } from '../sr/report.ts';
import type { Outcome } from '../sr/report-choice.ts';
import type { CaseInputs } from './judge.ts';
import { digestOfRules } from './standing-report.ts';
import { chooseTarget, type MeasuredLesion } from './target-lesion.ts';
import type { World } from './world.ts';

/**
 * Extraction settings of the recipe that the model names. Throws MODEL_INVALID for a recipe that this version does not
 * have, RECIPES_MIXED for a model that was fitted to numbers which this version of the recipe does not give.
 */
export function settingsOf({
  model,
}: Readonly<{
  model: Readonly<{ value: Pick<ServedModel, 'recipe' | 'recipeDigest'> }>;
}>): ExtractionSettings {
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
  | 'rules'
  | 'model'
  | 'classic'
  | 'templates'
  | 'normalisation'
  | 'prevalence'
  | 'enrolment'
  | 'installation'
  | 'report'
>;

/** What is known of the patient besides the measured time points. */
export type Circumstances = Readonly<{
  patient: Patient | undefined;
  /** earlier scored time points, oldest first */
  history: readonly TrendPoint[];
  /** StudyDates of earlier CTs that are not among them */
  uncompared?: readonly string[] | undefined;
  late?: ReportContent['late'];
  isUnanswered?: boolean | undefined;
}>;

export type Evaluation = Readonly<{
  findings: readonly Finding[];
  score: ScoreResult;
  /** what later reports of the patient need to know of this one */
  point: TrendPoint;
  /** all of the report but its time of completion and what it supersedes */
  content: Omit<ReportContent, 'completed' | 'supersedes'>;
}>;

/** `measured`: the lesions of `inputs.pairs` at both time points, in any order. */
export function evaluate(
  world: EvaluationNeeds,
  inputs: CaseInputs,
  measured: readonly MeasuredLesion[],
  { patient, history, uncompared = [], late, isUnanswered }: Circumstances,
): Evaluation {
  const model = world.model.value;
  const settings = settingsOf(world);
  refuseMixedRecipes(
    model,
    measured.flatMap(({ baseline, followUp }) => [baseline, followUp]),
  );
  const { target, others, choice } = chooseTarget(measured);
  const diametersAt = (side: 'baseline' | 'followUp'): Record<string, number> =>
    Object.fromEntries(
      measured.map((each) => [each.pair.trackingUid, each[side].roi.longestInPlaneDiameterMm]),
    );
  const growth = growthSinceNadir(diametersAt('followUp'), [
    { StudyDate: target.baseline.header.StudyDate ?? '', diametersMm: diametersAt('baseline') },
    ...history,
  ]);
  const findingsOf = ({ pair, baseline, followUp }: MeasuredLesion): readonly Finding[] =>
    evaluateEligibility(
      world.rules.eligibility.value,
      factsOf({
        baseline: { measurement: baseline, mask: pair.baseline.mask },
        followUp: { measurement: followUp, mask: pair.followUp.mask },
        identity: inputs.identity,
        patient,
      }),
    );
  const ofTarget = findingsOf(target);
  const findings = [...ofTarget, ...others.flatMap((other) => ofOther(other, findingsOf(other), ofTarget))];
  const scored = reportLesion(world, target, scaleOfCase(model, world.normalisation, target.followUp.header));
  const holds = holdingChecks(findings);
  const result = conclude(scored.score, growth, findings);
  const { normalisation, prevalence, enrolment } = world;
  const header = target.followUp.header;
  const point: TrendPoint = {
    StudyInstanceUID: header.StudyInstanceUID,
    StudyDate: header.StudyDate ?? '',
    baselineStudyInstanceUID: target.baseline.header.StudyInstanceUID,
    target: target.pair.trackingUid,
    feature: model.feature,
    delta: result.delta,
    probability: result.probability,
    category: result.category,
    diametersMm: diametersAt('followUp'),
  };
  const scoredBefore = history.filter(({ isHeld }) => !isHeld);
  return {
    findings,
    score: result,
    point,
    content: {
      ...scored,
      score: result,
      otherLesions: others.map((lesion) => deltaAlone(reportLesion(world, lesion, { kind: 'none' }))),
      target: choice,
      unpaired: inputs.unpaired,
      intervalDays: daysBetween(target.baseline.header.StudyDate ?? '', header.StudyDate ?? '') ?? null,
      growth,
      trend: scoredBefore.filter((earlier) => isOfOneSeries(earlier, point)),
      otherPoints: scoredBefore.filter((earlier) => !isOfOneSeries(earlier, point)).length,
      uncompared,
      late,
      classic:
        world.classic && !growth?.isProgression && holds.length === 0
          ? classicOf(world.classic, target.followUp)
          : undefined,
      model,
      settings,
      findings,
      baselineChoice: inputs.baselineChoice,
      isUnanswered,
      installation: world.installation,
      digests: {
        rules: digestOfRules(world.rules),
        template: digestOf(canonicalJson(Object.values(world.templates).map(({ sha256 }) => sha256))),
        configuration: digestOf(canonicalJson({ settings, normalisation, prevalence, enrolment })),
      },
      srSopClass: world.report.srSopClass,
      language: world.report.language,
      seriesNumber: world.report.seriesNumber,
    },
  };
}

const holdingChecks = (findings: readonly Finding[]): string[] =>
  findings.filter(({ outcome }) => outcome === 'hold').map(({ id }) => id);

/** What may be concluded from a score where lesions grew already, or a rule holds the case: nothing. */
export function conclude(
  scored: ScoreResult,
  growth: Growth | undefined,
  findings: readonly Finding[],
): ScoreResult {
  const holds = holdingChecks(findings);
  const concluded = growth?.isProgression ? pastPurpose(scored) : scored;
  return holds.length > 0 ? heldBack(concluded, holds) : concluded;
}

const classicOf = (inUse: ClassicInUse, { features }: Measurement): ReportContent['classic'] => ({
  model: inUse.model,
  result: classicScore({ ...inUse, followUpValues: features }),
});

/** PyRadiomics names of all that the models ask of a lesion. */
export const featuresOf = ({ model, classic }: Pick<World, 'model' | 'classic'>): readonly string[] => [
  ...new Set([...featureNames(model.value), ...(classic ? featureNames(classic.model) : [])]),
];

/**
 * What is found at another lesion and not at the target, too. It has no probability that it could hold; but its delta and its part
 * in the growth are as good as its images.
 */
const ofOther = (
  { pair }: MeasuredLesion,
  findings: readonly Finding[],
  ofTarget: readonly Finding[],
): readonly Finding[] =>
  findings
    .filter(({ outcome }) => outcome !== 'pass')
    .filter(({ id, values }) => !ofTarget.some((known) => known.id === id && known.values === values))
    .map((finding) => ({ ...finding, outcome: 'warn', lesion: pair.trackingId.slice(0, 40) }));

/** The model speaks of the target only. */
const deltaAlone = (lesion: ReportLesion): ReportLesion => ({
  ...lesion,
  score: { ...lesion.score, category: null, rank: null },
});

/** Mask and region of a time point, and whether a person chose it. */
const partsOf = (pair: LesionPair, side: 'baseline' | 'followUp') => ({
  mask: pair[side].mask,
  region: pair[side].region,
  ...(pair.chosen?.includes(side) && { isChosen: true }),
});

function reportLesion(
  { model, prevalence }: Pick<EvaluationNeeds, 'model' | 'prevalence'>,
  { pair, baseline, followUp }: MeasuredLesion,
  normalisation: Normalisation,
): ReportLesion {
  return {
    lesion: { trackingId: pair.trackingId, trackingUid: pair.trackingUid },
    baseline: { ...partsOf(pair, 'baseline'), measurement: baseline },
    followUp: { ...partsOf(pair, 'followUp'), measurement: followUp },
    score: score({
      model: model.value,
      sha256: model.sha256,
      ...valuesFor(model.value, baseline.features, followUp.features),
      normalisation,
      prevalence,
    }),
    stability: stabilityOf(model.value.feature, baseline, followUp),
  };
}

/** What became of a case; a case with obstacles is not evaluable. */
export function outcomeOf(
  { score: result, content }: Pick<Evaluation, 'score' | 'content'>,
  obstacles: readonly Reason[],
): Outcome {
  if (obstacles.length > 0) return 'notEvaluable';
  if (content.growth?.isProgression) return 'progression';
  return result.probability === null ? 'deltaOnly' : 'scored';
}

/** The model was fitted to the numbers of one recipe: those of another are something else under the same name. */
export function refuseMixedRecipes(
  model: Pick<ServedModel, 'recipeDigest'>,
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

/** Every feature of the model has a delta. */
const isMeasured = ({ delta, others = [] }: ScoreResult): boolean =>
  delta !== null && others.every((other) => other.delta !== null);

/** What keeps a measured case from being reported: a rule that holds it, or a feature that is undefined. */
export function obstaclesTo({ findings, score, content }: Evaluation): Reason[] {
  const holds = findings.filter(({ outcome }) => outcome === 'hold');
  const reasons = holds.map(({ id, check, values }) => ({
    code: 'OUT_OF_SCOPE',
    text: `${id} ${check}: ${values}`,
  }));
  // That the lesions grew needs no feature.
  if (isMeasured(score) || content.growth?.isProgression) return reasons;
  const why = [content.baseline, content.followUp].flatMap(({ measurement }) =>
    Object.values(measurement.undefinedBecause),
  );
  return [...reasons, { code: 'FEATURE_UNDEFINED', text: [...new Set(why)].join('; ') || score.because }];
}

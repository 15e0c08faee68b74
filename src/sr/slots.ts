/** The closed list of what a report template may show. Every slot is a pure function of the report's content. */
import type { Code } from '../dicom/header.ts';
import { canonicalJson } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { shrinkageRate } from '../model/growth.ts';
import type { OtherTerm } from '../model/score-result.ts';
import { termsOf } from '../model/served-model.ts';
import { CODES, lesionFinding } from './codes.ts';
import { isCode, MAXIMUM_TEXT_LENGTH, type ObjectReference, type Quantity } from './content-item.ts';
import { maskOrigins } from './mask-origin.ts';
import { messagesOf } from './messages/messages-of.ts';
import { lesionsOf, type ReportContent, type ReportTimePoint } from './report.ts';
import {
  baselineStatement,
  classicStatement,
  featureTitle,
  findingStatements,
  growthStatement,
  intervalText,
  lateStatement,
  lesionStatement,
  lesionsStatement,
  normalisationStatement,
  otherPointsStatement,
  prevalenceStatement,
  rankStatement,
  stabilityStatement,
  trendStatements,
  worstOutcome,
} from './statements.ts';
import { summaryText } from './summary.ts';
import { chunks, clipped, isoDate, percentText, sixDigits } from './wording.ts';

type TimePointView = Readonly<{ isBaseline: boolean; point: ReportTimePoint; value: number | null }>;

/** What a slot sees: the content, and inside a `repeat` the element at hand; the lesion at hand takes the place of the target. */
export type SlotContext = Readonly<{
  content: ReportContent;
  isOtherLesion?: boolean | undefined;
  timePoint?: TimePointView | undefined;
  text?: string | undefined;
}>;

/** undefined: there is nothing to show, and the item with all below it is left out. */
type Slot<T> = (context: SlotContext) => T | undefined;

/** Slots named `timePoint.*` are only taken below `repeat: timePoints`; the template is refused otherwise. */
const ofTimePoint =
  <T>(slot: (timePoint: TimePointView, content: ReportContent) => T | undefined): Slot<T> =>
  ({ timePoint, content }) => {
    if (!timePoint) throw new Fault('INTERNAL', 'a time point slot stands outside of its repeat');
    return slot(timePoint, content);
  };

const number = (value: number, text = sixDigits(value)): Quantity => ({ value, text });
const percent = (fraction: number, cutOff?: number): Quantity =>
  number(fraction * 100, percentText(fraction, cutOff));
const FAILED: Quantity = { qualifier: CODES.calculationFailure };

const NOT_ATTEMPTED: Quantity = { qualifier: CODES.notAttempted };

/** The item appears only where the model was asked; without a number it says that the calculation failed, or was not wanted. */
const modelNumber =
  (slot: (content: ReportContent) => Quantity | null): Slot<Quantity> =>
  ({ content }) => {
    const { category, reason } = content.score;
    if (category === null) return undefined;
    const isUnasked = reason.kind === 'progression' || reason.kind === 'held';
    return slot(content) ?? (isUnasked ? NOT_ATTEMPTED : FAILED);
  };

const ofStability =
  (slot: (stability: NonNullable<ReportContent['stability']>) => number): Slot<Quantity> =>
  ({ content: { stability } }) =>
    stability && number(slot(stability));

type Classic = NonNullable<ReportContent['classic']>;
const ofClassic =
  (slot: (result: Classic['result']) => Quantity | undefined): Slot<Quantity> =>
  ({ content: { classic } }) =>
    classic && slot(classic.result);

const isPublishedFeature = (feature: string): boolean => featureTitle(feature) !== feature;

/** mm; undefined when the feature is not of a Laplacian of Gaussian image. */
function logSigma(feature: string): number | undefined {
  const parts = /^log-sigma-(\d+)-(\d+)-mm-3D_/.exec(feature);
  return parts ? Number(`${parts[1]}.${parts[2]}`) : undefined;
}

const optional = (text: string | undefined, length: number): string | undefined =>
  clipped(text ?? '', length) || undefined;

function equationOfZ({ score }: ReportContent): string | undefined {
  const { mean, sd } = score.normalisation;
  if (mean === undefined || sd === undefined) return undefined;
  return `z = (delta - mean)/SD; mean = ${mean}; SD = ${sd}`;
}

function equationOfProbability({ model }: ReportContent): string {
  if (termsOf(model).length > 1)
    return 'p = 1/(1+exp(-(intercept + sum of coefficient*z))); features, coefficients, mean and SD of each: algorithm parameters';
  const sign = model.coefficient < 0 ? '-' : '+';
  return `p = 1/(1+exp(-(${model.intercept} ${sign} ${Math.abs(model.coefficient)}*z)))`;
}

export const TEXT_SLOTS = {
  'installation.name': ({ content }) => optional(content.installation.name, 64),
  'installation.modelName': ({ content }) => `Earshot ${clipped(content.installation.softwareVersion, 50)}`,
  'installation.softwareVersion': ({ content }) => optional(content.installation.softwareVersion, 64),
  'installation.serialNumber': ({ content }) => content.installation.uid,
  'report.summary': ({ content }) => summaryText(content),
  'lesion.trackingId': ({ content }) => optional(content.lesion.trackingId, 64),
  'timePoint.label': ofTimePoint(({ isBaseline }, { language }) => {
    const messages = messagesOf(language);
    return isBaseline ? messages.baseline : messages.followUp;
  }),
  'change.label': ({ content }) => messagesOf(content.language).change,
  'lesion.sentence': ({ content }) => lesionStatement(content, content, 64),
  'lesions.sentence': ({ content }) => lesionsStatement(content),
  'growth.sentence': ({ content }) => growthStatement(content),
  'trend.otherSentence': ({ content }) => otherPointsStatement(content),
  'late.sentence': ({ content }) => lateStatement(content),
  'baseline.sentence': ({ content }) => optional(baselineStatement(content), 1000),
  'timePoint.studyDate': ofTimePoint(({ point }) => isoDate(point.measurement.header.StudyDate)),
  'timePoint.roiNumber': ofTimePoint(({ point }) => String(point.region.number)),
  'feature.name': ({ content }) => clipped(content.score.feature, 200),
  'normalisation.equation': ({ content }) => equationOfZ(content),
  'normalisation.population': ({ content }) => normalisationStatement(content, 500),
  'model.title': ({ content }) => optional(content.model.title, 200),
  'model.version': ({ content }) => optional(content.model.version, 64),
  'model.equation': ({ content }) => equationOfProbability(content),
  'model.citation': ({ content }) => optional(content.model.citation, 1000),
  'score.intervalSentence': ({ content }) => {
    const interval = intervalText(content);
    return interval && messagesOf(content.language).intervalSentence(interval);
  },
  'score.prevalenceSentence': ({ content }) => prevalenceStatement(content),
  'score.rankSentence': ({ content }) => rankStatement(content),
  'score.stabilitySentence': ({ content }) => stabilityStatement(content),
  'score.because': ({ content }) => optional(messagesOf(content.language).because(content.score), 1000),
  'classic.sentence': ({ content }) => classicStatement(content),
  'classic.title': ({ content: { classic } }) => optional(classic?.model.title, 200),
  'classic.version': ({ content: { classic } }) => optional(classic?.model.version, 64),
  'classic.citation': ({ content: { classic } }) => optional(classic?.model.citation, 1000),
  'repeated.text': ({ text }) => text,
} as const satisfies Record<string, Slot<string>>;

export const NUMBER_SLOTS = {
  'timePoint.volumeMm3': ofTimePoint(({ point }) => number(point.measurement.roi.volumeMm3)),
  'timePoint.maximumDiameterMm': ofTimePoint(({ point }) =>
    number(point.measurement.roi.maximum3DDiameterMm),
  ),
  'timePoint.longestInPlaneDiameterMm': ofTimePoint(({ point }) =>
    number(point.measurement.roi.longestInPlaneDiameterMm),
  ),
  'timePoint.featureValue': ofTimePoint(({ value }) => (value === null ? FAILED : number(value))),
  'settings.logSigmaMm': ({ content }) => {
    const sigma = logSigma(content.score.feature);
    return sigma === undefined ? undefined : number(sigma);
  },
  'settings.binCount': ({ content: { settings } }) =>
    settings.binCount === null ? undefined : number(settings.binCount),
  'settings.resampledInPlaneMm': ({ content }) => {
    const spacing = content.settings.resampledPixelSpacing?.[0];
    return spacing ? number(spacing) : undefined;
  },
  'score.delta': ({ content }) => (content.score.delta === null ? FAILED : number(content.score.delta)),
  'score.deltaMinimum': ofStability(({ minimum }) => minimum),
  'score.deltaMaximum': ofStability(({ maximum }) => maximum),
  'score.deltaDeviation': ofStability(({ sd }) => sd),
  'score.deltaPairs': ofStability(({ pairs }) => pairs),
  'lesion.shrinkagePercent': ({ content: { baseline, followUp } }) =>
    number(
      100 *
        shrinkageRate(
          baseline.measurement.roi.longestInPlaneDiameterMm,
          followUp.measurement.roi.longestInPlaneDiameterMm,
        ),
    ),
  'growth.percent': ({ content: { growth } }) => growth && number(100 * growth.growthFraction),
  'growth.nadirMm': ({ content: { growth } }) => growth && number(growth.nadirMm),
  'growth.currentMm': ({ content: { growth } }) => growth && number(growth.currentMm),
  'score.z': modelNumber(({ score }) => (score.z === null ? null : number(score.z))),
  'score.probability': modelNumber(({ score }) =>
    score.probability === null ? null : percent(score.probability, score.cutOff),
  ),
  'score.intervalLower': ({ content: { score } }) =>
    score.interval ? percent(score.interval[0], score.cutOff) : undefined,
  'score.intervalUpper': ({ content: { score } }) =>
    score.interval ? percent(score.interval[1], score.cutOff) : undefined,
  'score.cutOff': ({ content }) => percent(content.score.cutOff),
  'score.priorShiftedProbability': ({ content: { score } }) =>
    score.priorShifted ? percent(score.priorShifted.probability) : undefined,
  'score.sitePrevalence': ({ content: { score } }) =>
    score.priorShifted ? percent(score.priorShifted.prevalence) : undefined,
  'model.trainingPrevalence': ({ content }) => percent(content.model.training.prevalence),
  'classic.probability': ofClassic(({ probability, cutOff }) =>
    probability === null ? undefined : percent(probability, cutOff),
  ),
  'classic.intervalLower': ofClassic(({ interval, cutOff }) =>
    interval === null ? undefined : percent(interval[0], cutOff),
  ),
  'classic.intervalUpper': ofClassic(({ interval, cutOff }) =>
    interval === null ? undefined : percent(interval[1], cutOff),
  ),
  'classic.cutOff': ofClassic(({ cutOff }) => percent(cutOff)),
  'interval.days': ({ content }) =>
    content.intervalDays === null ? undefined : number(content.intervalDays),
} as const satisfies Record<string, Slot<Quantity>>;

export const QUALITY = {
  pass: CODES.qualityMet,
  warn: CODES.qualityNotMet,
  hold: CODES.qualityUnusable,
} as const;

export const NORMALISATION = {
  none: CODES.normalisationUnknown,
  supplied: CODES.normalisationPublished,
  local: CODES.normalisationLocal,
} as const;

/** Codes also serve as concept names. */
export const CODE_SLOTS = {
  'report.language': ({ content }) => {
    const { value, meaning } = messagesOf(content.language).languageCode;
    return { CodeValue: value, CodingSchemeDesignator: 'RFC5646', CodeMeaning: meaning };
  },
  'lesion.role': ({ isOtherLesion }) => (isOtherLesion ? CODES.otherLesion : CODES.targetLesion),
  'growth.status': ({ content: { growth } }) => (growth?.isProgression ? CODES.progressionMet : undefined),
  'study.procedure': ({ content }) => {
    const given = content.followUp.measurement.header.ProcedureCodeSequence?.find(isCode);
    return given ?? CODES.ctUnspecified;
  },
  'lesion.finding': ({ content: { followUp, baseline } }) =>
    lesionFinding([...followUp.region.typeCodes, ...baseline.region.typeCodes]),
  'feature.concept': ({ content }) =>
    isPublishedFeature(content.score.feature) ? CODES.differenceVariance : CODES.radiomicFeature,
  'feature.deltaConcept': ({ content }) =>
    isPublishedFeature(content.score.feature) ? CODES.deltaDifferenceVariance : CODES.deltaFeature,
  'score.category': ({ content: { score } }) => (score.category === null ? undefined : CODES[score.category]),
  'classic.category': ({ content: { classic } }) =>
    classic && classic.result.category !== null ? CODES[classic.result.category] : undefined,
  'quality.assessment': ({ content }) => QUALITY[worstOutcome(content.findings)],
  'normalisation.status': ({ content: { score } }) =>
    score.category === null ? CODES.normalisationUnknown : NORMALISATION[score.normalisation.kind],
} as const satisfies Record<string, Slot<Code>>;

export const UID_SLOTS = {
  'installation.uid': ({ content }) => content.installation.uid,
  'lesion.trackingUid': ({ content }) => content.lesion.trackingUid,
  'timePoint.seriesUid': ofTimePoint(({ point }) => point.measurement.header.SeriesInstanceUID),
} as const satisfies Record<string, Slot<string>>;

const reference = (
  { SOPClassUID, SOPInstanceUID }: Readonly<{ SOPClassUID: string; SOPInstanceUID: string }>,
  ReferencedSegmentNumber?: number,
): ObjectReference => ({
  ReferencedSOPClassUID: SOPClassUID,
  ReferencedSOPInstanceUID: SOPInstanceUID,
  ReferencedSegmentNumber,
});

/** A segment of ours takes the place of what was drawn. */
export const REFERENCE_SLOTS = {
  'timePoint.segment': ofTimePoint(({ point: { mask, region, segment } }) => {
    if (segment) return reference(segment, segment.SegmentNumber);
    return mask.kind === 'SEG' ? reference(mask, region.number) : undefined;
  }),
  'timePoint.structureSet': ofTimePoint(({ point: { mask, segment } }) =>
    mask.kind === 'RTSTRUCT' && !segment ? reference(mask) : undefined,
  ),
} as const satisfies Record<string, Slot<ObjectReference>>;

/** What `when` may ask. */
export const CONDITIONS = {
  'lesion.isTarget': ({ isOtherLesion }) => isOtherLesion !== true,
  'timePoint.isBaseline': ({ timePoint }) => timePoint?.isBaseline === true,
  'feature.isLaplacianOfGaussian': ({ content }) => logSigma(content.score.feature) !== undefined,
  'feature.isAveragedOverDirections': ({ content }) => /_(glcm|glrlm)_/.test(content.score.feature),
} as const satisfies Record<string, (context: SlotContext) => boolean>;

const ofTexts = (context: SlotContext, texts: readonly string[]): readonly SlotContext[] =>
  texts.flatMap((text) => chunks(text, MAXIMUM_TEXT_LENGTH)).map((text) => ({ ...context, text }));

/** RTSTRUCT contours become voxels by a rule that departs from PS3.3 C.8.8.6.3 on the boundary (SR.md 4.2). */
const MASK_RULE = {
  RTSTRUCT: 'half-open even-odd of voxel centres, in index coordinates',
  SEG: 'voxels as stored',
} as const;

/** Which features there are to choose from says nothing about the one in the report. */
const extraction = (
  { settings: { featureClass: _, ...settings } }: ReportContent,
  { mask, measurement }: ReportTimePoint,
): string =>
  canonicalJson({
    settings,
    recipe: measurement.recipeDigest,
    maskRule: MASK_RULE[mask.kind],
    imageDigest: measurement.imageDigest,
    maskDigest: measurement.maskDigest,
  });

/** Fractions as they are: the percents beside them are products, from which they cannot always be had back to the last digit. */
const modelParameters = ({ model, score, digests }: ReportContent): string =>
  canonicalJson({
    id: model.id,
    sha256: score.model.sha256,
    definition: model.definition,
    feature: model.feature,
    coefficient: model.coefficient,
    intercept: model.intercept,
    cutOff: model.cutOff,
    training: model.training,
    recipe: model.recipe,
    ...(score.others && {
      features: termsOf(model),
      others: score.others,
      scales: score.normalisation.others ?? null,
    }),
    digests,
    result: {
      probability: score.probability,
      interval: score.interval,
      cutOff: score.cutOff,
      priorShifted: score.priorShifted,
    },
  });

const classicParameters = ({ classic }: ReportContent): readonly string[] => {
  if (!classic) return [];
  const { id, definition, coefficients, intercept, cutOff, training, recipe } = classic.model;
  const { model, values, z, normalisation, probability, interval } = classic.result;
  const { sha256 } = model;
  const fixed = { id, sha256, definition, coefficients, intercept, cutOff, training, recipe };
  const result = { probability, interval, cutOff: classic.result.cutOff };
  return [canonicalJson({ ...fixed, normalisation, values, z, result })];
};

const timePoints = (context: SlotContext): readonly SlotContext[] => {
  const { baseline, followUp, score } = context.content;
  return [
    { ...context, timePoint: { isBaseline: true, point: baseline, value: score.baselineValue } },
    { ...context, timePoint: { isBaseline: false, point: followUp, value: score.followUpValue } },
  ];
};

/** The features of the model beside the leading one, whose delta stands above. */
const otherFeatures = (context: SlotContext): readonly SlotContext[] => {
  const { content } = context;
  const one = (other: OtherTerm): SlotContext => ({
    ...context,
    content: { ...content, score: { ...content.score, ...other } },
  });
  return content.score.others?.map(one) ?? [];
};

/** The target first. */
const lesions = (context: SlotContext): readonly SlotContext[] =>
  lesionsOf(context.content).map((lesion, at) => ({
    ...context,
    content: { ...context.content, ...lesion },
    isOtherLesion: at > 0,
  }));

/** What `repeat` may run over: the contexts in which the item is made, one after the other. */
export const REPEATS = {
  timePoints,
  lesions,
  otherFeatures,
  lesionTimePoints: (context) => lesions(context).flatMap(timePoints),
  'timePoint.extraction': (context) =>
    ofTexts(context, context.timePoint ? [extraction(context.content, context.timePoint.point)] : []),
  'model.parameters': (context) => ofTexts(context, [modelParameters(context.content)]),
  'classic.parameters': (context) => ofTexts(context, classicParameters(context.content)),
  'quality.findings': (context) => ofTexts(context, findingStatements(context.content)),
  'mask.origins': (context) => ofTexts(context, maskOrigins(context.content)),
  trend: (context) => ofTexts(context, trendStatements(context.content)),
} as const satisfies Record<string, (context: SlotContext) => readonly SlotContext[]>;

export type TextSlot = keyof typeof TEXT_SLOTS;
export type NumberSlot = keyof typeof NUMBER_SLOTS;
export type CodeSlot = keyof typeof CODE_SLOTS;
export type UidSlot = keyof typeof UID_SLOTS;
export type ReferenceSlot = keyof typeof REFERENCE_SLOTS;

/** Which slots give which value type. */
export const SLOTS_OF = {
  TEXT: TEXT_SLOTS,
  CODE: CODE_SLOTS,
  NUM: NUMBER_SLOTS,
  UIDREF: UID_SLOTS,
  IMAGE: REFERENCE_SLOTS,
  COMPOSITE: REFERENCE_SLOTS,
} as const;

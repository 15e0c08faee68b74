/** The single statements of a report, each a sentence or two in its language. The summary and the tree are made of them. */
import type { Finding } from '../eligibility/finding.ts';
import { shrinkageRate } from '../model/growth.ts';
import { messagesOf } from './messages/messages-of.ts';
import type { ReportContent, ReportLesion } from './report.ts';
import { clipped, fourDecimals, isoDate, percentText } from './wording.ts';

/** `40.10 to 80.22 %`: more decimals where the interval and the cut-off would seem to touch or not to touch. */
export function intervalText({ score, language }: ReportContent): string | undefined {
  if (score.interval === null) return undefined;
  const [low, high] = score.interval;
  return messagesOf(language).interval(percentText(low, score.cutOff), percentText(high, score.cutOff));
}

/** The first line of everything: what the report says, in plain words. */
export function headline(content: ReportContent): string {
  const { score, growth, language } = content;
  const messages = messagesOf(language);
  if (growth?.isProgression) return messages.progression;
  if (score.probability === null) {
    const because = clipped(messages.because(score), 160);
    return score.category === 'notEvaluable'
      ? messages.notEvaluable(because)
      : messages.noProbability(because);
  }
  const verdict = score.category === null ? '' : messages.verdict[score.category];
  const provisional = score.normalisation.isProvisional ? ` (${messages.provisional})` : '';
  const sentence = messages.probability({
    verdict: `${verdict}${provisional}`,
    probability: percentText(score.probability, score.cutOff),
    interval: intervalText(content),
    cutOff: percentText(score.cutOff),
  });
  return [sentence, prevalenceStatement(content)].join(' ');
}

/** What prevalence the probability stands on; undefined when there is no probability. */
export function prevalenceStatement({ score, model, language }: ReportContent): string | undefined {
  if (score.probability === null) return undefined;
  const messages = messagesOf(language);
  const design = messages.trainedAt(shortPercent(model.training.prevalence));
  const { priorShifted } = score;
  if (priorShifted === null) return design;
  const shifted = percentText(priorShifted.probability);
  return `${design} ${messages.atSite(shortPercent(priorShifted.prevalence), shifted)}`;
}

const shortPercent = (fraction: number): string => String(Number((fraction * 100).toFixed(2)));

/** `+4.2` */
const signed = (value: number, decimals: number): string =>
  `${value > 0 ? '+' : ''}${(Number(value.toFixed(decimals)) || 0).toFixed(decimals)}`;
const mm = (value: number): string => value.toFixed(1);

export function deltaStatement(content: ReportContent, room: number): string {
  const { score, stability, model, language } = content;
  const messages = messagesOf(language);
  const of = (value: number | null): string =>
    value === null ? messages.notComputable : fourDecimals(value);
  const sentence = messages.delta({
    feature: clipped(featureTitle(model.feature), room + 30),
    delta: of(score.delta),
    baseline: of(score.baselineValue),
    followUp: of(score.followUpValue),
    range: stability && [fourDecimals(stability.minimum), fourDecimals(stability.maximum)],
  });
  return [sentence, rankStatement(content)].filter(Boolean).join(' ');
}

/** Where the delta stands among the local ones; undefined without local deltas. */
export function rankStatement({ score: { rank }, language }: ReportContent): string | undefined {
  return rank ? messagesOf(language).rank(rank.below, rank.of) : undefined;
}

/** How far the delta moves when the contours do; undefined when that was not measured. */
export function stabilityStatement({ stability, language }: ReportContent): string | undefined {
  if (!stability) return undefined;
  const { minimum, maximum, sd, pairs } = stability;
  const short = (value: number) => value.toPrecision(4);
  return messagesOf(language).stability({
    minimum: short(minimum),
    maximum: short(maximum),
    sd: short(sd),
    pairs,
  });
}

/** `LoG 3 mm GLCM difference variance` for the published feature, else the PyRadiomics name itself. */
export function featureTitle(feature: string): string {
  const parts = /^log-sigma-(\d+)-(\d+)-mm-3D_glcm_DifferenceVariance$/.exec(feature);
  if (!parts) return feature;
  return `LoG ${Number(`${parts[1]}.${parts[2]}`)} mm GLCM difference variance`;
}

export function lesionStatement(
  { lesion, baseline, followUp }: ReportLesion,
  { intervalDays, language }: Pick<ReportContent, 'intervalDays' | 'language'>,
  room: number,
): string {
  const messages = messagesOf(language);
  const [before, after] = [baseline.measurement, followUp.measurement];
  const date = (of: typeof before) => isoDate(of.header.StudyDate) ?? messages.unknownDate;
  const [was, is] = [before.roi.longestInPlaneDiameterMm, after.roi.longestInPlaneDiameterMm];
  return messages.lesion({
    name: clipped(lesion.trackingId, room),
    volume: [String(Math.round(before.roi.volumeMm3)), String(Math.round(after.roi.volumeMm3))],
    diameter: [mm(was), mm(is)],
    shrinkage: (Number((shrinkageRate(was, is) * 100).toFixed(1)) || 0).toFixed(1),
    dates: [date(before), date(after)],
    days: intervalDays,
  });
}

/** Which lesion the model speaks of, and which tumour regions were not measured; nothing where there is one lesion only. */
export function lesionsStatement({ target, unpaired, language }: ReportContent): string | undefined {
  const messages = messagesOf(language);
  return [messages.target(target), messages.unpaired(unpaired)].filter(Boolean).join(' ') || undefined;
}

/** Change of the measured lesions since the nadir. It never says that there is no progression. */
export function growthStatement({ growth, uncompared, language }: ReportContent, room = 100): string {
  const messages = messagesOf(language);
  if (!growth) return messages.notAssessed;
  const decimals = honestDecimals(growth);
  const sentence = messages.growth({
    lesions: growth.lesions,
    current: mm(growth.currentMm),
    nadir: mm(growth.nadirMm),
    date: isoDate(growth.nadirStudyDate) ?? messages.unknownDate,
    percent: signed(growth.growthFraction * 100, decimals),
    mm: signed(growth.growthMm, decimals),
  });
  const dates = uncompared.map((date) => isoDate(date) ?? messages.unknownDate);
  const left = dates.length === 0 ? [] : [messages.uncompared(clipped(dates.join(', '), room))];
  return [sentence, ...left, messages.notAssessed].join(' ');
}

/** One, and more only where one would put the growth on the wrong side of the criteria. */
function honestDecimals({
  growthFraction,
  growthMm,
  isProgression,
}: NonNullable<ReportContent['growth']>): number {
  const seems = (decimals: number): boolean =>
    Number((growthFraction * 100).toFixed(decimals)) >= 20 && Number(growthMm.toFixed(decimals)) >= 5;
  for (let decimals = 1; decimals < 6; decimals++) if (seems(decimals) === isProgression) return decimals;
  return 6;
}

/** Scored time points that the trend does not hold; undefined: there are none. */
export const otherPointsStatement = ({ otherPoints, language }: ReportContent): string | undefined =>
  otherPoints > 0 ? messagesOf(language).otherPoints(otherPoints) : undefined;

export function lateStatement({ late, language }: ReportContent): string | undefined {
  if (!late) return undefined;
  const newer = late.newerStudyDate === null ? null : (isoDate(late.newerStudyDate) ?? late.newerStudyDate);
  return messagesOf(language).late(late.days, newer);
}

/** Every scored time point of the target, oldest first, this one last; undefined when this is the first. */
export function trendStatements(content: ReportContent): readonly string[] {
  const { trend, score, followUp, language } = content;
  if (trend.length === 0) return [];
  const messages = messagesOf(language);
  const now = { ...score, StudyDate: followUp.measurement.header.StudyDate ?? '' };
  return [...trend, now].map(({ StudyDate, delta, probability, category }, at) => {
    const date = isoDate(StudyDate) ?? messages.unknownDate;
    return messages.trend({
      date: at === trend.length ? `${date} (${messages.thisTimePoint})` : date,
      delta: delta === null ? messages.notComputable : fourDecimals(delta),
      probability: probability === null ? undefined : percentText(probability, score.cutOff),
      category: category === null ? undefined : messages.verdict[category],
    });
  });
}

/** One sentence on where mean and SD come from; foreign text in at most `room` characters. */
export function normalisationStatement({ score, language }: ReportContent, room: number): string {
  const { normalisation: state, category, reason } = score;
  return messagesOf(language).normalisation({
    state,
    source: clipped(state.source ?? '', room),
    version: clipped(state.version ?? '', 16),
    isUsed: category !== null && reason.kind !== 'noNormalisation',
  });
}

/** The worst outcome of all checks; pass when there was none. */
export function worstOutcome(findings: readonly Finding[]): Finding['outcome'] {
  const outcomes = new Set(findings.map(({ outcome }) => outcome));
  if (outcomes.has('hold')) return 'hold';
  return outcomes.has('warn') ? 'warn' : 'pass';
}

export function qualityStatement({ findings, language }: ReportContent, room: number): string {
  const messages = messagesOf(language);
  const named = findings.filter(({ outcome }) => outcome !== 'pass').map(messages.check);
  return messages.quality(worstOutcome(findings), clipped(named.join(', '), room));
}

export function supersedesStatement({ supersedes, language }: ReportContent): string | undefined {
  if (supersedes.length === 0) return undefined;
  const messages = messagesOf(language);
  const dates = new Set(supersedes.map(({ ContentDate }) => isoDate(ContentDate) ?? messages.unknownDate));
  return messages.supersedes(clipped([...dates].join(', '), 60));
}

/** Every check with its values. */
export function findingStatements({ findings, language }: ReportContent): readonly string[] {
  const messages = messagesOf(language);
  return findings.length === 0 ? [messages.noFindings] : findings.map(messages.finding);
}

/** How the baseline was chosen. */
export function baselineStatement({ baselineChoice, isUnanswered, language }: ReportContent): string {
  const messages = messagesOf(language);
  const sentence = messages.baselineChoice(baselineChoice.rule, baselineChoice.because);
  return isUnanswered ? `${sentence} ${messages.unanswered}` : sentence;
}

/** The secondary result; undefined when the secondary model is not asked. */
export function classicStatement({ classic, language }: ReportContent): string | undefined {
  if (!classic) return undefined;
  const { model, result } = classic;
  const messages = messagesOf(language);
  const { probability, interval, cutOff, category } = result;
  const percent = (fraction: number) => percentText(fraction, cutOff);
  return clipped(
    messages.classic({
      title: clipped(model.title, 120),
      probability: probability === null ? undefined : percent(probability),
      interval: interval === null ? undefined : messages.interval(percent(interval[0]), percent(interval[1])),
      cutOff: percent(cutOff),
      verdict: category === null ? undefined : messages.verdict[category],
      because: messages.classicBecause(result),
    }),
    1000,
  );
}

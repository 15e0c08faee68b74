import type { Finding } from '../eligibility/finding.ts';
import type { ScoreResult } from '../model/score-result.ts';
import { MAXIMUM_TEXT_LENGTH } from './content-item.ts';
import type { ReportContent } from './report.ts';
import { clipped, fourDecimals, isoDate, percentText } from './wording.ts';

const VERDICTS = {
  positive: 'POSITIVE',
  negative: 'NEGATIVE',
  indeterminate: 'INDETERMINATE',
  notEvaluable: 'NOT EVALUABLE',
} as const;

/** `40.10 to 80.22 %`: more decimals where the interval and the cut-off would seem to touch or not to touch. */
export function intervalText(score: ScoreResult): string | undefined {
  if (score.interval === null) return undefined;
  const [low, high] = score.interval;
  return `${percentText(low, score.cutOff)} to ${percentText(high, score.cutOff)} %`;
}

const NO_PROBABILITY = 'No probability can be given';

function withoutProbability({ category, because }: ScoreResult): string {
  const why = clipped(because, 160);
  if (category === 'notEvaluable')
    return `${VERDICTS.notEvaluable}: no probability of early acquired resistance (EAR) can be given. ${why}`;
  const sentence = why.startsWith(NO_PROBABILITY) ? why : `${NO_PROBABILITY}. ${why}`;
  return `Early acquired resistance (EAR) to EGFR-TKI: ${sentence}`.trim();
}

function resultLine(score: ScoreResult): string {
  if (score.probability === null) return withoutProbability(score);
  const interval = intervalText(score);
  const verdict = score.category === null ? '' : VERDICTS[score.category];
  const provisional = score.normalisation.isProvisional ? ' (PROVISIONAL)' : '';
  const range = interval === undefined ? '' : ` (95 % interval ${interval})`;
  const undecided = score.category === 'indeterminate' ? ' The cut-off lies within the uncertainty.' : '';
  const probability = percentText(score.probability, score.cutOff);
  return `${verdict}${provisional}: probability of early acquired resistance (EAR) to EGFR-TKI ${probability} %${range}, cut-off ${percentText(score.cutOff)} %.${undecided}`;
}

/** What prevalence the probability stands on; undefined when there is no probability. */
export function prevalenceSentence(content: ReportContent): string | undefined {
  const { score, model } = content;
  if (score.probability === null) return undefined;
  const design = `The model was trained on ${shortPercent(model.training.prevalence)} % resistant scans by design; the probability assumes the same here.`;
  const { priorShifted } = score;
  if (priorShifted === null) return design;
  return `${design} At this site's prevalence of ${shortPercent(priorShifted.prevalence)} % it is ${percentText(priorShifted.probability)} %.`;
}

const shortPercent = (fraction: number): string => String(Number((fraction * 100).toFixed(2)));

function deltaLine({ score, model }: ReportContent, room: number): string {
  const name = clipped(featureTitle(model.feature), room + 30);
  const of = (value: number | null): string => (value === null ? 'not computable' : fourDecimals(value));
  const values = `baseline ${of(score.baselineValue)}, follow-up ${of(score.followUpValue)}`;
  return [`Delta of ${name}: ${of(score.delta)} (${values}).`, rankSentence(score)].filter(Boolean).join(' ');
}

/** Where the delta stands among the local ones; undefined without local deltas. */
export function rankSentence({ rank }: ScoreResult): string | undefined {
  return rank ? `Larger than ${rank.below} of ${rank.of} local deltas.` : undefined;
}

/** `LoG 3 mm GLCM difference variance` for the published feature, else the PyRadiomics name itself. */
export function featureTitle(feature: string): string {
  const parts = /^log-sigma-(\d+)-(\d+)-mm-3D_glcm_DifferenceVariance$/.exec(feature);
  if (!parts) return feature;
  return `LoG ${Number(`${parts[1]}.${parts[2]}`)} mm GLCM difference variance`;
}

function lesionLine(content: ReportContent, room: number): string {
  const { lesion, baseline, followUp, intervalDays } = content;
  const [before, after] = [baseline, followUp].map(({ measurement }) => ({
    volume: Math.round(measurement.roi.volumeMm3),
    date: isoDate(measurement.header.StudyDate) ?? 'unknown date',
  }));
  const days = intervalDays === null ? 'interval unknown' : `${intervalDays} days apart`;
  return `${clipped(lesion.trackingId, room)}: volume ${before?.volume} mm3 on ${before?.date} (baseline), ${after?.volume} mm3 on ${after?.date} (follow-up), ${days}.`;
}

/** One sentence on where mean and SD come from; foreign text in at most `room` characters. */
export function normalisationSentence({ normalisation, category }: ScoreResult, room: number): string {
  const { kind, n, version, source, isProvisional } = normalisation;
  if (kind === 'none') return 'Normalisation: none established.';
  const facts = [
    kind === 'local' ? 'local cases' : 'supplied',
    kind === 'supplied' && source ? `from ${clipped(source, room)}` : '',
    version ? `version ${clipped(version, 16)}` : '',
    n === undefined ? '' : `n = ${n}`,
  ].filter(Boolean);
  if (category === null) return `Normalisation: none established (${facts.join(', ')}).`;
  return `Normalisation: ${[...facts, ...(isProvisional ? ['PROVISIONAL'] : [])].join(', ')}.`;
}

const VERDICT_WORDS = { hold: 'not usable', warn: 'usable with warnings', pass: 'usable' } as const;

/** The worst outcome of all checks; pass when there was none. */
export function worstOutcome(findings: readonly Finding[]): Finding['outcome'] {
  const outcomes = new Set(findings.map(({ outcome }) => outcome));
  if (outcomes.has('hold')) return 'hold';
  return outcomes.has('warn') ? 'warn' : 'pass';
}

function qualityLine(findings: readonly Finding[], room: number): string {
  const worst = worstOutcome(findings);
  const ids = findings.filter(({ outcome }) => outcome !== 'pass').map(({ id, check }) => `${id} ${check}`);
  const named = ids.length === 0 ? '' : ` (${clipped(ids.join(', '), room)})`;
  return `Quality: ${VERDICT_WORDS[worst]}${named}.`;
}

function supersedesLine({ supersedes }: ReportContent): readonly string[] {
  if (supersedes.length === 0) return [];
  const dates = [...new Set(supersedes.map(({ ContentDate }) => isoDate(ContentDate) ?? 'unknown date'))];
  return [clipped(`Supersedes report of ${dates.join(', ')}.`, 80)];
}

/** `room`: characters given to each foreign text. */
function summaryLines(content: ReportContent, room: number): string {
  const lines = [
    ...supersedesLine(content),
    'RESEARCH USE ONLY. Not for primary diagnosis.',
    resultLine(content.score),
    prevalenceSentence(content),
    deltaLine(content, room),
    lesionLine(content, room),
    normalisationSentence(content.score, room),
    qualityLine(content.findings, room),
    'One lesion only: new and unmeasured lesions are not assessed. Replaces neither RECIST nor re-biopsy.',
  ];
  return lines.filter((line) => line !== undefined).join('\r\n');
}

/**
 * The summary (SR.md row 1.9): lines parted by CR LF, at most 1000 characters, meaningful without the rest of the
 * tree, because some readers show nothing else. Foreign text gives way first; no line is ever left out.
 */
export function summaryText(content: ReportContent): string {
  const attempts = [100, 60, 40, 20, 10].map((room) => summaryLines(content, room));
  const fitting = attempts.find((text) => text.length <= MAXIMUM_TEXT_LENGTH);
  return fitting ?? attempts.at(-1) ?? '';
}

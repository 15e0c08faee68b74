import type { Finding } from '../../eligibility/finding.ts';
import type { ScoreResult } from '../../model/score-result.ts';
import { clipped } from '../wording.ts';
import type { Messages } from './messages.ts';

const lesions = (n: number): string => (n === 1 ? '1 lesion' : `${n} lesions`);

const ofLesion = (lesion: string | undefined): string => (lesion ? ` (${clipped(lesion, 40)})` : '');
const checkOf = ({ id, check, lesion }: Finding): string => `${id} ${check}${ofLesion(lesion)}`;

/** English. `ScoreResult.because` and the texts of findings are English already. */
export const en: Messages = {
  languageCode: { value: 'en-US', meaning: 'English (United States)' },
  baseline: 'Baseline',
  followUp: 'Follow-up',
  change: 'Follow-up versus Baseline',
  unknownDate: 'unknown date',
  notComputable: 'not computable',

  verdict: {
    positive: 'POSITIVE',
    negative: 'NEGATIVE',
    indeterminate: 'INDETERMINATE',
    notEvaluable: 'NOT EVALUABLE',
  },
  provisional: 'PROVISIONAL',
  probability: ({ verdict, probability, interval, cutOff }) => {
    const range = interval === undefined ? '' : ` (95 % interval ${interval})`;
    return `${verdict}: probability of early acquired resistance (EAR) to EGFR-TKI ${probability} %${range}, cut-off ${cutOff} %.`;
  },
  interval: (low, high) => `${low} to ${high} %`,
  intervalSentence: (interval) => `95 % interval of the probability: ${interval}.`,
  because: ({ because }: ScoreResult) => because,
  noProbability: (because) => `Early acquired resistance (EAR) to EGFR-TKI: ${because}`,
  notEvaluable: (because) =>
    `NOT EVALUABLE: no probability of early acquired resistance (EAR) can be given. ${because}`,
  progression:
    'Measured lesions: progression criteria met; the EAR model is past its purpose. NOT EVALUABLE.',
  trainedAt: (percent) => `Assumes ${percent} % prevalence (by design).`,
  atSite: (prevalence, probability) => `At this site's ${prevalence} % it is ${probability} %.`,
  researchUse: 'RESEARCH USE ONLY. Not for primary diagnosis.',
  viewOnly:
    'One outline of the lesion with its numbers; the result of record is the Oncology Measurement Report.',
  limits: 'Replaces neither RECIST nor re-biopsy.',
  supersedes: (dates) => `Supersedes report of ${dates}.`,

  delta: ({ feature, delta, baseline, followUp, range }) => {
    const spread = range ? `; ${range[0]} to ${range[1]} if contours move by a voxel` : '';
    return `Delta of ${feature}: ${delta} (baseline ${baseline}, follow-up ${followUp}${spread}).`;
  },
  rank: (below, of) => `Larger than ${below} of ${of} local deltas.`,
  stability: ({ minimum, maximum, sd, pairs }) =>
    `Stability: with the masks of both time points eroded, dilated and shifted by one voxel in plane, the delta lies between ` +
    `${minimum} and ${maximum} (SD ${sd}, ${pairs} pairs of masks).`,
  lesion: ({ name, volume, diameter, shrinkage, dates, days }) => {
    const apart = days === null ? 'interval unknown' : `${days} days`;
    return `${name}: volume ${volume[0]} to ${volume[1]} mm3, in-plane diameter ${diameter[0]} to ${diameter[1]} mm (shrinkage ${shrinkage} %), ${dates[0]} to ${dates[1]}, ${apart}.`;
  },
  target: ({ rule, of }) => {
    if (rule === 'only') return undefined;
    const why = {
      primary: 'the only one coded as primary neoplasm',
      largest: 'the longest at baseline',
    }[rule];
    return `${lesions(of)} measured; the result is of the target: ${why}.`;
  },
  unpaired: ({ baseline, followUp }) => {
    const found = [
      ...(followUp > 0 ? [`${followUp} at follow-up (new?)`] : []),
      ...(baseline > 0 ? [`${baseline} at baseline`] : []),
    ];
    if (found.length === 0) return undefined;
    return `Unpaired, not measured: ${found.join(', ')}.`;
  },
  growth: ({ lesions: n, current, nadir, date, percent, mm }) =>
    `Measured ${n === 1 ? 'lesion' : `lesions (${n})`}: ${n === 1 ? 'longest diameter' : 'sum of diameters'} ${current} mm, nadir ${nadir} mm on ${date}: ${mm} mm (${percent} %).`,
  notAssessed: 'New and unmeasured lesions are not assessed.',
  uncompared: (dates) => `Not compared with the CT of ${dates}.`,
  otherPoints: (n) =>
    `${n === 1 ? 'One scored time point' : `${n} scored time points`} of another lesion, feature or baseline not shown.`,
  late: (days, newer) =>
    `LATE: follow-up mask drawn ${days} days after the exam; ${
      newer === null ? 'no newer CT is here' : `a newer CT of ${newer} is here`
    }.`,
  trend: ({ date, delta, probability, category }) =>
    [`${date}: delta ${delta}`, probability && `probability ${probability} %`, category]
      .filter(Boolean)
      .join(', '),
  thisTimePoint: 'this report',

  normalisation: ({ state: { kind, n, isProvisional }, source, version, isUsed }) => {
    if (kind === 'none') return 'Normalisation: none established.';
    const facts = [
      kind === 'local' ? 'local cases' : 'supplied',
      kind === 'supplied' && source ? `from ${source}` : '',
      version ? `version ${version}` : '',
      n === undefined ? '' : `n = ${n}`,
    ].filter(Boolean);
    if (!isUsed) return `Normalisation: none established (${facts.join(', ')}).`;
    return `Normalisation: ${[...facts, ...(isProvisional ? ['PROVISIONAL'] : [])].join(', ')}.`;
  },
  quality: (worst, named) => {
    const words = { hold: 'not usable', warn: 'usable with warnings', pass: 'usable' } as const;
    return `Quality: ${words[worst]}${named ? ` (${named})` : ''}.`;
  },
  noFindings: 'No quality check is recorded.',
  finding: (finding) => `${checkOf(finding)}: ${finding.values}: ${finding.outcome}`,
  check: checkOf,
  findingParts: ({ check, values, lesion }) => ({ check: `${check}${ofLesion(lesion)}`, values }),
  baselineChoice: (rule, because) => `Baseline by rule ${rule}: ${because}`,
  unanswered: 'No archive could be asked whether it holds a better baseline.',
  maskOrigin: ({ label, kind, object, region, drawn, tool, author, isChosen, approval }) => {
    const parts = [
      `${label} mask: ${kind}${object}`,
      `region ${region}${isChosen ? ' (chosen by a person)' : ''}`,
      `drawn ${drawn ?? 'at an unknown time'}`,
      tool === '' ? 'with an unknown tool' : `with ${tool}`,
      author === undefined ? 'by an unknown person' : `by ${author}`,
    ];
    if (approval) {
      const { status, by, on } = approval;
      parts.push(`${status}${by ? ` by ${by}` : ''}${on ? ` on ${on}` : ''}`);
    }
    return `${parts.join(', ')}.`;
  },
  classicBecause: ({ because }) => because,
  classic: ({ title, probability, interval, cutOff, verdict, because }) => {
    if (probability === undefined) return `Secondary result (${title}): ${because}`;
    const range = interval === undefined ? '' : ` (95 % interval ${interval})`;
    return `Secondary result (${title}, the follow-up alone): probability ${probability} %${range}, cut-off ${cutOff} %: ${verdict ?? ''}.`;
  },
};

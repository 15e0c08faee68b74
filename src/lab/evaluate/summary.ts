/** An evaluation as text for a terminal. */
import type {
  AtCutOff,
  AucEstimate,
  CohortResult,
  Evaluation,
  Interval,
  PairedComparison,
  Proportion,
} from './evaluation.ts';

const number = (value: number | null): string =>
  value === null ? 'none' : value.toFixed(3).replace(/^-(0\.0+)$/, '$1');
const bounds = (interval: Interval | null): string =>
  interval === null ? 'none' : `${number(interval[0])} to ${number(interval[1])}`;
const pValue = (p: number): string => (p < 0.001 ? 'below 0.001' : p.toFixed(3));

export function summaryOf(evaluation: Evaluation): string {
  const { model, cohorts, subgroups, leaveOneSiteOut, comparisons, notices } = evaluation;
  return [
    `${model.title} (${model.id} ${model.version}, SHA-256 ${model.sha256.slice(0, 12)}…). Intervals are of 95 %.`,
    ...cohorts.flatMap((cohort) => ['', ...cohortLines(cohort), ...timeLines(evaluation, cohort.name)]),
    ...section(
      'By scanner, site and kernel',
      subgroups.map(({ cohort, by, value, n, events, auc }) => {
        const name = `${cohort}, ${by} ${value || 'not told'}`;
        return `${name}: n ${n}, events ${events}, ${auc ? aucText(auc) : 'too few of one class for an AUC'}`;
      }),
    ),
    ...section(
      'Leave one site out (training set)',
      leaveOneSiteOut.map(
        ({ site, n, events, auc, because }) =>
          `${site || 'not told'}: n ${n}, events ${events}, ${auc ? `${aucText(auc)}; ` : ''}${because}`,
      ),
    ),
    ...section('Two models on the same rows (paired DeLong)', comparisons.map(comparisonText)),
    ...section('To know', notices),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

const aucText = ({ auc, logit, delong }: AucEstimate): string =>
  `AUC ${number(auc)} (${bounds(logit ?? delong)})`;

const comparisonText = ({ cohort, first, second, aucFirst, aucSecond, z, p }: PairedComparison): string =>
  `${cohort}: ${first} ${number(aucFirst)}, ${second} ${number(aucSecond)}, z ${z.toFixed(2)}, p ${pValue(p)}`;

function cohortLines({ name, n, events, patients, auc, calibration, ...at }: CohortResult): string[] {
  const bootstrap = auc.patientBootstrap;
  const hosmerLemeshow = calibration.hosmerLemeshow;
  return [
    `${name}: ${n} rows, ${events} events${patients === null ? '' : `, ${patients} patients`}`,
    `  AUC ${number(auc.auc)}`,
    `    patient bootstrap ${bootstrap ? `${bounds(bootstrap.interval)} (${bootstrap.replicates} replicates, seed ${bootstrap.seed})` : 'none'}`,
    `    logit DeLong      ${bounds(auc.logit)}`,
    `    DeLong            ${bounds(auc.delong)}`,
    ...cutOffLines("the training set's cut-off", at.atTrainingCutOff),
    ...cutOffLines('its own Youden cut-off (optimistic)', at.atOwnCutOff),
    `  Calibration: Brier ${number(calibration.brier)} (prevalence alone ${number(calibration.brierNull)}), slope ${number(calibration.slope)}, intercept ${number(calibration.intercept)}, in the large ${number(calibration.inTheLarge)}, observed/expected ${number(calibration.observedToExpected)}`,
    ...(hosmerLemeshow
      ? [
          `    Hosmer-Lemeshow ${hosmerLemeshow.statistic.toFixed(2)}, df ${hosmerLemeshow.df}, p ${pValue(hosmerLemeshow.p)}`,
        ]
      : []),
  ];
}

function cutOffLines(title: string, at: AtCutOff): string[] {
  const row = (name: string, value: Proportion): string =>
    `    ${name.padEnd(12)} ${value ? `${number(value.value)} (${bounds(value.wilson)}), ${value.x} of ${value.n}` : 'none: no row was called so'}`;
  return [
    `  At ${title}, ${at.cutOff}:`,
    `    TP ${at.tp}  FP ${at.fp}  FN ${at.fn}  TN ${at.tn}`,
    row('accuracy', at.accuracy),
    row('sensitivity', at.sensitivity),
    row('specificity', at.specificity),
    row('PPV', at.ppv),
    row('NPV', at.npv),
  ];
}

function timeLines({ moreThanTime }: Evaluation, cohort: string): string[] {
  const found = moreThanTime.find((each) => each.cohort === cohort);
  if (found === undefined) return [];
  const one = (name: string, auc: AucEstimate | null): string =>
    `    ${name.padEnd(20)} ${auc ? aucText(auc) : 'not in the table'}`;
  return [
    `  More than time and size?${found.isTimeAsGood ? ' NOT SHOWN' : ''}`,
    one('model', found.model),
    one('days since baseline', found.days),
    one('volume change', found.volumeChange),
    one('raw delta', found.rawDelta),
    `    ${found.sentence}`,
  ];
}

/** Tables 4 and 5 of the paper for this cohort: how well the model does at its cut-off. */
import type { FittedModel } from '../../model/fitted-model.ts';
import type { AtCutOff, AucEstimate, Calibration, CohortResult, Evaluation } from '../evaluate/evaluation.ts';
import { type Cell, Foreign, type Html, Table } from './parts.tsx';
import { aucText, intervalText, percent, plain, proportionText, pText, three } from './words.ts';

/** What a column of the table needs of a cohort. */
export type Judged = Readonly<{
  name: string;
  n: number;
  events: number;
  patients: number | null;
  auc: AucEstimate;
  at: AtCutOff;
}>;

/** The paper's Table 4 is of the classic model, Table 5 of the delta model. */
export const tableNumber = (model: Pick<FittedModel, 'definition'> | null): string =>
  model === null ? 'Tables 4 and 5' : model.definition === 'followUpAlone' ? 'Table 4' : 'Table 5';

const patientsText = (patients: number | null): string =>
  patients === null ? 'not known' : String(patients);

const METRICS: readonly (readonly [string, (judged: Judged) => Cell])[] = [
  ['Rows', ({ n }) => n],
  ['Events (label 1)', ({ n, events }) => `${events} (${percent(events / n)})`],
  ['Patients', ({ patients }) => patientsText(patients)],
  ['AUC', ({ auc }) => aucText(auc)],
  ['Accuracy', ({ at }) => proportionText(at.accuracy)],
  ['Sensitivity', ({ at }) => proportionText(at.sensitivity)],
  ['Specificity', ({ at }) => proportionText(at.specificity)],
  ['Positive predictive value', ({ at }) => proportionText(at.ppv)],
  ['Negative predictive value', ({ at }) => proportionText(at.npv)],
  ['TP, FN, TN, FP', ({ at }) => `${at.tp}, ${at.fn}, ${at.tn}, ${at.fp}`],
  ['Youden index', ({ at }) => three(at.youden)],
  ['Matthews correlation', ({ at }) => (at.mcc === null ? 'no denominator' : three(at.mcc))],
];

export const MetricsTable = ({
  caption,
  note,
  judged,
}: {
  caption: string;
  note: string;
  judged: readonly Judged[];
}): Html => (
  <Table
    caption={caption}
    note={note}
    columns={['Metric', ...judged.map(({ name }) => <Foreign text={name} most={40} />)]}
    rows={METRICS.map(([name, cellOf]) => [name, ...judged.map(cellOf)])}
  />
);

export const WILSON_NOTE =
  'Counts, the estimate and the 95 % interval by Wilson; of the AUC the interval of resampled patients where they are known, of DeLong on the logit scale otherwise. Estimates have three decimals to be laid beside the paper; the intervals say what they are worth. PPV and NPV hold for this share of events only.';

export const ConfusionMatrix = ({ name, at }: Pick<Judged, 'name' | 'at'>): Html => (
  <Table
    caption={`Confusion matrix, ${plain(name, 40)}`}
    note={`Called resistant at or above ${String(at.cutOff)}`}
    columns={['In truth', 'Called resistant', 'Not called']}
    rows={[
      ['Resistance', `${at.tp} (TP)`, `${at.fn} (FN)`],
      ['No resistance', `${at.fp} (FP)`, `${at.tn} (TN)`],
    ]}
  />
);

export const AucTable = ({ judged }: { judged: readonly Pick<Judged, 'name' | 'auc'>[] }): Html => (
  <Table
    caption="AUC and its 95 % intervals"
    note="DeLong takes rows as independent. Where a patient has several rows, the interval of resampled patients is the one to trust."
    columns={['Cohort', 'AUC', 'SE (DeLong)', 'DeLong', 'DeLong, logit scale', 'Patients resampled']}
    rows={judged.map(({ name, auc }) => [
      <Foreign text={name} most={40} />,
      three(auc.auc),
      three(auc.se),
      intervalText(auc.delong),
      auc.logit ? intervalText(auc.logit) : 'none: AUC is 0 or 1',
      auc.patientBootstrap
        ? `${intervalText(auc.patientBootstrap.interval)} (${auc.patientBootstrap.replicates} replicates, seed ${auc.patientBootstrap.seed})`
        : 'patients are not known',
    ])}
  />
);

const orNone = (value: number | null): string => (value === null ? 'no optimum' : three(value));

const CALIBRATION: readonly (readonly [string, (calibration: Calibration) => string])[] = [
  ['Slope (1 is right)', ({ slope }) => orNone(slope)],
  ['Intercept (0 is right)', ({ intercept }) => orNone(intercept)],
  ['Calibration in the large (0 is right)', ({ inTheLarge }) => orNone(inTheLarge)],
  ['Observed over expected (1 is right)', ({ observedToExpected }) => three(observedToExpected)],
  ['Brier score', ({ brier, brierNull }) => `${three(brier)} (share of events alone: ${three(brierNull)})`],
  ['Log loss', ({ logLoss }) => three(logLoss)],
  [
    'Hosmer-Lemeshow',
    ({ hosmerLemeshow: test }) =>
      test === null ? 'not defined' : `${test.statistic.toFixed(2)}, df ${test.df}, p ${equals(test.p)}`,
  ],
];

const equals = (p: number): string => (p < 0.001 ? pText(p) : `= ${pText(p)}`);

export const CalibrationTable = ({ cohorts }: { cohorts: readonly CohortResult[] }): Html => (
  <Table
    caption="Calibration"
    columns={['Measure', ...cohorts.map(({ name }) => <Foreign text={name} most={40} />)]}
    rows={CALIBRATION.map(([name, textOf]) => [
      name,
      ...cohorts.map(({ calibration }) => textOf(calibration)),
    ])}
  />
);

export const ComparisonTable = ({ comparisons }: Pick<Evaluation, 'comparisons'>): Html => (
  <Table
    caption="Comparison of models, paired DeLong"
    note="On the same rows, which are taken as independent; p is two-sided and not corrected for several comparisons."
    columns={['Models', 'Cohort', 'AUC of each', 'Difference (SE)', 'z', 'p']}
    rows={comparisons.map(({ cohort, first, second, aucFirst, aucSecond, se, z, p }) => [
      <>
        <Foreign text={first} /> against <Foreign text={second} />
      </>,
      <Foreign text={cohort} most={40} />,
      `${three(aucFirst)}, ${three(aucSecond)}`,
      `${three(aucFirst - aucSecond)} (${three(se)})`,
      z.toFixed(2),
      pText(p),
    ])}
  />
);

const MOST_CASES = 1000;

export const CasesTable = ({ cohort, cutOff }: { cohort: CohortResult; cutOff: number }): Html =>
  cohort.rows.length > MOST_CASES ? (
    <p>
      <Foreign text={cohort.name} most={40} /> has {cohort.rows.length} rows, more than are listed here; the
      evaluation's JSON has them all.
    </p>
  ) : (
    <Table
      caption={`Cases of ${plain(cohort.name, 40)}`}
      columns={['Case', 'Site', 'Scanner', 'Days since baseline', 'Label', 'Probability', 'At the cut-off']}
      rows={cohort.rows.map(({ caseName, site, scanner, days, label, probability }) => [
        <Foreign text={caseName} most={60} />,
        <Foreign text={site} most={40} />,
        <Foreign text={scanner} most={40} />,
        days ?? '',
        label,
        probability.toFixed(4),
        callText(label, probability >= cutOff),
      ])}
    />
  );

const callText = (label: 0 | 1, isCalled: boolean): string =>
  label === 1
    ? isCalled
      ? 'true positive'
      : 'false negative'
    : isCalled
      ? 'false positive'
      : 'true negative';

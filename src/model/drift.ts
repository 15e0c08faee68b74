/** Do the newest deltas look like those before them? A change of scanner, protocol or patients shows here first. */
import { grouped } from './grouped.ts';
import type { LocalDelta } from './local-deltas.ts';
import { kolmogorovSmirnovAgainst, type Reference, stabilityAgainst } from './reference.ts';
import type { ServedModel } from './served-model.ts';
import {
  type KolmogorovSmirnov,
  kolmogorovSmirnov,
  type StabilityIndex,
  stabilityIndex,
  stabilityLimit,
} from './two-samples.ts';

/** The newest so many are compared with all before them. */
const RECENT = 30;
const FEWEST = 20;
/** p of Kolmogorov-Smirnov below which it is worth a look, and below which it is called drift. */
const WATCH_P = 0.05;
const DRIFT_P = 0.01;
/** The customary limits of the stability index; with few values its own scatter is larger and counts instead. */
const WATCH_PSI = 0.1;
const DRIFT_PSI = 0.25;

export const DRIFT_RULE =
  `The newest ${RECENT} are compared, at least ${FEWEST}. Drift: p of the Kolmogorov-Smirnov test below ${DRIFT_P}, and a stability index (PSI) of at least ${DRIFT_PSI} and above what ` +
  `chance gives in 95 of 100. Watch: p below ${WATCH_P}, or an index of at least ${WATCH_PSI} and above chance. Deltas of one ` +
  'patient count as independent, so that p is somewhat too small where patients have several.';

type DriftVerdict = 'none' | 'watch' | 'drift';

export type Drift =
  | Readonly<{ kind: 'notEnough'; recent: number; before: number; needed: number; because: string }>
  | Readonly<{
      kind: 'compared';
      recent: number;
      before: number;
      ks: KolmogorovSmirnov;
      psi: StabilityIndex &
        Readonly<{
          /** chance alone stays below it in 95 of 100 */
          limit: number;
        }>;
      /** mean of the recent minus mean of those before, in feature units */
      shift: number;
      verdict: DriftVerdict;
      because: string;
    }>;

type Dated = Pick<LocalDelta, 'delta' | 'others' | 'StudyDate' | 'reportedAt' | 'StudyInstanceUID'>;

/** By date of the exam, since it is the scanner that changes; those without one by the date of their report. */
export function driftOf(deltas: readonly Dated[], recent = RECENT): Drift {
  const values = inTime(deltas).map(({ delta }) => delta);
  const count = Math.min(recent, values.length);
  const [before, newest] = [values.slice(0, values.length - count), values.slice(values.length - count)];
  const counts = { recent: newest.length, before: before.length };
  if (before.length < FEWEST || newest.length < FEWEST) return notEnough(counts, 'before them');
  return compared(counts, 'those before them', {
    ks: kolmogorovSmirnov(before, newest),
    index: stabilityIndex(before, newest),
    shift: meanOf(newest) - meanOf(before),
  });
}

/** Against the rows that the model was fitted to: `before` counts those. */
function driftFrom(reference: Reference, values: readonly number[]): Drift {
  const newest = values.slice(-RECENT);
  const counts = { recent: newest.length, before: reference.n };
  if (reference.n < FEWEST || newest.length < FEWEST) return notEnough(counts, 'training rows');
  return compared(counts, 'the training rows', {
    ks: kolmogorovSmirnovAgainst(reference, newest),
    index: stabilityAgainst(reference, newest),
    shift: meanOf(newest) - reference.mean,
  });
}

/** Each feature of a model that has its reference, against that. */
export const driftFromTraining = (
  model: Pick<ServedModel, 'feature' | 'fitted'>,
  deltas: readonly Dated[],
): readonly Readonly<{ feature: string; drift: Drift }>[] =>
  (model.fitted?.features ?? []).flatMap(({ name, reference }) => {
    if (!reference) return [];
    const values = inTime(deltas).flatMap((each) => {
      const value = name === model.feature ? each.delta : each.others?.[name];
      return value === undefined ? [] : [value];
    });
    return [{ feature: name, drift: driftFrom(reference, values) }];
  });

/** The busiest group first: many groups at once find one that drifts by chance. */
export const byGroup = <T extends Dated, Found>(
  deltas: readonly T[],
  groupOf: (delta: T) => string,
  find: (own: readonly T[]) => Found,
): readonly (Readonly<{ name: string; n: number }> & Found)[] =>
  [...grouped(deltas, groupOf)]
    .sort(([one, these], [other, those]) => those.length - these.length || (one < other ? -1 : 1))
    .map(([name, own]) => ({ name, n: own.length, ...find(own) }));

/** What is worth an alarm: the newest deltas against those before, and each feature against the training rows. */
export const alarmOf = (
  model: Pick<ServedModel, 'feature' | 'fitted'>,
  deltas: readonly Dated[],
): string | undefined =>
  [{ feature: '', drift: driftOf(deltas) }, ...driftFromTraining(model, deltas)]
    .flatMap(({ feature, drift }) =>
      drift.kind === 'compared' && drift.verdict === 'drift'
        ? [feature === '' ? drift.because : `${feature}: ${drift.because}`]
        : [],
    )
    .at(0);

const DA = /^\d{8}$/;
export function inTime<T extends Dated>(deltas: readonly T[]): readonly T[] {
  const momentOf = ({ StudyDate, reportedAt, StudyInstanceUID }: Dated): string => {
    const day = DA.test(StudyDate) ? StudyDate : reportedAt.toISOString().slice(0, 10).replaceAll('-', '');
    return `${day} ${String(reportedAt.getTime()).padStart(16, '0')} ${StudyInstanceUID}`;
  };
  return deltas
    .map((each) => ({ each, moment: momentOf(each) }))
    .sort((one, other) => (one.moment < other.moment ? -1 : 1))
    .map(({ each }) => each);
}

type Counts = Readonly<{ recent: number; before: number }>;

function notEnough(counts: Counts, what: string): Drift {
  const because = `There are ${counts.recent} recent deltas and ${counts.before} ${what}; ${FEWEST} of each are needed.`;
  return { kind: 'notEnough', ...counts, needed: FEWEST, because };
}

type Compared = Readonly<{ ks: KolmogorovSmirnov; index: StabilityIndex; shift: number }>;

function compared(counts: Counts, what: string, { ks, index, shift }: Compared): Drift {
  const bins = index.edges.length + 1;
  const psi = { ...index, limit: stabilityLimit(bins, counts.before, counts.recent) };
  const verdict = verdictOf(ks.p, psi);
  const because = sentence(`${FINDING[verdict]} ${what}`, counts, ks, psi);
  return { kind: 'compared', ...counts, ks, psi, shift, verdict, because };
}

function verdictOf(p: number, { psi, limit }: Readonly<{ psi: number; limit: number }>): DriftVerdict {
  const isAboveChance = psi > limit;
  if (p < DRIFT_P && psi >= DRIFT_PSI && isAboveChance) return 'drift';
  return p < WATCH_P || (psi >= WATCH_PSI && isAboveChance) ? 'watch' : 'none';
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const FINDING: Readonly<Record<DriftVerdict, string>> = {
  none: 'The newest deltas look like',
  watch: 'The newest deltas may differ from',
  drift: 'The newest deltas differ from',
};

const sentence = (
  finding: string,
  { recent, before }: Counts,
  { statistic, p }: KolmogorovSmirnov,
  { psi, limit }: Readonly<{ psi: number; limit: number }>,
): string =>
  `${finding} (${recent} against ${before}: KS ${statistic.toFixed(2)}, p ${p < 0.001 ? 'below 0.001' : p.toFixed(3)}; ` +
  `PSI ${psi.toFixed(2)}, chance up to ${limit.toFixed(2)}).`;

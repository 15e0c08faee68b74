/** Do the newest deltas look like those before them? A change of scanner, protocol or patients shows here first. */
import { grouped } from './grouped.ts';
import type { LocalDelta } from './local-deltas.ts';
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
  `Drift: p of the Kolmogorov-Smirnov test below ${DRIFT_P}, and a stability index (PSI) of at least ${DRIFT_PSI} and above what ` +
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

type Dated = Pick<LocalDelta, 'delta' | 'StudyDate' | 'reportedAt' | 'StudyInstanceUID'>;

/** By date of the exam, since it is the scanner that changes; those without one by the date of their report. */
export function driftOf(deltas: readonly Dated[], recent = RECENT): Drift {
  const values = inTime(deltas).map(({ delta }) => delta);
  const count = Math.min(recent, values.length);
  const [before, newest] = [values.slice(0, values.length - count), values.slice(values.length - count)];
  if (before.length < FEWEST || newest.length < FEWEST) return notEnough(newest.length, before.length);
  const ks = kolmogorovSmirnov(before, newest);
  const index = stabilityIndex(before, newest);
  const bins = index.edges.length + 1;
  const psi = { ...index, limit: stabilityLimit(bins, before.length, newest.length) };
  const verdict = verdictOf(ks.p, psi);
  const shift = meanOf(newest) - meanOf(before);
  const counts = { recent: newest.length, before: before.length };
  return {
    kind: 'compared',
    ...counts,
    ks,
    psi,
    shift,
    verdict,
    because: sentence(verdict, counts, ks, psi),
  };
}

/** Each scanner against its own past: many scanners at once find one that drifts by chance. */
export const driftByScanner = (
  deltas: readonly (Dated & Pick<LocalDelta, 'scanner'>)[],
): readonly Readonly<{ scanner: string; drift: Drift }>[] =>
  [...grouped(deltas, ({ scanner }) => scanner)]
    .sort(([one, these], [other, those]) => those.length - these.length || (one < other ? -1 : 1))
    .map(([scanner, own]) => ({ scanner, drift: driftOf(own) }));

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

function notEnough(recent: number, before: number): Drift {
  const because = `There are ${recent} recent deltas and ${before} before them; ${FEWEST} of each are needed.`;
  return { kind: 'notEnough', recent, before, needed: FEWEST, because };
}

function verdictOf(p: number, { psi, limit }: Readonly<{ psi: number; limit: number }>): DriftVerdict {
  const isAboveChance = psi > limit;
  if (p < DRIFT_P && psi >= DRIFT_PSI && isAboveChance) return 'drift';
  return p < WATCH_P || (psi >= WATCH_PSI && isAboveChance) ? 'watch' : 'none';
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const FINDING: Readonly<Record<DriftVerdict, string>> = {
  none: 'The newest deltas look like those before them',
  watch: 'The newest deltas may differ from those before them',
  drift: 'The newest deltas differ from those before them',
};

const sentence = (
  verdict: DriftVerdict,
  { recent, before }: Readonly<{ recent: number; before: number }>,
  { statistic, p }: KolmogorovSmirnov,
  { psi, limit }: Readonly<{ psi: number; limit: number }>,
): string =>
  `${FINDING[verdict]} (${recent} against ${before}: KS ${statistic.toFixed(2)}, p ${p < 0.001 ? 'below 0.001' : p.toFixed(3)}; ` +
  `PSI ${psi.toFixed(2)}, chance up to ${limit.toFixed(2)}).`;

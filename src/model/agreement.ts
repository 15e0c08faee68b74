/** How far the model on trial says what the active one says, of the same cases. */
import { meanAndSd } from './interval.ts';
import type { Category, ScoreResult } from './score-result.ts';

/** What both say of one case. */
export type Pair = Readonly<{ active: ScoreResult; shadow: ScoreResult }>;

/** `none`: a delta alone, since no normalisation is established. */
export type Said = Category | 'none';
export const saidBy = ({ category }: Pick<ScoreResult, 'category'>): Said => category ?? 'none';

/** Shadow minus active, over the cases in which both give a number. */
type Difference = Readonly<{ n: number; mean: number; sd: number; largest: number }>;

export type Agreement = Readonly<{
  n: number;
  categories: readonly Readonly<{ active: Said; shadow: Said; n: number }>[];
  /** cases of which both say the same */
  same: number;
  /** positive by one and negative by the other */
  opposed: number;
  /** null: no case has a number of both */
  probability: Difference | null;
  /** null also where the models are of different features: their deltas are not of one scale */
  delta: Difference | null;
}>;

export function agreementOf(pairs: readonly Pair[]): Agreement {
  const counts = new Map<string, { active: Said; shadow: Said; n: number }>();
  for (const pair of pairs) {
    const [active, shadow] = [saidBy(pair.active), saidBy(pair.shadow)];
    const cell = counts.get(`${active} ${shadow}`) ?? { active, shadow, n: 0 };
    cell.n += 1;
    counts.set(`${active} ${shadow}`, cell);
  }
  const categories = [...counts.values()].sort((one, other) => other.n - one.n);
  const total = (which: (cell: Readonly<{ active: Said; shadow: Said }>) => boolean): number =>
    categories.filter(which).reduce((sum, { n }) => sum + n, 0);
  return {
    n: pairs.length,
    categories,
    same: total(({ active, shadow }) => active === shadow),
    opposed: total(isOpposed),
    probability: differenceOf(pairs.map(({ active, shadow }) => [active.probability, shadow.probability])),
    delta: differenceOf(
      pairs
        .filter(({ active, shadow }) => active.feature === shadow.feature)
        .map(({ active, shadow }) => [active.delta, shadow.delta]),
    ),
  };
}

const isOpposed = ({ active, shadow }: Readonly<{ active: Said; shadow: Said }>): boolean =>
  (active === 'positive' && shadow === 'negative') || (active === 'negative' && shadow === 'positive');

function differenceOf(values: readonly (readonly [number | null, number | null])[]): Difference | null {
  const differences = values.flatMap(([active, shadow]) =>
    active === null || shadow === null ? [] : [shadow - active],
  );
  if (differences.length === 0) return null;
  const largest = differences.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most), 0);
  return { n: differences.length, ...meanAndSd(differences), largest };
}

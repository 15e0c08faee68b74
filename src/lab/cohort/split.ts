/** Which patients train a model and which test it. */
import { digestOf } from '../../dicom/uid.ts';
import { Fault } from '../../fault.ts';
import { seededRandom } from '../../model/random.ts';
import type { ClinicalTable } from './clinical-table.ts';
import { isNormal, rowOf, type Side, type TableOneRow, tableOne } from './table-one.ts';

export type Split = Readonly<{
  /** of the patients of the clinical table, in its order */
  sides: readonly Side[];
  table: readonly TableOneRow[];
  /** how many were made until no characteristic differed, this one included */
  draws: number;
}>;

/** The paper's: no p of 0.05 or less. */
const ALPHA = 0.05;

/**
 * Draws `train` of the patients until no characteristic differs between the sets (all p > 0.05), at most `mostDraws` times. The same
 * seed gives the same sets. Throws COHORT_INVALID when no draw is balanced.
 */
export function drawSplit(
  clinical: ClinicalTable,
  { train, seed, mostDraws }: Readonly<{ train: number; seed: number; mostDraws: number }>,
): Split {
  const n = clinical.patients.length;
  const random = seededRandom(digestOf(`patient split ${seed}`));
  const judged = clinical.characteristics.map((each) => ({ each, normal: isNormal(each) }));
  const order = Array.from({ length: n }, (_, i) => i);
  for (let draws = 1; draws <= mostDraws; draws++) {
    for (let last = n - 1; last > 0; last--) {
      const other = random.index(last + 1);
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    const sides: Side[] = new Array(n).fill('test');
    for (const i of order.slice(0, train)) sides[i] = 'train';
    const isAlike = judged.every(({ each, normal }) => (rowOf(each, sides, normal).p ?? 1) > ALPHA);
    if (isAlike) return { sides, draws, table: tableOne(clinical, sides) };
  }
  throw new Fault(
    'COHORT_INVALID',
    `in none of ${mostDraws} draws the sets were alike in all ${judged.length} characteristics; leave columns out, or raise --draws`,
  );
}

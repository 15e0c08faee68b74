/** Of several measured lesions, the one that the model speaks of. */

import type { LesionPair } from '../matching/lesion.ts';
import type { MaskCandidate } from '../matching/mask-of-series.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { CODES, sameCode } from '../sr/codes.ts';
import type { TargetChoice } from '../sr/report.ts';

export type MeasuredLesion = Readonly<{ pair: LesionPair; baseline: Measurement; followUp: Measurement }>;

/**
 * The only lesion that a mask codes as Neoplasm, Primary; else the one with the longest in-plane diameter at baseline (RECIST 1.1,
 * 3.2: target lesions are chosen by size), then the larger volume, then the smaller tracking UID. The order of the lesions
 * does not matter.
 */
export function chooseTarget(
  lesions: readonly MeasuredLesion[],
): Readonly<{ target: MeasuredLesion; others: readonly MeasuredLesion[]; choice: TargetChoice }> {
  const bySize = [...lesions].sort(largestFirst);
  const [largest] = bySize;
  if (!largest) throw new RangeError('no lesion was measured');
  const primaries = bySize.filter(({ pair }) => [pair.baseline, pair.followUp].some(isPrimary));
  const [primary] = primaries;
  const isByCode = bySize.length > 1 && primary !== undefined && primaries.length === 1;
  const target = isByCode ? primary : largest;
  const rule = bySize.length === 1 ? 'only' : isByCode ? 'primary' : 'largest';
  return {
    target,
    others: bySize.filter((lesion) => lesion !== target),
    choice: { rule, of: bySize.length },
  };
}

const isPrimary = ({ region }: MaskCandidate): boolean =>
  region.typeCodes.some(
    (code) =>
      sameCode(code, CODES.neoplasmPrimary) ||
      (code.CodingSchemeDesignator === 'SRT' && code.CodeValue === 'M-80003'),
  );

function largestFirst(a: MeasuredLesion, b: MeasuredLesion): number {
  const [one, other] = [a.baseline.roi, b.baseline.roi];
  return (
    other.longestInPlaneDiameterMm - one.longestInPlaneDiameterMm ||
    other.volumeMm3 - one.volumeMm3 ||
    (a.pair.trackingUid < b.pair.trackingUid ? -1 : 1)
  );
}

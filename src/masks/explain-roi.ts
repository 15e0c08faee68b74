/** What the ROI rules make of every region of a mask, and why. The choice itself is that of select-roi.ts. */
import type { RoiRules } from './roi-rules.ts';
import { type Candidate, exclusionOf, matchOf, selectRegion, tumourRegions } from './select-roi.ts';

export type RegionVerdict = Readonly<{
  number: number;
  name: string;
  /** taken: the one; candidate: one of several that no rule tells apart; ranked lower: a tumour, but others say it more strongly */
  verdict: 'taken' | 'candidate' | 'rankedLower' | 'rejected';
  because: string;
}>;

/** One verdict a region, in their order. */
export function explainRegions(regions: readonly Candidate[], rules: RoiRules): RegionVerdict[] {
  const selection = selectRegion(regions, rules);
  const tumours = new Set(tumourRegions(regions, rules));
  const left = new Set(
    selection.kind === 'chosen'
      ? [selection.region]
      : selection.kind === 'ambiguous'
        ? selection.candidates
        : [],
  );
  return regions.map((region) => {
    const { number, name } = region;
    const said = matchOf(region, rules) ?? 'only region';
    if (left.has(region)) {
      const because = `${SAYS[said]}.`;
      return { number, name, verdict: left.size === 1 ? 'taken' : 'candidate', because };
    }
    if (tumours.has(region))
      return {
        number,
        name,
        verdict: 'rankedLower',
        because: `${SAYS[said]}; others say it more strongly.`,
      };
    return { number, name, verdict: 'rejected', because: rejection(region, rules) };
  });
}

const SAYS = {
  code: 'Its code means a tumour',
  'interpreted type': 'Its interpreted type means a tumour',
  name: 'Its name means a tumour',
  'only region': 'It is the only region that is drawn',
} as const;

function rejection(region: Candidate, rules: RoiRules): string {
  if (region.contourOrFrameCount === 0) return 'Nothing is drawn in this region.';
  const excluded = exclusionOf(region, rules);
  if (excluded === 'interpreted type') return 'Its interpreted type is excluded.';
  if (excluded !== undefined) return `Its name is excluded by ${excluded}.`;
  return 'Neither code, interpreted type nor name means a tumour.';
}

import type { RoiRules } from './roi-rules.ts';

/** As much of a region as the choice needs. */
export type Candidate = Readonly<{
  number: number;
  name: string;
  interpretedType?: string | undefined;
  typeCodes: readonly Readonly<{ CodeValue: string; CodingSchemeDesignator: string }>[];
  contourOrFrameCount: number;
}>;

/** An outcome with its reason: which rule chose, or which regions are left for a person. */
export type Selection<Region> =
  | Readonly<{
      kind: 'chosen';
      region: Region;
      because: 'code' | 'interpreted type' | 'name' | 'only region';
    }>
  | Readonly<{ kind: 'none'; candidates: readonly Region[] }>
  | Readonly<{ kind: 'ambiguous'; candidates: readonly Region[] }>;

type Rules = Pick<
  RoiRules,
  'codes' | 'interpretedTypes' | 'excludedInterpretedTypes' | 'include' | 'exclude' | 'acceptOnlyRegion'
>;

/**
 * The tumour among the regions of a mask: by codes, then by interpreted type, then by name; a later step only narrows
 * what an earlier one found. Regions in which nothing is drawn do not count. More than one left is ambiguous.
 */
export function selectRegion<Region extends Candidate>(
  regions: readonly Region[],
  rules: Rules,
): Selection<Region> {
  const drawn = regions.filter(({ contourOrFrameCount }) => contourOrFrameCount > 0);
  const steps = [
    ['code', (region: Region) => hasCode(region, rules)],
    ['interpreted type', (region: Region) => hasType(region, rules.interpretedTypes)],
    ['name', (region: Region) => hasName(region, rules)],
  ] as const;
  let left: readonly Region[] = drawn;
  let because: 'code' | 'interpreted type' | 'name' | undefined;
  for (const [step, matches] of steps) {
    const matched = left.filter(matches);
    if (matched.length === 0) continue;
    left = matched;
    because = step;
    if (left.length === 1) break;
  }
  const [region, second] = left;
  if (because && region)
    return second ? { kind: 'ambiguous', candidates: left } : { kind: 'chosen', region, because };
  if (rules.acceptOnlyRegion && region && !second && !isExcluded(region, rules))
    return { kind: 'chosen', region, because: 'only region' };
  return { kind: 'none', candidates: drawn };
}

const folded = (text: string): string => text.trim().toUpperCase();

/** SNOMED RT codes of old objects stand under `99SDM` or `SRT`; the rule file names each scheme it means. */
const hasCode = ({ typeCodes }: Candidate, { codes }: Rules): boolean =>
  typeCodes.some(({ CodeValue, CodingSchemeDesignator }) =>
    codes.some(({ value, scheme }) => value === CodeValue && scheme === CodingSchemeDesignator),
  );

const hasType = ({ interpretedType }: Candidate, types: readonly string[]): boolean =>
  interpretedType !== undefined && types.some((type) => folded(type) === folded(interpretedType));

const matchesAny = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => new RegExp(pattern, 'i').test(name.trim()));

const isExcluded = (region: Candidate, { exclude, excludedInterpretedTypes }: Rules): boolean =>
  hasType(region, excludedInterpretedTypes) || matchesAny(region.name, exclude);

const hasName = (region: Candidate, rules: Rules): boolean =>
  matchesAny(region.name, rules.include) && !isExcluded(region, rules);

/** A region name without case and separators: `GTV-1`, `gtv 1` and `GTV_1` are one lesion over time (SR.md 4.4). */
export const foldedRegionName = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_.-]+/g, '');

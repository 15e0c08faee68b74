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

const STEPS = [
  ['code', (region: Candidate, rules: Rules) => hasCode(region, rules)],
  ['interpreted type', (region: Candidate, rules: Rules) => hasType(region, rules.interpretedTypes)],
  ['name', (region: Candidate, rules: Rules) => matchesAny(region.name, rules.include)],
] as const;

const isDrawn = ({ contourOrFrameCount }: Candidate): boolean => contourOrFrameCount > 0;

/**
 * Every region of a mask that may be a tumour, before any is preferred: something is drawn in it, no name or interpreted
 * type excludes it, and code, interpreted type or name say tumour; or it is the only one drawn, where the rules take that.
 */
export function tumourRegions<Region extends Candidate>(
  regions: readonly Region[],
  rules: Rules,
): readonly Region[] {
  const drawn = regions.filter(isDrawn);
  const allowed = drawn.filter((region) => !isExcluded(region, rules));
  const tumours = allowed.filter((region) => STEPS.some(([, matches]) => matches(region, rules)));
  return tumours.length === 0 && rules.acceptOnlyRegion && drawn.length === 1 ? allowed : tumours;
}

/**
 * The tumour among the regions of a mask: by codes, then by interpreted type, then by name; a later step only narrows
 * what an earlier one found. Excluded regions and those in which nothing is drawn do not count, whatever their code.
 * More than one left is ambiguous.
 */
export function selectRegion<Region extends Candidate>(
  regions: readonly Region[],
  rules: Rules,
): Selection<Region> {
  let left = tumourRegions(regions, rules);
  let because: 'code' | 'interpreted type' | 'name' | 'only region' = 'only region';
  for (const [step, matches] of STEPS) {
    const matched = left.filter((region) => matches(region, rules));
    if (matched.length === 0) continue;
    left = matched;
    because = step;
    if (left.length === 1) break;
  }
  const [region, second] = left;
  if (!region) return { kind: 'none', candidates: regions.filter(isDrawn) };
  return second ? { kind: 'ambiguous', candidates: left } : { kind: 'chosen', region, because };
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

const isExcluded = (region: Candidate, rules: Rules): boolean => exclusionOf(region, rules) !== undefined;

/** What excludes a region: its interpreted type, or the pattern that its name matches. */
export const exclusionOf = (
  region: Candidate,
  { exclude, excludedInterpretedTypes }: Rules,
): string | undefined =>
  hasType(region, excludedInterpretedTypes)
    ? 'interpreted type'
    : exclude.find((pattern) => matchesAny(region.name, [pattern]));

/** The strongest thing that says tumour of a region, excluded or not. */
export const matchOf = (region: Candidate, rules: Rules): (typeof STEPS)[number][0] | undefined =>
  STEPS.find(([, matches]) => matches(region, rules))?.[0];

/** Bounds of what is run while a person types, and of what candidate rules may cost on objects that are here. */
import type { RoiRules } from '../masks/roi-rules.ts';
import { patternCost } from './pattern-cost.ts';

/** A rule file that is shipped has 10 KiB. */
export const MAX_TEXT_CHARACTERS = 256 * 1024;
/** Names of regions are of 64 characters (LO, PS3.5 6.2); some writers do not know. */
const NAME_CHARACTERS = 64;
export const MAX_NAME_CHARACTERS = 256;
const MAX_PATTERN_CHARACTERS = 1000;
const MAX_PATTERN_WAYS = 20_000;
const MAX_PATTERN_SIZE = 5000;
/** About a third of a second, were every pattern as slow as it can be. */
const MAX_WORK = 30_000_000;
/** Compiling a pattern for a name. */
const WORK_OF_A_LOOK = 300;

/** Why a pattern is not tried; undefined for one that may be. */
export function patternFault(source: string): string | undefined {
  if (source.length > MAX_PATTERN_CHARACTERS) return `has more than ${MAX_PATTERN_CHARACTERS} characters`;
  const { ways, size } = patternCost(source, NAME_CHARACTERS);
  if (ways <= MAX_PATTERN_WAYS && size <= MAX_PATTERN_SIZE) return undefined;
  return 'could take very long on some names: repeat no group that holds a repetition or a choice, and use few of * + ? {}';
}

/** Whether the patterns may be tried on names so long without anybody waiting. */
export function isQuickOn(
  { include, exclude }: Pick<RoiRules, 'include' | 'exclude'>,
  names: readonly string[],
): boolean {
  const longest = Math.max(NAME_CHARACTERS, ...names.map(({ length }) => length));
  const ways = [...include, ...exclude].map((pattern) => patternCost(pattern, longest).ways);
  // Selecting looks at a name up to four times.
  const ofAll = 4 * ways.reduce((sum, each) => sum + each, 0);
  const looks = 4 * WORK_OF_A_LOOK * ways.length * names.length;
  const work = names.reduce((sum, { length }) => sum + ofAll * (length + 1), looks);
  return work <= MAX_WORK;
}

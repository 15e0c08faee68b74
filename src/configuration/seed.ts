/** Who counts when the service starts: the file, or what was changed while the service ran. */
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { isRuleFile, type Section } from './section.ts';

/** What the file says of a section. */
export type Seed = Readonly<{
  section: Section;
  text: string;
  /** with the environment in it, of a section of `earshot.yaml` */
  filledText?: string;
  /** of a rule: it came with Earshot, and no administrator wrote it */
  isBundled: boolean;
}>;

/** Of what is said, not of how it is written; of rules, of their text: reports name that digest. */
export const seedDigestOf = (section: Section, text: string): string =>
  digestOf(isRuleFile(section) ? text : canonicalJson(JSON.parse(text)));

/** Whether two texts of a section say the same. */
export const saysTheSame = (section: Section, a: string, b: string): boolean =>
  a === b || (!isRuleFile(section) && seedDigestOf(section, a) === seedDigestOf(section, b));

/**
 * The file counts where there is nothing else, where it says something else than it said last (its author changed it), and
 * always in a locked installation. Rules that came with Earshot and changed with its version do not undo what somebody changed.
 */
export function isFileTaken(
  { section, text, isBundled }: Seed,
  kept: Readonly<{ value: string; seedDigest: string }> | undefined,
  isLocked: boolean,
): boolean {
  if (kept === undefined || isLocked) return true;
  if (seedDigestOf(section, text) === kept.seedDigest) return false;
  return !isBundled || seedDigestOf(section, kept.value) === kept.seedDigest;
}

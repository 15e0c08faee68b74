/** What counts when a process starts: what the file says, and what was changed since. */
import type { ConfigurationChanges, NewChange, SectionRow } from '../catalogue/configuration-changes.ts';
import { mapSecrets } from '../configuration/kept-secrets.ts';
import { type ConfigSection, isRuleFile, SECTIONS, type Section } from '../configuration/section.ts';
import { isFileTaken, type Seed, saysTheSame, seedDigestOf } from '../configuration/seed.ts';
import type { Log, Statement } from '../ports.ts';
import {
  type Effective,
  effectiveOf,
  keptText,
  type SectionTexts,
  seedsOf,
  textOfFile,
} from './effective.ts';
import type { WrittenConfig } from './load.ts';
import { toTheLetter } from './placeholders.ts';

/** `version` grows with every change. */
export type Current = Effective & Readonly<{ version: number }>;

type Options = Readonly<{
  log: Log;
  written: WrittenConfig;
  alsoWrite?: (now: Effective, before: Effective, changed: readonly Section[]) => readonly Statement[];
}>;

const FILE_AUTHOR = 'configuration file';

export const textsOf = (textOf: (section: Section) => string | undefined): SectionTexts =>
  Object.fromEntries(SECTIONS.map((section) => [section, textOf(section) ?? ''])) as SectionTexts;

/** Undefined: another process changed something at the same moment, and nothing is done. Throws what loading the file would. */
export async function seed(
  changes: ConfigurationChanges,
  { log, written, alsoWrite }: Options,
): Promise<Current | undefined> {
  const kept = await changes.sections();
  const plan = seedsOf(written).map((seed) => planSeed(seed, kept.get(seed.section), written));
  const now = effectiveOf(
    written,
    textsOf((section) => plan.find((each) => each.section === section)?.text),
  );
  const changed = plan.filter(({ isChange }) => isChange).map(({ section }) => section);
  const wasThere = changed.length > 0 && SECTIONS.every((section) => kept.has(section));
  const before = wasThere
    ? tryEffective(
        written,
        textsOf((section) => kept.get(section)?.value),
      )
    : undefined;
  let id = await changes.lastId();
  const statements = plan.flatMap(({ section, text, seedDigest, isChange }) => {
    const seeding = changes.seeding(section, text, seedDigest);
    if (!isChange) return [seeding];
    id += 1;
    const row: NewChange = {
      section,
      before: kept.get(section)?.value ?? null,
      after: text,
      author: FILE_AUTHOR,
      reason: '',
      source: 'file',
    };
    return [changes.adding(id, row, 'applied'), seeding];
  });
  const also = before ? (alsoWrite?.(now, before, changed) ?? []) : [];
  if (!(await changes.write([...statements, ...also]))) return undefined;
  for (const section of changed) log.info('configuration.changed', { section, source: 'file', version: id });
  return { ...now, version: id };
}

type PlannedSeed = Readonly<{ section: Section; text: string; seedDigest: string; isChange: boolean }>;

/** The text that counts of a section at the start. */
function planSeed(seed: Seed, kept: SectionRow | undefined, { config }: WrittenConfig): PlannedSeed {
  const { section } = seed;
  const seedDigest = seedDigestOf(section, seed.text);
  if (kept && !isFileTaken(seed, kept, config.admin.locked))
    return { section, text: kept.value, seedDigest, isChange: false };
  if (kept && !config.admin.locked && isAsKeptBefore(seed, kept))
    return { section, text: named(seed, kept.value), seedDigest, isChange: false };
  const text = textOfFile(section, seed.text, kept?.value);
  // What is said in other words is no change.
  if (kept && saysTheSame(section, kept.value, text))
    return { section, text: kept.value, seedDigest, isChange: false };
  return { section, text, seedDigest, isChange: true };
}

/** Versions before kept what the environment said of a secret, where its name is kept now: the file says what it said then. */
const isAsKeptBefore = ({ section, filledText }: Seed, kept: SectionRow): boolean =>
  filledText !== undefined && seedDigestOf(section, filledText) === kept.seedDigest;

/** What such a version kept, with the names of the secrets that the file names; the others are meant to the letter. */
function named({ section, text, filledText = text }: Seed, kept: string): string {
  if (isRuleFile(section)) return kept;
  const [names, values] = [secretsIn(section, text), secretsIn(section, filledText)];
  return keptText(
    mapSecrets(section, JSON.parse(kept), (secret) => names[values.indexOf(secret)] ?? toTheLetter(secret)),
  );
}

function secretsIn(section: ConfigSection, text: string): string[] {
  const found: string[] = [];
  mapSecrets(section, JSON.parse(text), (secret) => {
    found.push(secret);
    return secret;
  });
  return found;
}

/** Undefined: what was kept is not usable any more, and nothing can be compared with it. */
function tryEffective(written: WrittenConfig, texts: SectionTexts): Effective | undefined {
  try {
    return effectiveOf(written, texts);
  } catch {
    return undefined;
  }
}

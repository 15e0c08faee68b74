/** The nodes that a service on the data folder has, or would start with: for commands that look at nodes. */
import { existsSync } from 'node:fs';
import { ConfigurationChanges, type SectionRow } from '../catalogue/configuration-changes.ts';
import { isRuleFile, SECTIONS, type Section } from '../configuration/section.ts';
import { isFileTaken, saysTheSame } from '../configuration/seed.ts';
import { canonicalJson } from '../dicom/uid.ts';
import { type Config, configSchema } from './config.ts';
import { readSection, seedsOf, textOfFile } from './effective.ts';
import { loadWrittenConfig, placedNodes, type WrittenConfig } from './load.ts';
import { isSqlite, openDatabase, sqliteFile } from './open-database.ts';
import { parseYaml } from './yaml.ts';

/** What the catalogue keeps of each section, without making or changing anything there; empty before a service ran. */
async function keptSections(config: Config): Promise<ReadonlyMap<Section, SectionRow>> {
  if (isSqlite(config) && !existsSync(sqliteFile(config))) return new Map();
  const sql = await openDatabase(config);
  try {
    return await new ConfigurationChanges(sql, () => new Date()).sections();
  } catch (thrown) {
    // No service ran on it yet, or one of a version that kept no configuration there.
    if (/no such table|42P01/.test(String(thrown))) return new Map();
    throw thrown;
  } finally {
    await sql.close();
  }
}

/** With the defaults that neither has to write. */
function meansTheSame(section: Section, a: string, b: string): boolean {
  if (saysTheSame(section, a, b)) return true;
  if (isRuleFile(section)) return false;
  const meaning = (text: string): string =>
    canonicalJson(parseYaml<unknown>(text, section, configSchema.shape[section], 'CONFIG_INVALID'));
  return meaning(a) === meaning(b);
}

/** A section that the data folder keeps otherwise than the file says it. `counts`: which of them a service starts with. */
export type Difference = Readonly<{ section: Section; counts: 'file' | 'data folder' }>;

export async function differencesOf(written: WrittenConfig): Promise<Difference[]> {
  const kept = await keptSections(written.config);
  const found: Difference[] = [];
  for (const seed of seedsOf(written)) {
    const row = kept.get(seed.section);
    if (!row || meansTheSame(seed.section, row.value, textOfFile(seed.section, seed.text, row.value)))
      continue;
    const isTaken = isFileTaken(seed, row, written.config.admin.locked);
    found.push({ section: seed.section, counts: isTaken ? 'file' : 'data folder' });
  }
  return found.sort((a, b) => SECTIONS.indexOf(a.section) - SECTIONS.indexOf(b.section));
}

/**
 * The configuration of a file with the nodes that count. `notice`: in what they differ from those of the file, for a person.
 */
export async function loadEffectiveNodes(
  file: string,
): Promise<Readonly<{ config: Config; notice: string | undefined }>> {
  const written = loadWrittenConfig(file);
  const { config, folder } = written;
  const kept = (await keptSections(config)).get('nodes');
  const seed = seedsOf(written).find(({ section }) => section === 'nodes');
  if (!kept || !seed) return { config, notice: undefined };
  const said = textOfFile('nodes', seed.text, kept.value);
  const isTaken = isFileTaken(seed, kept, config.admin.locked);
  const text = isTaken ? said : kept.value;
  const nodes = readSection('nodes', text, configSchema.shape.nodes);
  const effective = { ...config, nodes: placedNodes(nodes, folder) };
  if (meansTheSame('nodes', said, kept.value)) return { config: effective, notice: undefined };
  const notice = isTaken
    ? `nodes are those of ${file}, which a service takes when it starts next; it runs with others`
    : `nodes are those of the data folder, which were changed since ${file} was read`;
  return { config: effective, notice };
}

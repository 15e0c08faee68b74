import type { Config } from '../startup/config.ts';
import { loadEffectiveNodes } from '../startup/effective-nodes.ts';

/** The configuration with the nodes that count; where the file says others, a line on standard error tells it. */
export async function effectiveConfig(file: string): Promise<Config> {
  const { config, notice } = await loadEffectiveNodes(file);
  if (notice !== undefined) console.error(`earshot: ${notice}`);
  return config;
}

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { parseFrozenVersion } from '../lab/normalise/frozen-version.ts';
import type { FrozenVersion } from '../lab/normalise/local.ts';
import { readText } from '../startup/yaml.ts';
import { writeNewFile } from './new-file.ts';
import { writing } from './writing.ts';

const FILE = /^normalisation-v([1-9]\d*)\.json$/;

type Frozen = Readonly<{
  /** as they stand in the folder, the oldest first */
  versions: readonly FrozenVersion[];
  /** what became of each */
  lines: readonly string[];
}>;

/**
 * Writes what is not frozen yet. A version that is there stays as it is, also where these values would give another, or are too few for it.
 * Throws INPUT_INVALID for a file that is none, or is of another model, OUTPUT_FAILED.
 */
export function freezeInto(
  folder: string,
  versions: readonly FrozenVersion[],
  model: FrozenVersion['model'],
): Frozen {
  writing(() => mkdirSync(folder, { recursive: true }));
  const before = frozenIn(folder, model);
  const added = versions.filter(({ version }) => !before.some((each) => each.version === version));
  for (const version of added) writeNewFile(fileOf(folder, version), `${JSON.stringify(version, null, 2)}\n`);
  const all = [...before, ...added].sort((one, other) => one.n - other.n);
  return { versions: all, lines: all.map((version) => lineOf(folder, version, versions, added)) };
}

const fileOf = (folder: string, { version }: FrozenVersion): string =>
  join(folder, `normalisation-${version}.json`);

function frozenIn(folder: string, { id, version }: FrozenVersion['model']): FrozenVersion[] {
  return readdirSync(folder)
    .filter((name) => FILE.test(name))
    .map((name) => {
      const file = join(folder, name);
      const frozen = parseFrozenVersion(readText(file, 'INPUT_INVALID'), file);
      if (name !== `normalisation-${frozen.version}.json`)
        throw new Fault('INPUT_INVALID', `${file} holds the version ${frozen.version}`);
      if (frozen.model.id !== id || frozen.model.version !== version)
        throw new Fault(
          'INPUT_INVALID',
          `${file} is of the model ${frozen.model.id} ${frozen.model.version}, not of ${id} ${version}; name another folder`,
        );
      return frozen;
    });
}

function lineOf(
  folder: string,
  frozen: FrozenVersion,
  versions: readonly FrozenVersion[],
  added: readonly FrozenVersion[],
): string {
  const { version, n, digest } = frozen;
  if (added.includes(frozen))
    return `${version} is frozen on the first ${n} visits: ${fileOf(folder, frozen)}`;
  const now = versions.find((each) => each.version === version);
  const stands = `${version} stands as it was frozen`;
  if (now === undefined) return `${stands}, on ${n} visits; there are fewer now`;
  return now.digest === digest ? stands : `${stands}; its visits have changed since (another digest)`;
}

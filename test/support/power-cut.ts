/** A folder whose program may lose its power: what is durable of it is kept beside it by test/faults/shim/power-loss.c. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/model/random.ts';

/** As the shim names a file or folder. */
const idOf = (path: string): string => {
  const { ino, birthtimeNs } = statSync(path, { bigint: true });
  return `${ino}-${birthtimeNs}`;
};

/** All that is there now is durable. */
export function everythingIsDurable(folder: string, shadow: string): void {
  rmSync(shadow, { recursive: true, force: true });
  mkdirSync(shadow);
  keepTree(folder, shadow);
}

function keepTree(folder: string, shadow: string): void {
  const names = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) keepTree(path, shadow);
    else copyFileSync(path, join(shadow, idOf(path)));
    return `${entry.isDirectory() ? 'd' : 'f'} ${idOf(path)} ${entry.name}\n`;
  });
  writeFileSync(join(shadow, `${idOf(folder)}.names`), names.join(''));
}

/**
 * What became of a file that was written since its last sync. Empty: of what was never synced only the name is there, all else is as of its
 * last sync. Torn: what was never synced has its length and its beginning, and zeros behind it; all else its new bytes up to a sector, and
 * those of its last sync from there on.
 */
export type Unsynced = 'empty' | 'torn';

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;

/**
 * Makes one name in the folder, and all below it, what a power cut leaves. The names of files that have both new bytes and those of their
 * last sync.
 */
export function cutPower(
  folder: string,
  name: string,
  shadow: string,
  { unsynced, random }: Readonly<{ unsynced: Unsynced; random: Random }>,
): readonly string[] {
  const durable = namesIn(idOf(folder), shadow).find((one) => one.name === name);
  const torn: Torn = new Map(unsynced === 'torn' ? tornBelow(join(folder, name), shadow, random) : []);
  rmSync(join(folder, name), { recursive: true, force: true });
  if (durable) restore(join(folder, name), durable, { shadow, torn });
  everythingIsDurable(folder, shadow);
  return [...torn.values()].filter(({ isMixed }) => isMixed).map(({ name }) => name);
}

type TornFile = Readonly<{ name: string; bytes: Buffer; isMixed: boolean }>;
/** By id. */
type Torn = ReadonlyMap<string, TornFile>;

function* tornBelow(folder: string, shadow: string, random: Random): Generator<[string, TornFile]> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { name } = entry;
    const path = join(entry.parentPath, name);
    const [id, now] = [idOf(path), readFileSync(path)];
    const synced = join(shadow, id);
    if (!existsSync(synced)) {
      yield [id, { name, bytes: now.fill(0, Math.ceil(now.length / 2)), isMixed: false }];
      continue;
    }
    const before = readFileSync(synced);
    if (now.equals(before)) continue;
    const bytes = mixed(now, before, random);
    yield [id, { name, bytes, isMixed: !bytes.equals(now) && !bytes.equals(before) }];
  }
}

/** New up to a sector between where the two differ first and where the longer one ends, and as before from there on. */
function mixed(now: Buffer, before: Buffer, random: Random): Buffer {
  const sectors = Math.ceil(Math.max(now.length, before.length) / SECTOR_BYTES);
  const same = Math.floor(firstDifference(now, before) / SECTOR_BYTES);
  const at = (same + random.index(sectors - same + 1)) * SECTOR_BYTES;
  return Buffer.concat([now.subarray(0, at), before.subarray(at)]);
}

function firstDifference(one: Buffer, other: Buffer): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at;
}

type Name = Readonly<{ kind: string; id: string; name: string }>;

/** A folder that was never synced has no names. */
function namesIn(id: string, shadow: string): readonly Name[] {
  const file = join(shadow, `${id}.names`);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [kind = '', id = '', ...rest] = line.split(' ');
    return { kind, id, name: rest.join(' ') };
  });
}

function restore(path: string, { kind, id }: Name, left: Readonly<{ shadow: string; torn: Torn }>): void {
  const { shadow, torn } = left;
  if (kind === 'd') {
    mkdirSync(path);
    for (const inner of namesIn(id, shadow)) restore(join(path, inner.name), inner, left);
  } else if (torn.has(id) || !existsSync(join(shadow, id))) writeFileSync(path, torn.get(id)?.bytes ?? '');
  else copyFileSync(join(shadow, id), path);
}

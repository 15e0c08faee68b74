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

/** What became of a file that was never synced: it is empty, or has its length and its beginning, and zeros behind it. */
export type Unsynced = 'empty' | 'torn';

/** Makes one name in the folder, and all below it, what a power cut leaves. */
export function cutPower(folder: string, name: string, shadow: string, unsynced: Unsynced): void {
  const durable = namesIn(idOf(folder), shadow).find((one) => one.name === name);
  const torn = unsynced === 'torn' ? tornBelow(join(folder, name), shadow) : new Map<string, Buffer>();
  rmSync(join(folder, name), { recursive: true, force: true });
  if (durable) restore(join(folder, name), durable, { shadow, torn });
  everythingIsDurable(folder, shadow);
}

/** By id: the files below it that were never synced. */
const tornBelow = (folder: string, shadow: string): Map<string, Buffer> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !existsSync(join(shadow, idOf(path))))
      .map((path) => [idOf(path), readFileSync(path).fill(0, Math.ceil(statSync(path).size / 2))]),
  );

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

function restore(
  path: string,
  { kind, id }: Name,
  left: Readonly<{ shadow: string; torn: ReadonlyMap<string, Buffer> }>,
): void {
  const { shadow, torn } = left;
  if (kind === 'd') {
    mkdirSync(path);
    for (const inner of namesIn(id, shadow)) restore(join(path, inner.name), inner, left);
  } else if (existsSync(join(shadow, id))) copyFileSync(join(shadow, id), path);
  else writeFileSync(path, torn.get(id) ?? '');
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { About } from '../api/health-operations.ts';
import { packageRoot } from './package-root.ts';

type Manifest = Readonly<{
  name?: string;
  version?: string;
  license?: string;
  dependencies?: Readonly<Record<string, string>>;
}>;

const read = (file: string): Manifest => JSON.parse(readFileSync(file, 'utf8')) as Manifest;

/** The libraries that Earshot runs with, as they are installed, and their licences. */
export function readDependencies(): About['dependencies'] {
  const root = join(packageRoot(), 'package.json');
  const paths = (name: string) => createRequire(root).resolve.paths(name) ?? [];
  return Object.keys(read(root).dependencies ?? {})
    .sort()
    .map((name) => {
      const manifest = paths(name)
        .flatMap((folder) => readIfThere(join(folder, name, 'package.json')))
        .at(0);
      return { name, version: manifest?.version ?? '', licence: manifest?.license ?? 'unknown' };
    });
}

function readIfThere(file: string): Manifest[] {
  try {
    return [read(file)];
  } catch {
    return [];
  }
}

/** Our own licence, by its short name. */
export const ownLicence = (): string => read(join(packageRoot(), 'package.json')).license ?? 'unknown';

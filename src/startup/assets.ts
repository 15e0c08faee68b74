import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Assets } from '../../adapters/admin/app.tsx';
import { digestOf } from '../dicom/uid.ts';
import { packageRoot } from './package-root.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Stylesheet, script and icon of the pages, with a version that changes when they do. */
export function readAssets(): Assets {
  const folder = join(packageRoot(), 'adapters/admin/assets');
  const files = Object.fromEntries(
    readdirSync(folder)
      .filter((name) => extname(name) in CONTENT_TYPES)
      .sort()
      .map((name) => [
        name,
        { contentType: CONTENT_TYPES[extname(name)] ?? '', bytes: readFileSync(join(folder, name)) },
      ]),
  );
  const texts = Object.values(files).map(({ bytes }) => bytes.toString('base64'));
  return { version: digestOf(texts.join(' ')).slice(0, 12), files };
}

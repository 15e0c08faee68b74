import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../startup/yaml.ts';

/** The model file that a path names (a folder: its model.json), and whether the lab has fitted it. Faults: MODEL_INVALID. */
export function isFittedFile(path: string): Readonly<{ file: string; isFitted: boolean }> {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const file = isFolder ? join(path, 'model.json') : path;
  return { file, isFitted: isFitted(readText(file, 'MODEL_INVALID')) };
}

function isFitted(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text);
    return json !== null && typeof json === 'object' && 'kind' in json;
  } catch {
    return true; // parseFittedModel says what is wrong
  }
}

/** A model file that an administrator gives is put into the models folder, whole or not at all, and over no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import type { Config } from './config.ts';
import { isClassic, modelOf } from './load-model.ts';
import { writeNew } from './whole-files.ts';

export type AddedModel = Readonly<{ id: string; version: string; kind: 'delta' | 'classic'; sha256: string }>;

/** Addresses of their own: no model can be looked at that is named so. */
const RESERVED: ReadonlySet<string> = new Set(['local', 'shadow', 'promote', 'rollback', 'add']);

/** Faults: those of the file; MODELS_FOLDER_FIXED, MODEL_EXISTS, CHANGE_EMPTY for one that is there already, OUTPUT_FAILED. */
export function addModel({ modelsDir }: Pick<Config, 'modelsDir'>, text: string): AddedModel {
  const { value, sha256 } = modelOf(text, 'model file');
  const { id, version } = value;
  if (RESERVED.has(id)) throw new Fault('MODEL_INVALID', `id: ${id} is a word of the pages; choose another`);
  if (modelsDir === undefined) throw new Fault('MODELS_FOLDER_FIXED');
  write(modelsDir, `${id}.json`, text);
  return { id, version, kind: isClassic(value) ? 'classic' : 'delta', sha256 };
}

function write(folder: string, name: string, text: string): void {
  const file = join(folder, name);
  try {
    writeNew(file, text, 0o640);
  } catch (thrown) {
    const { code = '' } = thrown as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new Fault('OUTPUT_FAILED', `models folder: ${code}`, { cause: thrown });
    throw new Fault(isSame(file, text) ? 'CHANGE_EMPTY' : 'MODEL_EXISTS', name);
  }
}

function isSame(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'utf8') === text;
  } catch {
    return false;
  }
}

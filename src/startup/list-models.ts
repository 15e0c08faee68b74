/** What lies in the models folder, valid or not. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { asFault, Fault } from '../fault.ts';
import type { ServedClassic, ServedModel } from '../model/served-model.ts';
import type { Config } from './config.ts';
import { isClassic, modelOf, modelsFolder } from './load-model.ts';
import { readText } from './yaml.ts';

/** A file of the models folder: a model, or why it is none. */
export type ListedModel = Readonly<{
  /** by which the configuration names it: the name of its file */
  id: string;
  found:
    | Readonly<{ kind: 'delta'; model: ServedModel; sha256: string }>
    | Readonly<{ kind: 'classic'; model: ServedClassic; sha256: string }>
    | Readonly<{ kind: 'invalid'; fault: Fault }>;
}>;

/** Every model of the models folder, by name; a folder that cannot be read has none. */
export function listModels(config: Pick<Config, 'modelsDir'>): readonly ListedModel[] {
  const folder = modelsFolder(config);
  const ids = namesIn(folder).flatMap((name) => /^([a-z0-9][a-z0-9-]*)\.json$/.exec(name)?.[1] ?? []);
  return ids.sort().map((id) => {
    try {
      return { id, found: listed(id, join(folder, `${id}.json`)) };
    } catch (thrown) {
      return { id, found: { kind: 'invalid', fault: asFault(thrown) } };
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function listed(id: string, file: string): ListedModel['found'] {
  const { value: model, sha256 } = modelOf(readText(file, 'MODEL_INVALID'), `${id}.json`);
  if (model.id !== id)
    throw new Fault('MODEL_INVALID', `the file ${id}.json holds a model that is named otherwise`);
  return isClassic(model) ? { kind: 'classic', model, sha256 } : { kind: 'delta', model, sha256 };
}

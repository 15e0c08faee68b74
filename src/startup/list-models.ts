/** What lies in the models folder, valid or not. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { digestOf } from '../dicom/uid.ts';
import { asFault, Fault } from '../fault.ts';
import {
  type ClassicModelFile,
  classicModelFileSchema,
  type ModelFile,
  modelFileSchema,
} from '../model/model-file.ts';
import { settingsOf } from '../pipeline/evaluate.ts';
import { planOf } from '../radiomics/plan.ts';
import type { Config } from './config.ts';
import { packageRoot } from './package-root.ts';
import { parseYaml, readText } from './yaml.ts';

/** A file of the models folder: a model, or why it is none. */
export type ListedModel = Readonly<{
  /** by which the configuration names it: the name of its file */
  id: string;
  found:
    | Readonly<{ kind: 'delta'; model: ModelFile; sha256: string }>
    | Readonly<{ kind: 'classic'; model: ClassicModelFile; sha256: string }>
    | Readonly<{ kind: 'invalid'; fault: Fault }>;
}>;

/** Every model of the models folder, by name; a folder that cannot be read has none. */
export function listModels({
  modelsDir = join(packageRoot(), 'models'),
}: Pick<Config, 'modelsDir'>): readonly ListedModel[] {
  const ids = namesIn(modelsDir).flatMap((name) => /^([a-z0-9][a-z0-9-]*)\.json$/.exec(name)?.[1] ?? []);
  return ids.sort().map((id) => {
    try {
      return { id, found: listed(id, join(modelsDir, `${id}.json`)) };
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
  const text = readText(file, 'MODEL_INVALID');
  const schema = z.discriminatedUnion('definition', [
    modelFileSchema.unwrap(),
    classicModelFileSchema.unwrap(),
  ]);
  const model = parseYaml(text, `${id}.json`, schema, 'MODEL_INVALID');
  if (model.id !== id)
    throw new Fault('MODEL_INVALID', `the file ${id}.json holds a model that is named otherwise`);
  const sha256 = digestOf(text);
  const isDelta = model.definition === 'followUpMinusBaseline';
  const features = isDelta ? [model.feature] : Object.keys(model.coefficients);
  planOf(settingsOf({ model: { value: model } }), features);
  return isDelta ? { kind: 'delta', model, sha256 } : { kind: 'classic', model, sha256 };
}

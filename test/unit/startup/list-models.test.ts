import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configSchema } from '../../../src/startup/config.ts';
import { listModels } from '../../../src/startup/list-models.ts';
import { loadShadow } from '../../../src/startup/load-model.ts';
import { shippedModel } from '../../support/shipped-model.ts';

let modelsDir: string;
const { model } = shippedModel();
beforeAll(() => {
  modelsDir = mkdtempSync(join(tmpdir(), 'earshot-models-'));
  const write = (name: string, text: string) => writeFileSync(join(modelsDir, name), text);
  const changed = (more: object) => JSON.stringify({ ...model, ...more });
  write('ear-classic-2023.json', readFileSync('models/ear-classic-2023.json', 'utf8'));
  write('good.json', changed({ id: 'good' }));
  write('renamed.json', changed({ id: 'good' }));
  write('mixed.json', changed({ id: 'mixed', recipeDigest: 'ab'.repeat(32) }));
  write('unknown.json', changed({ id: 'unknown', feature: 'original_glcm_NoSuchFeature' }));
  write('broken.json', '{');
  write('notes.txt', 'nothing');
  write('UPPER.json', changed({ id: 'upper' }));
});
afterAll(() => rmSync(modelsDir, { recursive: true, force: true }));

test('every model of the folder is listed, with its fault when it cannot be used', () => {
  const listed = listModels({ modelsDir }).map(({ id, found }) => [
    id,
    found.kind === 'invalid' ? found.fault.code : found.kind,
  ]);
  expect(listed).toEqual([
    ['broken', 'MODEL_INVALID'],
    ['ear-classic-2023', 'classic'],
    ['good', 'delta'],
    ['mixed', 'RECIPES_MIXED'],
    ['renamed', 'MODEL_INVALID'],
    ['unknown', 'FEATURE_UNKNOWN'],
  ]);
  expect(listModels({ modelsDir: join(modelsDir, 'nowhere') })).toEqual([]);
});

describe('the model on trial', () => {
  const load = (shadow?: unknown, beside = model) =>
    loadShadow(configSchema.parse({ modelsDir, model: shadow === undefined ? {} : { shadow } }), beside);

  test('is loaded only where it is configured, with its own normalisation', () => {
    expect(load()).toBeUndefined();
    expect(load({ id: 'good' })).toMatchObject({
      model: { value: { id: 'good' } },
      normalisation: { kind: 'none' },
    });
    const normalisation = { mean: 1, sd: 2, n: 60, source: 'test' };
    expect(load({ id: 'good', normalisation })?.normalisation).toEqual({
      kind: 'supplied',
      ...normalisation,
    });
  });

  test('is refused when it is missing, of another recipe, or of a feature that is not measured', () => {
    expect(() => load({ id: 'nowhere' })).toThrow(/MODEL_INVALID/);
    expect(() => load({ id: 'ear-classic-2023' })).toThrow(/MODEL_INVALID/);
    expect(() => load({ id: 'mixed' })).toThrow(/RECIPES_MIXED/);
    expect(() => load({ id: 'unknown' })).toThrow(/FEATURE_UNKNOWN/);
    expect(() => load({ id: 'good' }, { ...model, recipeDigest: 'ab'.repeat(32) })).toThrow(/RECIPES_MIXED/);
  });
});

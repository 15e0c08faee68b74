import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../../src/startup/config.ts';
import { loadClassic, loadModelFile } from '../../../src/startup/load-model.ts';
import { fittedFile, TWO_FEATURES } from '../../support/fitted-file.ts';
import { shippedModel } from '../../support/shipped-model.ts';

test('a model that names a recipe this version does not have is refused, never measured with another', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-model-'));
  try {
    const model = JSON.parse(readFileSync('models/ear-delta-2023.json', 'utf8'));
    const file = join(folder, 'model.json');
    writeFileSync(file, JSON.stringify({ ...model, recipe: 'ear-2030' }));
    expect(() => loadModelFile(file)).toThrow(/MODEL_INVALID.*ear-2023/);
    writeFileSync(file, JSON.stringify({ ...model, recipeDigest: 'ab'.repeat(32) }));
    expect(() => loadModelFile(file)).toThrow(/RECIPES_MIXED/);
    writeFileSync(file, JSON.stringify(model));
    expect(loadModelFile(file).value.recipe).toBe('ear-2023');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('the comparison model', () => {
  const beside = shippedModel().model;
  const load = (classic?: unknown, delta = beside) =>
    loadClassic(configSchema.parse({ model: classic === undefined ? {} : { classic } }), delta);
  const names = Object.keys(load({})?.model.coefficients ?? {});
  const normalisation = (of: readonly string[]) => ({
    n: 134,
    source: 'the authors',
    features: Object.fromEntries(of.map((name) => [name, { mean: 1, sd: 2 }])),
  });

  test('is loaded only where it is configured, by default the shipped one and without a normalisation', () => {
    expect(load()).toBeUndefined();
    expect(load({})).toMatchObject({ model: { id: 'ear-classic-2023' }, normalisation: { kind: 'none' } });
    expect(names).toHaveLength(7);
  });

  test('takes a normalisation of all seven features', () => {
    const given = normalisation(names);
    expect(load({ normalisation: given })?.normalisation).toEqual({ kind: 'supplied', ...given });
  });

  test('refuses one that lacks a feature, or has one of another model', () => {
    const [first, ...others] = names;
    expect(() => load({ normalisation: normalisation(others) })).toThrow(
      new RegExp(`CONFIG_INVALID.*model.classic.normalisation.features: ${first} is missing`),
    );
    expect(() => load({ normalisation: normalisation([...names, 'original_glcm_Contrast']) })).toThrow(
      /CONFIG_INVALID.*original_glcm_Contrast is no feature of ear-classic-2023/,
    );
  });

  test('refuses a mean or SD that no sample has', () => {
    const given = normalisation(names);
    for (const bad of [{ mean: 1, sd: 0 }, { mean: 1 }, { mean: Number.NaN, sd: 1 }, 3])
      expect(() =>
        load({ normalisation: { ...given, features: { ...given.features, [names[0]!]: bad } } }),
      ).toThrow();
  });

  test('is refused when it is missing, is a delta model, or was fitted to another recipe', () => {
    expect(() => load({ id: 'nowhere' })).toThrow(/MODEL_INVALID/);
    expect(() => load({ id: 'ear-delta-2023' })).toThrow(/MODEL_INVALID.*definition/);
    expect(() => load({}, { ...beside, recipeDigest: 'ab'.repeat(32) })).toThrow(/RECIPES_MIXED/);
  });
});

test('a comparison model that was fitted here comes with its own normalisation', () => {
  const modelsDir = mkdtempSync(join(tmpdir(), 'earshot-model-'));
  try {
    const text = JSON.stringify(fittedFile({ definition: 'followUpAlone' }));
    writeFileSync(join(modelsDir, 'site-fit.json'), text);
    writeFileSync(join(modelsDir, 'delta.json'), JSON.stringify(fittedFile({ id: 'delta' })));
    const load = (classic: unknown) =>
      loadClassic(configSchema.parse({ modelsDir, model: { classic } }), shippedModel().model);
    const features = Object.fromEntries(TWO_FEATURES.map(({ name, mean, sd }) => [name, { mean, sd }]));
    expect(load({ id: 'site-fit' })?.normalisation).toMatchObject({ kind: 'supplied', n: 120, features });
    const given = {
      n: 60,
      source: 'site',
      features: { ...features, [TWO_FEATURES[0]!.name]: { mean: 9, sd: 1 } },
    };
    expect(load({ id: 'site-fit', normalisation: given })?.normalisation).toEqual({
      kind: 'supplied',
      ...given,
    });
    expect(() => load({ id: 'delta' })).toThrow(/MODEL_INVALID.*definition/);
  } finally {
    rmSync(modelsDir, { recursive: true, force: true });
  }
});

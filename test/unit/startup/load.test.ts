import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadModelFile } from '../../../src/startup/load.ts';

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

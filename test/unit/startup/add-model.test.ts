import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../../../src/dicom/uid.ts';
import { addModel } from '../../../src/startup/add-model.ts';
import { listModels } from '../../../src/startup/list-models.ts';
import { fittedFile } from '../../support/fitted-file.ts';

let modelsDir: string;
beforeEach(() => {
  modelsDir = mkdtempSync(join(tmpdir(), 'earshot-models-'));
});
afterEach(() => rmSync(modelsDir, { recursive: true, force: true }));
const text = JSON.stringify(fittedFile());

test('a model lies in the folder as it was given, and is listed', () => {
  const added = addModel({ modelsDir }, text);
  expect(added).toEqual({ id: 'site-fit', version: '1', kind: 'delta', sha256: digestOf(text) });
  expect(readdirSync(modelsDir)).toEqual(['site-fit.json']);
  expect(readFileSync(join(modelsDir, 'site-fit.json'), 'utf8')).toBe(text);
  expect(listModels({ modelsDir })).toMatchObject([{ id: 'site-fit', found: { kind: 'delta' } }]);
});

test('a file that is there is never written over, and nothing is left behind', () => {
  writeFileSync(join(modelsDir, 'site-fit.json'), 'older');
  expect(() => addModel({ modelsDir }, text)).toThrow(/MODEL_EXISTS/);
  expect(readFileSync(join(modelsDir, 'site-fit.json'), 'utf8')).toBe('older');
  writeFileSync(join(modelsDir, 'site-fit.json'), text);
  expect(() => addModel({ modelsDir }, text)).toThrow(/CHANGE_EMPTY/);
  expect(readdirSync(modelsDir)).toEqual(['site-fit.json']);
});

test.each([
  ['{', /MODEL_INVALID/],
  [JSON.stringify(fittedFile({ covariance: null })), /MODEL_INVALID.*covariance/],
  [JSON.stringify(fittedFile({ id: 'shadow' })), /MODEL_INVALID.*word of the pages/],
  [JSON.stringify(fittedFile({ id: '../../etc' })), /MODEL_INVALID/],
])('what no service could use is not taken: %#', (given, why) => {
  expect(() => addModel({ modelsDir }, given)).toThrow(why);
  expect(readdirSync(modelsDir)).toEqual([]);
});

test('the folder that comes with Earshot is left alone, and a missing one is told', () => {
  expect(() => addModel({}, text)).toThrow(/MODELS_FOLDER_FIXED/);
  expect(() => addModel({ modelsDir: join(modelsDir, 'nowhere') }, text)).toThrow(/OUTPUT_FAILED.*ENOENT/);
});

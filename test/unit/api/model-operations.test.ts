import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ModelNeeds, modelOperations } from '../../../src/api/model-operations.ts';
import type { AppliedChange, ModelSection } from '../../../src/api/model-section.ts';
import type { Actor, AnyOperation } from '../../../src/api/operation.ts';
import { perform } from '../../../src/api/perform.ts';
import { addingShadowResult } from '../../../src/catalogue/shadow-results.ts';
import { canonicalJson } from '../../../src/dicom/uid.ts';
import { Fault } from '../../../src/fault.ts';
import { score } from '../../../src/model/score.ts';
import { gateTo } from '../../support/gate.ts';
import { shippedModel } from '../../support/shipped-model.ts';
import { type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';

const { model, sha256 } = shippedModel();
const OTHER = { ...model, id: 'site-delta', intercept: 0.5 };
const SCALE = { mean: 0, sd: 1, n: 60, source: 'test' };
const ADMIN: Actor = { name: 'ann', role: 'administrator', via: 'token', address: '' };
const gate = gateTo();

let opened: OpenedCatalogue;
let section: ModelSection;
let history: AppliedChange[];
/** what somebody else does while a rollback is looked for */
let meanwhile: () => void;
beforeEach(async () => {
  opened = await openedCatalogue();
  section = { id: model.id, normalisation: SCALE, prevalence: 0.3 };
  history = [];
  meanwhile = () => {};
});
afterEach(() => opened.sql.close());

const supplied = { kind: 'supplied', ...SCALE } as const;
const needs = (): ModelNeeds => ({
  sql: opened.sql,
  section: () => section,
  digest: () => canonicalJson(section),
  models: () => [
    { id: 'broken', found: { kind: 'invalid', fault: new Fault('MODEL_INVALID', 'no id') } },
    { id: model.id, found: { kind: 'delta', model, sha256 } },
    { id: OTHER.id, found: { kind: 'delta', model: OTHER, sha256: 'other' } },
    { id: 'mixed', found: { kind: 'delta', model: { ...OTHER, recipeDigest: 'x' }, sha256: 'm' } },
  ],
  addModel: () => {
    throw new Fault('MODELS_FOLDER_FIXED');
  },
  inUse: () => ({
    model: { value: model, sha256 },
    normalisation: supplied,
    ...(section.shadow && { shadow: { model: { value: OTHER, sha256: 'other' }, normalisation: supplied } }),
  }),
  localDeltas: async () => [],
  changeModel: async (after, { source, basedOn }) => {
    if (basedOn !== canonicalJson(section)) throw new Fault('CHANGE_CONFLICT');
    history.unshift({ source, before: section, after });
    section = after;
    return { state: 'applied' };
  },
  modelHistory: async () => {
    meanwhile();
    return history;
  },
  waiting: async () => 0,
});

const ask = (id: string, input: unknown = {}, actor = ADMIN) => {
  const found = (Object.values(modelOperations(needs())) as AnyOperation[]).find((each) => each.id === id)!;
  return perform(gate, found, input, actor).then((answer) => {
    const schema = found.output as { parse(value: unknown): unknown };
    expect(() => schema.parse(answer)).not.toThrow();
    return answer;
  });
};
const because = { reason: 'ticket 7' };

describe('models by the API', () => {
  test('are listed with their use, also a file that is none', async () => {
    const list = await ask('models.list', {}, { ...ADMIN, role: 'viewer' });
    expect(list).toMatchObject({ active: { id: model.id }, shadow: null });
    expect(
      list.onDisk.map(({ id, kind, use }: { id: string; kind: string; use: string[] }) => [id, kind, ...use]),
    ).toEqual([
      ['broken', 'invalid'],
      [model.id, 'delta', 'active'],
      ['site-delta', 'delta'],
      ['mixed', 'delta'],
    ]);
  });

  test('have a card; what is not there is not found, and a file that is none tells its fault', async () => {
    expect(await ask('models.card', { id: model.id })).toMatchObject({ kind: 'delta', intercept: 0.06478 });
    await expect(ask('models.card', { id: 'nowhere' })).rejects.toThrow(/INPUT_NOT_FOUND/);
    await expect(ask('models.card', { id: 'broken' })).rejects.toThrow(/MODEL_INVALID/);
    await expect(ask('models.card', { id: '../etc' })).rejects.toThrow(/INPUT_INVALID/);
  });

  test('have progress and drift of local deltas, also of none', async () => {
    expect(await ask('models.local')).toMatchObject({
      progress: { n: 0, stage: 'deltaOnly', next: { at: 20, missing: 20 } },
      drift: { kind: 'notEnough' },
    });
  });

  test('are put on trial by an administrator alone, with the scale of the same feature', async () => {
    await expect(
      ask('models.setShadow', { id: OTHER.id, ...because }, { ...ADMIN, role: 'operator' }),
    ).rejects.toThrow(/FORBIDDEN/);
    await expect(ask('models.setShadow', { id: OTHER.id })).rejects.toThrow(/INPUT_INVALID/);
    await expect(ask('models.setShadow', { id: model.id, ...because })).rejects.toThrow(/INPUT_INVALID/);
    await expect(ask('models.setShadow', { id: 'mixed', ...because })).rejects.toThrow(/RECIPES_MIXED/);
    await expect(ask('models.setShadow', { id: 'broken', ...because })).rejects.toThrow(/MODEL_INVALID/);
    expect(await ask('models.setShadow', { id: OTHER.id, ...because })).toMatchObject({ shadow: OTHER.id });
    expect(section.shadow).toEqual({ id: OTHER.id, normalisation: SCALE });
    await expect(ask('models.setShadow', { id: OTHER.id, ...because })).rejects.toThrow(/CHANGE_EMPTY/);
    expect(await ask('models.setShadow', because)).toMatchObject({ shadow: null });
    expect(section).not.toHaveProperty('shadow');
  });

  test('change places when promoted, with a warning after few cases, and back', async () => {
    await expect(ask('models.promote', because)).rejects.toThrow(/ACTION_NOT_POSSIBLE/);
    await expect(ask('models.rollback', because)).rejects.toThrow(/ACTION_NOT_POSSIBLE/);
    section = { ...section, shadow: { id: OTHER.id } };
    const before = section;
    const answer = await ask('models.promote', because);
    expect(answer).toMatchObject({ state: 'applied', active: OTHER.id, shadow: model.id });
    expect(answer.warnings.join(' ')).toMatch(/on trial for 0 cases.*no normalisation/);
    expect(section).toEqual({
      id: OTHER.id,
      prevalence: 0.3,
      shadow: { id: model.id, normalisation: SCALE },
    });
    section = { ...section, prevalence: 0.1 };
    expect((await ask('models.rollback', because)).warnings).toHaveLength(1);
    expect(section).toEqual(before);
    await expect(ask('models.rollback', because)).rejects.toThrow(/ACTION_NOT_POSSIBLE/);
  });

  test('of two who change them at once, the second is told', async () => {
    section = { ...section, shadow: { id: OTHER.id } };
    const both = await Promise.allSettled([ask('models.promote', because), ask('models.promote', because)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(section.id).toBe(OTHER.id);
    meanwhile = () => {
      section = { ...section, prevalence: 0.2 };
    };
    await expect(ask('models.rollback', because)).rejects.toThrow(/CHANGE_CONFLICT/);
    expect(section).toMatchObject({ id: OTHER.id, prevalence: 0.2 });
  });

  test('agree or not over the cases that both scored on the scales in use', async () => {
    section = { ...section, shadow: { id: OTHER.id, normalisation: SCALE } };
    const result = (which: typeof model, digest: string, scale = SCALE) =>
      score({
        model: which,
        sha256: digest,
        baselineValue: 0,
        followUpValue: 1,
        normalisation: { kind: 'supplied', ...scale },
      });
    for (const [at, sd] of [1, 1, 2].entries()) {
      const SOPInstanceUID = `2.25.${at}`;
      const names = { SOPInstanceUID, SeriesInstanceUID: '2', StudyInstanceUID: `2.25.5${at}` };
      const row = {
        ...names,
        SOPClassUID: '1',
        file: '',
        digest: '',
        inputs: '',
        result: {},
        ContentDate: '',
      };
      const kind = { kind: 'sr', language: 'en', companionOf: null, heldBecause: null, due: null } as const;
      const both = { shadow: result(OTHER, 'other', { ...SCALE, sd }), active: result(model, sha256) };
      await opened.sql.batch([
        ...opened.reports.adding({ ...row, ...kind }, []),
        addingShadowResult({ ...names, ...both, scoredAt: new Date(at) }),
      ]);
    }
    const answer = await ask('models.shadow');
    expect(answer.agreement).toMatchObject({ n: 2, delta: { largest: 0 } });
    expect(answer.agreement.probability.mean).toBeGreaterThan(0);
    expect(answer.newest.map((each: { StudyInstanceUID: string }) => each.StudyInstanceUID)).toEqual([
      '2.25.51',
      '2.25.50',
    ]);
  });
});

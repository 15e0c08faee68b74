import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDeltas } from '../../src/catalogue/local-deltas.ts';
import { shadowResults } from '../../src/catalogue/shadow-results.ts';
import type { World } from '../../src/pipeline/world.ts';
import { configSchema } from '../../src/startup/config.ts';
import { loadShadow } from '../../src/startup/load-model.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { reportValues } from '../support/report-values.ts';
import { NORMALISATION, type RunningService, startService } from '../support/running-service.ts';

/** Another feature, which the active model does not measure. */
const FEATURE = 'original_firstorder_Entropy';

describe('a model on trial', () => {
  let earshot: RunningService;
  let modelsDir: string;
  beforeAll(async () => {
    modelsDir = await mkdtemp(join(tmpdir(), 'earshot-models-'));
    const shipped = await readFile('models/ear-delta-2023.json', 'utf8');
    const model = JSON.parse(shipped);
    await writeFile(join(modelsDir, 'ear-delta-2023.json'), shipped);
    await writeFile(join(modelsDir, 'same.json'), JSON.stringify({ ...model, id: 'same', intercept: 0.5 }));
    await writeFile(
      join(modelsDir, 'other.json'),
      JSON.stringify({ ...model, id: 'other', feature: FEATURE }),
    );
    earshot = await startService({ modelsDir });
  });
  afterAll(async () => {
    await earshot[Symbol.asyncDispose]();
    await rm(modelsDir, { recursive: true, force: true });
  });

  const onTrial = (shadow: World['shadow']) => Object.assign(earshot.service.world, { shadow });
  const loaded = (id: string) => {
    const config = configSchema.parse({ modelsDir, model: { shadow: { id, normalisation: NORMALISATION } } });
    return loadShadow(config, earshot.service.world.model.value)!;
  };
  const resultsOf = (sha256: string) => {
    const { catalogue, model } = earshot.service.world;
    return shadowResults(catalogue.sql, { shadow: sha256, active: model.sha256 });
  };
  /** Sends a patient like all others here, but for the name, and answers with the report. */
  async function reported(name: string) {
    const { baseline, followUp, patient } = phantomCase(name);
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    await earshot.settled(patient.PatientID);
    const [report, ...more] = earshot.arrived(followUp.StudyInstanceUID);
    expect(more).toEqual([]);
    return {
      StudyInstanceUID: followUp.StudyInstanceUID,
      ...reportValues(report!.bytes),
      text: Buffer.from(report!.bytes).toString('latin1'),
    };
  }

  it('is computed from the same measurement, kept with the report, and stands in no report', async () => {
    const shadow = loaded('same');
    onTrial(shadow);
    const { StudyInstanceUID, delta, probability, text } = await reported('same-feature');
    const [kept, ...more] = await resultsOf(shadow.model.sha256);
    expect(more).toEqual([]);
    expect(kept).toMatchObject({
      StudyInstanceUID,
      shadow: { model: { id: 'same' }, delta },
    });
    expect(kept!.active.probability).toBeCloseTo(probability!, 9);
    expect(kept!.shadow.probability).toBeGreaterThan(probability!);
    expect(text).not.toContain(shadow.model.sha256);
  });

  it('of another feature is measured apart, and the report is what it is without a trial', async () => {
    onTrial(undefined);
    const without = await reported('without');
    const shadow = loaded('other');
    onTrial(shadow);
    const beside = await reported('beside');
    expect([beside.delta, beside.probability]).toEqual([without.delta, without.probability]);
    const [kept] = await resultsOf(shadow.model.sha256);
    expect(kept?.shadow).toMatchObject({ feature: FEATURE, delta: expect.any(Number) });
  });

  it('that cannot be measured costs the trial alone, and the case says so', async () => {
    const shadow = loaded('other');
    const value = { ...shadow.model.value, feature: 'original_glcm_NoSuchFeature' };
    onTrial({ ...shadow, model: { value, sha256: 'broken' } });
    const { StudyInstanceUID, probability } = await reported('broken');
    expect(probability).toEqual(expect.any(Number));
    expect(await resultsOf('broken')).toEqual([]);
    const events = await earshot.service.world.catalogue.eventsOf(StudyInstanceUID);
    expect(events.find(({ kind }) => kind === 'shadow.failed')?.detail).toMatchObject({
      code: 'FEATURE_UNKNOWN',
    });
  });

  it('leaves the deltas of all reports for the normalisation of this site', async () => {
    const { catalogue, patients, model } = earshot.service.world;
    const deltas = await localDeltas(catalogue.sql, patients, model.value);
    expect(deltas).toHaveLength(4);
    expect(deltas[0]).toMatchObject({ daysSinceBaseline: expect.any(Number) });
    expect(deltas[0]!.scanner).toMatch(/^Earshot phantom Chest \d$/);
  });
});

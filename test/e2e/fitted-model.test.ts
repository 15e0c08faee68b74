import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDeltas } from '../../src/catalogue/local-deltas.ts';
import { logistic } from '../../src/model/interval.ts';
import { isUnderOtherModel } from '../../src/pipeline/standing-report.ts';
import { fittedFile, TWO_FEATURES } from '../support/fitted-file.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { reportValues } from '../support/report-values.ts';
import { NORMALISATION, type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';
import { run } from '../unit/cli/run.ts';

const because = { reason: 'ticket 7' };
const [beside] = TWO_FEATURES;

describe('a model of two features that was fitted here', () => {
  let earshot: RunningService;
  let site: Site;
  let modelsDir: string;
  beforeAll(async () => {
    modelsDir = await mkdtemp(join(tmpdir(), 'earshot-models-'));
    const shipped = await readFile('models/ear-delta-2023.json', 'utf8');
    await writeFile(join(modelsDir, 'ear-delta-2023.json'), shipped);
    earshot = await startService({ modelsDir, model: { normalisation: NORMALISATION } });
    site = await openSite({ dataDir: earshot.dataDir, httpPort: earshot.service.httpPort });
  });
  afterAll(async () => {
    await earshot[Symbol.asyncDispose]();
    await rm(modelsDir, { recursive: true, force: true });
  });

  const change = (path: string, json: object, method = 'POST') =>
    site.json<{ warnings: string[] }>(`/api/models/${path}`, { as: 'administrator', method, json });
  async function reported(name: string) {
    const { baseline, followUp, patient } = phantomCase(name);
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    await earshot.settled(patient.PatientID);
    const { bytes } = earshot.arrived(followUp.StudyInstanceUID)[0]!;
    return { ...reportValues(bytes), text: Buffer.from(bytes).toString('latin1') };
  }

  it('goes on trial, is promoted, scores by both features on its own scale, and is rolled back', async () => {
    const old = await reported('before');
    const given = { file: JSON.stringify(fittedFile()), ...because };
    const as = (role: 'viewer' | 'administrator') => ({ as: role, method: 'PUT', json: given });
    expect((await site.call('/api/models', as('viewer'))).status).toBe(403);
    expect(await site.json('/api/models', as('administrator'))).toMatchObject({ id: 'site-fit' });
    const other = {
      ...as('administrator'),
      json: { ...given, file: JSON.stringify(fittedFile({ title: 'Another' })) },
    };
    expect((await site.call('/api/models', other)).status).toBe(409);
    const set = await change('shadow', { id: 'site-fit', ...because }, 'PUT');
    expect(set.warnings).toEqual([]);
    const trial = await reported('trial');
    expect(trial.probability).toBe(old.probability);
    expect(trial.text).not.toContain(beside!.name);
    const kept = await site.json<{ newest: { shadow: { probability: number } }[] }>('/api/models/shadow', {
      as: 'viewer',
    });
    const onTrial = kept.newest[0]!.shadow.probability;

    await change('promote', { id: 'site-fit', ...because });
    const promoted = await reported('after');
    expect(promoted.delta).toBe(old.delta);
    expect(promoted.probability).toBeCloseTo(onTrial, 12);
    expect(promoted.text).toContain('DELTA_FURTHER');
    expect(promoted.text).toContain(beside!.name);
    const { active } = await site.json<{ active: { features: string[] } }>('/api/models', { as: 'viewer' });
    expect(active.features).toEqual(TWO_FEATURES.map(({ name }) => name));
    const [intercept, one, two] = [0.1, ...TWO_FEATURES.map(({ coefficient }) => coefficient)];
    const others = JSON.parse(/"others":(\[[^\]]*\])/.exec(promoted.text)![1]!) as {
      z: number;
      delta: number;
    }[];
    const z = (promoted.delta! - TWO_FEATURES[1]!.mean) / TWO_FEATURES[1]!.sd;
    expect(promoted.probability).toBeCloseTo(logistic(intercept! + one! * others[0]!.z + two! * z), 9);

    const { catalogue, patients, model } = earshot.service.world;
    const own = await localDeltas(catalogue.sql, patients, model.value);
    const further = own.flatMap((each) => each.others?.[beside!.name] ?? []);
    expect(own).toHaveLength(3);
    expect(further).toEqual([others[0]!.delta]);

    const config = join(modelsDir, 'earshot.yaml');
    await writeFile(config, JSON.stringify({ dataDir: earshot.dataDir, modelsDir }));
    const file = join(modelsDir, 'site-fit.json');
    expect((await run('normalise', '--config', config)).out).toMatch(/^3 visits: .*fewer than 20 visits/);
    expect((await run('normalise', '--config', config, '--model', file)).out).toMatch(/^1 visits: /);

    await change('rollback', because);
    expect((await reported('back')).probability).toBe(old.probability);
  });
});

describe('a model that was harmonised by kernel', () => {
  const { patient } = phantomCase('any');
  const batches = { [patient.scanner.ConvolutionKernel]: { gamma: 0.2, delta: 1.5 } };
  const harmonisation = {
    method: 'ComBat',
    batch: 'kernel',
    features: TWO_FEATURES.map(({ name }) => ({ name, mean: 1, sd: 2, batches })),
  } as const;
  let earshot: RunningService;
  let modelsDir: string;
  beforeAll(async () => {
    modelsDir = await mkdtemp(join(tmpdir(), 'earshot-models-'));
    const text = JSON.stringify(fittedFile({ harmonisation }));
    await writeFile(join(modelsDir, 'site-fit.json'), text);
    earshot = await startService({ modelsDir, model: { id: 'site-fit' } });
  });
  afterAll(async () => {
    await earshot[Symbol.asyncDispose]();
    await rm(modelsDir, { recursive: true, force: true });
  });

  it('scores a follow-up of a kernel that it knows on the scale of that kernel', async () => {
    const { baseline, followUp } = phantomCase('known');
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    const { bytes } = earshot.arrived(followUp.StudyInstanceUID)[0]!;
    expect(Buffer.from(bytes).toString('latin1')).toContain(
      `harmonised to ${patient.scanner.ConvolutionKernel}`,
    );
    expect(reportValues(bytes).probability).toBeGreaterThan(0);
    // A later look finds the report made under the model and scale that count now.
    const [report] = await earshot.service.world.reports.of(followUp.StudyInstanceUID);
    expect(isUnderOtherModel(report!, earshot.service.world)).toBe(false);
  });

  it('holds a follow-up of another kernel, and says why', async () => {
    const { baseline, objects } = phantomCase('unknown');
    const followUp = objects('followUp', { ct: { ConvolutionKernel: 'SHARP' } });
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'held');
    expect(await earshot.reasons(followUp.StudyInstanceUID)).toEqual(['BATCH_UNKNOWN']);
    expect(earshot.arrived(followUp.StudyInstanceUID)).toEqual([]);
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phantomCase } from '../support/phantom-case.ts';
import { reportValues } from '../support/report-values.ts';
import { NORMALISATION, type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

const because = { reason: 'ticket 7' };
type Changed = Readonly<{ state: string; active: string; shadow: string | null; warnings: string[] }>;

describe('a model that is promoted in a running service', () => {
  let earshot: RunningService;
  let site: Site;
  let modelsDir: string;
  beforeAll(async () => {
    modelsDir = await mkdtemp(join(tmpdir(), 'earshot-models-'));
    const shipped = await readFile('models/ear-delta-2023.json', 'utf8');
    const model = JSON.parse(shipped);
    const other = { ...model, id: 'site-delta', version: '2', intercept: 0.9 };
    await writeFile(join(modelsDir, 'ear-delta-2023.json'), shipped);
    await writeFile(join(modelsDir, 'site-delta.json'), JSON.stringify(other));
    await writeFile(join(modelsDir, 'mixed.json'), JSON.stringify({ ...other, id: 'mixed', recipe: 'x' }));
    earshot = await startService({ modelsDir, model: { normalisation: NORMALISATION, prevalence: 0.3 } });
    site = await openSite({ dataDir: earshot.dataDir, httpPort: earshot.service.httpPort });
  });
  afterAll(async () => {
    await earshot[Symbol.asyncDispose]();
    await rm(modelsDir, { recursive: true, force: true });
  });

  const change = (path: string, json: object, method = 'POST') =>
    site.json<Changed>(`/api/models/${path}`, { as: 'administrator', method, json });
  /** Sends a patient like all others here, but for the name; the reports that came of it. */
  async function reported(name: string) {
    const { baseline, followUp, patient } = phantomCase(name);
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    await earshot.settled(patient.PatientID);
    const { StudyInstanceUID } = followUp;
    return { StudyInstanceUID, ...reportValues(earshot.arrived(StudyInstanceUID)[0]!.bytes) };
  }

  it('scores the next case; the report of before stands; a rollback brings everything back as it was', async () => {
    const section = () => JSON.parse(earshot.service.configuration.section('model').text);
    const written = section();
    const old = await reported('before');
    await change('shadow', { id: 'site-delta', ...because }, 'PUT');
    const trial = await reported('trial');
    expect(trial.probability).toBe(old.probability);
    const agreement = await site.json('/api/models/shadow', { as: 'viewer' });
    expect(agreement).toMatchObject({ shadow: 'site-delta', agreement: { n: 1 } });

    const refused = await site.call('/api/models/promote', {
      as: 'administrator',
      json: { id: 'ear-delta-2023', ...because },
    });
    expect(refused.status).toBe(400);
    const file = join(modelsDir, 'site-delta.json');
    const onTrial = await readFile(file, 'utf8');
    await writeFile(file, onTrial.replace('0.9', '1.9'));
    const swapped = await site.call('/api/models/promote', { as: 'administrator', json: because });
    expect(swapped.status).toBe(409);
    expect(await swapped.text()).toContain('MODEL_CHANGED');
    await writeFile(file, onTrial);
    const promoted = await change('promote', { id: 'site-delta', ...because });
    expect(promoted).toMatchObject({ state: 'applied', active: 'site-delta', shadow: 'ear-delta-2023' });
    expect(promoted.warnings.join()).toContain('on trial for 1 cases');
    expect(section()).toMatchObject({ id: 'site-delta', prevalence: 0.3, normalisation: NORMALISATION });
    const next = await reported('after');
    expect(next.delta).toBe(old.delta);
    expect(next.probability).toBeGreaterThan(old.probability!);
    expect(earshot.arrived(old.StudyInstanceUID)).toHaveLength(1);
    expect(await earshot.inState(old.StudyInstanceUID, 'delivered')).toBeDefined();

    const back = await change('rollback', because);
    expect(back).toMatchObject({ active: 'ear-delta-2023', shadow: 'site-delta', warnings: [] });
    expect((await reported('back')).probability).toBe(old.probability);
    await change('shadow', because, 'PUT');
    expect(section()).toEqual(written);
    expect((await site.call('/api/models/rollback', { as: 'administrator', json: because })).status).toBe(
      409,
    );
    const history = await earshot.service.configuration.history({ section: 'model', limit: 4 });
    expect(history.map(({ source, author }) => [source, author])).toEqual([
      ['shadow', 'administrator'],
      ['rollback', 'administrator'],
      ['promote', 'administrator'],
      ['shadow', 'administrator'],
    ]);
  });

  it('of another recipe is refused, by the operation and as a change of the configuration', async () => {
    const answer = await site.call('/api/models/shadow', {
      as: 'administrator',
      method: 'PUT',
      json: { id: 'mixed', ...because },
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const by = { author: 'ada', source: 'browser', ...because } as const;
    await expect(
      earshot.service.configuration.propose('model', '{"shadow": {"id": "mixed"}}', by),
    ).rejects.toThrow(/RECIPES_MIXED|MODEL_INVALID/);
    expect(earshot.service.world.shadow).toBeUndefined();
  });
});

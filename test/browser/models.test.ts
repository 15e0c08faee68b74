import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chromium, type Screen, startChromium, TABLET } from '../support/browser.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { seedDeltas } from '../support/seeded-deltas.ts';
import { openSite, type Site } from '../support/site.ts';

const HOSTILE = '<script>alert(1)</script>\u202e\u0007';
const SCALE = { mean: 1.19, sd: 2.91, n: 134, source: 'the training cohort, as its authors gave it' };

let running: RunningService;
let site: Site;
let chromium: Chromium;
let modelsDir: string;
let ahead = 0;
beforeAll(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'earshot-models-'));
  for (const name of ['ear-delta-2023.json', 'ear-classic-2023.json'])
    await writeFile(join(modelsDir, name), await readFile(join('models', name)));
  const shipped = JSON.parse(await readFile('models/ear-delta-2023.json', 'utf8'));
  const other = {
    ...shipped,
    id: 'site-delta-2026',
    version: '2.0',
    title: 'Early acquired resistance, refitted at this site',
    intercept: 0.6,
  };
  await writeFile(join(modelsDir, 'site-delta-2026.json'), JSON.stringify(other));
  await writeFile(join(modelsDir, 'unfinished.json'), '{"id": "unfinished"');
  running = await startService(
    { modelsDir, model: { normalisation: SCALE, classic: {} } },
    () => new Date(Date.now() + ahead),
  );
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  await rm(modelsDir, { recursive: true, force: true });
});

const admin = async () => {
  const screen = await chromium.open(site, 'administrator');
  await screen.page.goto('/models');
  return screen;
};
const active = () => running.service.world.model.value.id;
const onTrial = () => running.service.world.shadow?.model.value.id;

test('a service without a case says what is missing', async () => {
  const { page, errors } = await chromium.open(site, 'viewer');
  await page.goto('/models');
  const text = await page.locator('main').textContent();
  expect(text).toMatch(/0 deltas of 0 patients.*20 more until 20/);
  expect(text).toMatch(/not enough yet/);
  expect(errors).toEqual([]);
});

test('a model is put on trial by keyboard alone, and scores the next case beside the active one', async () => {
  const { page, errors } = await admin();
  await page.getByText('Put a model on trial').first().focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('site');
  await page.keyboard.press('Tab');
  await page.keyboard.type('ticket 7');
  await page.keyboard.press('Enter');
  await page.getByText('site-delta-2026 is on trial, from the next case on').waitFor();
  expect([active(), onTrial()]).toEqual(['ear-delta-2023', 'site-delta-2026']);

  const { baseline, followUp, patient } = phantomCase('models-page');
  await running.send(baseline.all);
  await running.send(followUp.all);
  await running.inState(followUp.StudyInstanceUID, 'delivered');
  await running.settled(patient.PatientID);
  await page.goto('/models');
  await page.getByRole('link', { name: followUp.StudyInstanceUID }).click();
  await page.waitForLoadState();
  expect(page.url()).toContain(`/cases/${followUp.StudyInstanceUID}`);
  expect(errors).toEqual([]);
});

test('a promotion wants the id typed, warns of few results, and is taken back by clicking', async () => {
  const { page } = await admin();
  const open = async (name: string) => {
    await page.getByText(name, { exact: true }).first().click();
    return page.locator('details.action[open]');
  };
  const promote = await open('Promote the model on trial');
  expect(await promote.textContent()).toMatch(/Few results: it was on trial for 1 case;/);
  await promote.getByLabel('Id of the model to promote').fill('ear-delta-2023');
  await promote.getByLabel('Reason or ticket').fill('ticket 8');
  await promote.getByRole('button').click();
  await page.getByRole('alert').waitFor();
  expect(active()).toBe('ear-delta-2023');

  const again = await open('Promote the model on trial');
  await again.getByLabel('Id of the model to promote').fill('site-delta-2026');
  await again.getByLabel('Reason or ticket').fill('ticket 8');
  await again.getByRole('button').click();
  await page.getByRole('status').waitFor();
  expect([active(), onTrial()]).toEqual(['site-delta-2026', 'ear-delta-2023']);

  const back = await open('Roll back the last promotion');
  await back.getByLabel('Reason or ticket').fill('ticket 9');
  await back.getByRole('button').click();
  await page.getByText('ear-delta-2023 is the active model').waitFor();
  expect([active(), onTrial()]).toEqual(['ear-delta-2023', 'site-delta-2026']);
  expect(await page.getByText('There is no promotion to take back.').count()).toBe(1);
  const history = await running.service.configuration.history({ section: 'model', limit: 2 });
  expect(history.map(({ source, reason }) => [source, reason])).toEqual([
    ['rollback', 'ticket 9'],
    ['promote', 'ticket 8'],
  ]);
});

test('a model file is added by a form, listed, and never written over', async () => {
  const { page, errors } = await admin();
  const shipped = JSON.parse(await readFile('models/ear-delta-2023.json', 'utf8'));
  const add = async (model: object) => {
    await page.getByText('Add a model file', { exact: true }).first().click();
    const action = page.locator('details.action[open]');
    const buffer = Buffer.from(JSON.stringify({ ...shipped, id: 'given-2026', ...model }));
    await action.getByLabel('File').setInputFiles({ name: 'any.json', mimeType: 'application/json', buffer });
    await action.getByLabel('Reason or ticket').fill('ticket 10');
    await action.getByRole('button', { name: 'Add a model file' }).click();
  };
  await add({});
  await page.getByText('given-2026 version 1 lies in the models folder').waitFor();
  expect(await page.getByRole('link', { name: 'given-2026' }).count()).toBe(1);
  await add({ intercept: 0.3 });
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toMatch(/MODEL_EXISTS/);
  expect(JSON.parse(await readFile(join(modelsDir, 'given-2026.json'), 'utf8')).intercept).toBe(
    shipped.intercept,
  );
  expect(errors).toEqual([]);
});

test('a viewer sees the models and cannot change them', async () => {
  const { page } = await chromium.open(site, 'viewer');
  await page.goto('/models');
  expect(await page.getByText('Put a model on trial').count()).toBe(0);
  expect(await page.locator('main form').count()).toBe(0);
  const forced = await site.call('/models/promote', {
    as: 'viewer',
    form: { id: 'site-delta-2026', reason: 'x' },
  });
  expect(forced.status).toBe(403);
  expect(active()).toBe('ear-delta-2023');
});

test('distribution, mix, drift by scanner and trial stand on the page', async () => {
  const { world } = running.service;
  await seedDeltas(world, world.shadow);
  // What was read of the deltas is kept for a minute.
  ahead += 61_000;
  const { page, errors } = await chromium.open(site, 'viewer');
  await page.goto('/models');
  const text = await page.locator('main').textContent();
  expect(text).toMatch(/61 deltas of 61 patients/);
  expect(text).toMatch(/Drift drift/);
  expect(text).toMatch(/Earshot phantom Chest 2/);
  expect(text).toMatch(/Cases scored by both\s*15/);
  expect(text).toContain('MODEL_INVALID');
  expect(await page.locator('svg.chart').count()).toBe(2);
  expect(errors).toEqual([]);
});

/** What axe-core finds, and whether everything fits. */
const looked = async ({ page, axe, fits }: Screen, path: string) => {
  await page.goto(path);
  return { found: await axe(), isFitting: await fits() };
};

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing, and everything fits, in ${colorScheme}`, async () => {
    for (const viewport of [{ width: 1280, height: 1400 }, TABLET]) {
      const screen = await chromium.open(site, 'administrator', { colorScheme, viewport });
      const isShot = viewport !== TABLET && colorScheme === 'light';
      for (const path of ['/models/ear-delta-2023', '/models']) {
        expect(await looked(screen, path)).toEqual({ found: [], isFitting: true });
        if (isShot) await screen.shoot(path === '/models' ? 'admin-models' : 'admin-model-card', 'window');
      }
      await screen.page.locator('#local').evaluate((heading) => heading.scrollIntoView());
      if (isShot) await screen.shoot('admin-models-deltas', 'window');
      expect(screen.errors).toEqual([]);
    }
  });
}

test('what headers and model files say changes nothing but the text shown', async () => {
  const shipped = JSON.parse(await readFile('models/ear-delta-2023.json', 'utf8'));
  const hostile = { ...shipped, id: 'hostile', title: HOSTILE, citation: HOSTILE.repeat(2000) };
  await writeFile(join(modelsDir, 'hostile.json'), JSON.stringify(hostile));
  const { sql } = running.service.world.catalogue;
  await sql.query('UPDATE "localDelta" SET "Manufacturer" = $1 WHERE "ManufacturerModelName" = $2', [
    HOSTILE,
    'Chest 1',
  ]);
  ahead += 61_000;
  const { page, errors, fits } = await chromium.open(site, 'administrator');
  for (const path of ['/models', '/models/hostile']) {
    await page.goto(path);
    expect(await page.locator('main').textContent()).toContain('<script>alert(1)</script>⟨U+202E⟩⟨U+0007⟩');
    expect(await page.locator('main script').count()).toBe(0);
    expect(await fits()).toBe(true);
  }
  expect(errors).toEqual([]);
});

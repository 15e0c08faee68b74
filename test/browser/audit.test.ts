import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chromium, startChromium, TABLET } from '../support/browser.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';
import { seedWorklist } from '../support/worklist-cases.ts';

let running: RunningService;
let site: Site;
let chromium: Chromium;
beforeAll(async () => {
  running = await startService();
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
  chromium = await startChromium();
  await seedWorklist(running.service.world.catalogue);
  for (const [name, role] of [
    ['p.meyer', 'viewer'],
    ['r.okafor', 'operator'],
  ]) {
    const json = { name, role, password: 'a phantom listens at noon', reason: 'CHG-1042: new in the team' };
    await site.json('/api/users', { as: 'administrator', json });
  }
  await site.call('/login', { form: { name: 'p.meyer', password: 'wrong' } });
  await site.call('/users', { as: 'viewer' });
  const [{ StudyInstanceUID = '' } = {}] = await running.service.world.catalogue.sql.query<{
    StudyInstanceUID: string;
  }>('SELECT "StudyInstanceUID" FROM "study" ORDER BY "StudyInstanceUID" LIMIT 1');
  await site.json(`/api/cases/${StudyInstanceUID}`, { as: 'operator' });
  await site.json('/api/users', {
    as: 'administrator',
    json: {
      name: 'hostile',
      role: 'viewer',
      password: 'a phantom listens at dusk',
      reason: `<script>alert(1)</script>\u202e${'x'.repeat(400)}`,
    },
  });
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
});

const actions = (page: Page): Promise<string[]> => page.locator('tbody td:nth-child(3)').allInnerTexts();

test('lines are searched by fields that stand in the URL, and lead to what they are about', async () => {
  const { page, errors } = await chromium.open(site, 'administrator');
  await page.goto('/audit');
  await page.getByLabel('Action').fill('users.add');
  await page.getByLabel('Outcome').selectOption('done');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.waitForLoadState();
  expect(page.url()).toContain('action=users.add');
  expect(new Set(await actions(page))).toEqual(new Set(['users.add']));
  await page.getByRole('link', { name: 'p.meyer', exact: true }).click();
  await page.waitForLoadState();
  expect(page.url()).toContain('/users#user-p.meyer');
  await page.goBack();
  await page.getByRole('link', { name: 'all lines about p.meyer' }).click();
  await page.getByText('Only lines about').waitFor();
  expect(errors).toEqual([]);
});

test('times that match nothing say so, and times are those of the page', async () => {
  const { page } = await chromium.open(site, 'administrator');
  await page.goto('/audit');
  await page.getByLabel('Until').fill('2020-01-01T00:00');
  await page.keyboard.press('Enter');
  await page.getByText('No line is like this.').waitFor();
  await page.goto('/audit?from=2020-01-01T00:00');
  expect((await actions(page)).length).toBeGreaterThan(3);
  expect((await page.goto('/audit?from=nonsense'))?.status()).toBe(400);
});

test('a text is searched without a trace in the address', async () => {
  const { page } = await chromium.open(site, 'administrator');
  await page.goto('/audit');
  await page.getByLabel('Any text, within the search above').fill('NEW in the team');
  await page.getByRole('button', { name: 'Search the text' }).click();
  await page.getByText('CHG-1042: new in the team').first().waitFor();
  expect(new Set(await actions(page))).toEqual(new Set(['users.add']));
  expect(new URL(page.url()).search).toBe('');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as JSON lines' }).click();
  const lines = (await readFile(await (await downloading).path(), 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).subjectId).sort()).toEqual(['p.meyer', 'r.okafor']);
});

test('older lines are on pages of their own, and the export has all of the search', async () => {
  for (let count = 0; count < 60; count += 1) await site.call('/api/users', { as: 'viewer' });
  const { page } = await chromium.open(site, 'administrator');
  await page.goto('/audit?action=users.list');
  expect((await actions(page)).length).toBe(50);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as CSV' }).click();
  const csv = await readFile(await (await downloading).path(), 'utf8');
  expect(csv.trim().split('\r\n').length).toBe(1 + 60);
  await page.getByRole('link', { name: 'Older' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Newest' }).waitFor();
  expect(await actions(page)).toEqual(Array.from({ length: 10 }, () => 'users.list'));
});

test('the chain is looked at on demand; a line that was changed is found', async () => {
  const { page } = await chromium.open(site, 'administrator');
  await page.goto('/audit');
  await page.getByRole('button', { name: 'Verify the chain now' }).click();
  await page.getByText(/The chain is whole: \d+ lines/).waitFor();
  const { sql } = running.service.world.catalogue;
  const change = (from: string, to: string) =>
    sql.query('UPDATE "audit" SET "reason" = $2 WHERE "reason" = $1 AND "subjectId" = $3', [
      from,
      to,
      'p.meyer',
    ]);
  await change('CHG-1042: new in the team', 'CHG-1043: new in the team');
  await page.getByRole('button', { name: 'Verify the chain now' }).click();
  await page.getByText('broken', { exact: true }).waitFor();
  await change('CHG-1043: new in the team', 'CHG-1042: new in the team');
  await page.getByRole('button', { name: 'Verify the chain now' }).click();
  await page.getByText('whole', { exact: true }).waitFor();
});

test('hostile values change nothing but the text shown, and only administrators see it', async () => {
  const { page, errors } = await chromium.open(site, 'administrator');
  await page.goto('/audit?subject=hostile');
  const text = await page.locator('main').textContent();
  expect(text).toContain('<script>alert(1)</script>⟨U+202E⟩');
  expect(await page.locator('main script').count()).toBe(0);
  expect(errors).toEqual([]);
  for (const role of ['viewer', 'operator'] as const) {
    const other = await chromium.open(site, role);
    await other.page.goto('/');
    expect(await other.page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
    expect((await other.page.goto('/audit'))?.status()).toBe(403);
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing, and everything fits, in ${colorScheme}`, async () => {
    for (const viewport of [undefined, TABLET]) {
      const screen = await chromium.open(site, 'administrator', {
        colorScheme,
        ...(viewport ? { viewport } : {}),
      });
      await screen.page.goto('/audit');
      expect(await screen.axe()).toEqual([]);
      expect(await screen.fits()).toBe(true);
      // Most of the newest lines here are the same.
      if (!viewport && colorScheme === 'light') {
        await screen.page.goto('/audit?actor=administrator');
        await screen.shoot('admin-audit');
      }
    }
  });
}

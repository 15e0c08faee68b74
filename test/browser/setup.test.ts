import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chromium, startChromium, TABLET } from '../support/browser.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

let running: RunningService;
let site: Site;
let chromium: Chromium;

beforeAll(async () => {
  running = await startService({ nodes: [] });
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
});

test('with nothing set up the first steps are told, and each item says what is missing and where to mend it', async () => {
  const screen = await chromium.open(site, 'administrator');
  const { page } = screen;
  await page.goto('/setup');
  await page.getByRole('heading', { name: 'The first three steps' }).waitFor();
  const row = (title: string) => page.getByRole('row').filter({ hasText: title });
  expect(await row('A node that sends').textContent()).toContain('not in order');
  expect(await row('AE title and port').textContent()).toContain(`port ${running.service.dimsePort}`);
  expect(await row('AE title and port').textContent()).toContain('in order');
  await row('A destination for reports').getByRole('link').click();
  await page.getByRole('heading', { name: 'Nodes', exact: true }).waitFor();
  expect(screen.errors).toEqual([]);
});

test('by keyboard the test patient is started, comes through while one looks on, and its report is shown', async () => {
  const nodes = [
    {
      ...{ name: 'pacs', aeTitle: 'TEST_PACS', host: '127.0.0.1', port: running.pacs.port },
      roles: ['source', 'destination'],
    },
  ];
  const author = { author: 'ada', reason: 'first node', source: 'browser' } as const;
  await running.service.configuration.propose('nodes', JSON.stringify(nodes), author);
  await site.json('/api/nodes/pacs/checks', { as: 'operator', json: { kind: 'echo' } });
  const screen = await chromium.open(site, 'administrator');
  const { page } = screen;
  await page.goto('/setup');
  expect(await page.getByRole('heading', { name: 'The first three steps' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Start the test patient' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: 'on its way' }).waitFor();
  await page.locator('#progress').getByText('came through').waitFor({ timeout: 60_000 });
  expect(await page.locator('#progress li').filter({ hasText: 'passed' }).count()).toBe(7);
  await page.getByRole('button', { name: 'Pause' }).click();
  expect(await page.getByRole('button', { name: 'Go on' }).getAttribute('aria-pressed')).toBe('true');
  await page.getByRole('link', { name: 'The report that was made' }).click();
  await page.getByRole('heading', { name: 'Report of the test patient' }).waitFor();
  expect(await page.locator('.tree').textContent()).toContain('ear-delta-2023');
  expect(await screen.axe()).toEqual([]);
  expect(running.pacs.reports).toEqual([]);
  await page.goto('/setup');
  expect(await screen.axe()).toEqual([]);
  expect(await screen.fits()).toBe(true);
  await screen.shoot('admin-setup');
  expect(screen.errors).toEqual([]);
});

test('in the dark and on a tablet nothing is wrong; an operator does not see the page', async () => {
  const screen = await chromium.open(site, 'administrator', { colorScheme: 'dark', viewport: TABLET });
  for (const path of ['/setup', '/setup/report']) {
    await screen.page.goto(path);
    expect([path, await screen.axe()]).toEqual([path, []]);
    expect([path, await screen.fits()]).toEqual([path, true]);
  }
  expect((await site.call('/setup', { as: 'operator' })).status).toBe(403);
  expect((await site.call('/setup/test-patient', { as: 'operator', form: {} })).status).toBe(403);
});

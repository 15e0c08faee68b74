import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chromium, startChromium, TABLET } from '../support/browser.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';
import { seedHostile, seedWorklist } from '../support/worklist-cases.ts';

let running: RunningService;
let site: Site;
let chromium: Chromium;
beforeAll(async () => {
  running = await startService();
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
  chromium = await startChromium();
  await seedWorklist(running.service.world.catalogue);
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
});

test('filters are chosen by clicking, stand in the URL, and go back', async () => {
  const { page, errors } = await chromium.open(site, 'operator');
  await page.goto('/');
  await page.getByRole('link', { name: /Needs a person/ }).click();
  expect(new URL(page.url()).search).toBe('?states=held%2Cfailed%2CdeliveryFailed');
  const states = await page.locator('tbody .badge').allTextContents();
  expect(new Set(states.filter((state) => !/given up|under way/.test(state)))).toEqual(
    new Set(['held for a person', 'failed', 'delivery failed']),
  );
  await page.getByText('Filter', { exact: true }).click();
  await page.getByLabel('Code of the reason').fill('IDENTITY_CONFLICT');
  await page.getByRole('button', { name: 'Show' }).click();
  expect(page.url()).toContain('reason=IDENTITY_CONFLICT');
  expect(await page.locator('tbody tr').count()).toBe(1);
  await page.goBack();
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(1);
  expect(errors).toEqual([]);
});

test('a patient is found without a trace in the address', async () => {
  const { page } = await chromium.open(site, 'viewer');
  await page.goto('/');
  await page.getByLabel('Patient ID or StudyInstanceUID').fill('PHANTOM-0003');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('rowheader', { name: 'PHANTOM-0003' }).waitFor();
  expect(page.url()).not.toContain('PHANTOM');
  expect(await page.title()).not.toContain('PHANTOM');
});

test('what is asked of annotators, next retries and results stand in the list', async () => {
  const { page } = await chromium.open(site, 'viewer');
  await page.goto('/');
  const text = await page.locator('main').textContent();
  expect(text).toMatch(/Mask asked of contouring .* ago/);
  expect(text).toMatch(/delivery is tried in \d/);
  expect(text).toMatch(/p = 0\.\d+/);
  expect(await page.locator('input[type=checkbox]').count()).toBe(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing, and everything fits, in ${colorScheme}`, async () => {
    for (const viewport of [undefined, TABLET]) {
      const screen = await chromium.open(site, 'operator', {
        colorScheme,
        ...(viewport ? { viewport } : {}),
      });
      await screen.page.goto('/');
      expect(await screen.axe()).toEqual([]);
      expect(await screen.fits()).toBe(true);
      if (!viewport) await screen.shoot(colorScheme === 'light' ? 'admin-worklist' : 'admin-worklist-dark');
    }
  });
}

test('the list follows the service without a reload, and stands still while it is paused', async () => {
  const { page } = await chromium.open(site, 'viewer');
  await page.goto('/');
  const { sql } = running.service.world.catalogue;
  const move = (state: string) =>
    sql.query('UPDATE "study" SET "state" = $1 WHERE "PatientID" = $2', [state, 'PHANTOM-0001']);
  const badge = page
    .getByRole('row', { name: /PHANTOM-0001/ })
    .locator('.badge')
    .first();
  await move('notEligible');
  await expect.poll(() => badge.textContent(), { timeout: 12_000 }).toBe('not eligible');
  await page.getByRole('button', { name: 'Pause' }).click();
  await move('held');
  await page.waitForTimeout(6000);
  expect(await badge.textContent()).toBe('not eligible');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect.poll(() => badge.textContent(), { timeout: 12_000 }).toBe('held for a person');
});

test('cases are tried again together, by keyboard alone, with a reason', async () => {
  const { page } = await chromium.open(site, 'operator');
  await page.goto('/?states=held,failed,deliveryFailed');
  await page.getByLabel('All cases of this page').focus();
  await page.keyboard.press('Space');
  await page.getByText('Try the chosen cases again').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('the PACS is back');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Tried again' }).waitFor();
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(2);
});

test('hostile values change nothing but the text shown', async () => {
  await seedHostile(running.service.world.catalogue);
  const { page, errors } = await chromium.open(site, 'operator');
  await page.goto('/');
  const text = await page.locator('main').textContent();
  expect(text).toContain('<script>alert(1)</script>');
  expect(text).toContain('⟨U+202E⟩');
  expect(await page.locator('main script').count()).toBe(0);
  expect(errors).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chromium, startChromium, TABLET } from '../support/browser.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';
import { seedHostile, seedWorklist } from '../support/worklist-cases.ts';

let running: RunningService;
let site: Site;
let chromium: Chromium;
beforeAll(async () => {
  running = await startService({ delivery: { maxPauseSeconds: 300, timeoutSeconds: 5 } });
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
  await page.getByRole('link', { name: /^All \d/ }).click();
  await page.waitForLoadState();
  expect(new URL(page.url()).search).toBe('?states=all');
  await page.getByRole('link', { name: /Needs a person/ }).click();
  await page.waitForLoadState();
  expect(new URL(page.url()).search).toBe('?states=held%2Cfailed%2CdeliveryFailed');
  const states = await page.locator('tbody .badge').allTextContents();
  expect(new Set(states.filter((state) => !/given up|under way/.test(state)))).toEqual(
    new Set(['held for a person', 'failed', 'delivery failed']),
  );
  await page.getByText('Filter', { exact: true }).click();
  await page.getByLabel('Code of the reason').fill('IDENTITY_CONFLICT');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.waitForLoadState();
  expect(page.url()).toContain('reason=IDENTITY_CONFLICT');
  expect(await page.locator('tbody tr').count()).toBe(1);
  await page.goBack();
  await page.waitForLoadState();
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(1);
  expect(errors).toEqual([]);
});

test('it opens with what needs a person, oldest first, and each of its states can be chosen', async () => {
  const { page } = await chromium.open(site, 'viewer');
  await page.goto('/');
  expect(await page.getByRole('link', { name: /Needs a person/ }).getAttribute('aria-current')).toBe('true');
  expect(await page.locator('tbody tr').count()).toBe(6);
  expect(await page.locator('tbody tr').first().textContent()).toContain('PHANTOM-0003');
  await page.getByRole('link', { name: /^delivery failed 1/ }).click();
  await page.waitForLoadState();
  expect(new URL(page.url()).search).toBe('?states=deliveryFailed');
  expect(await page.locator('tbody tr').count()).toBe(1);
  await page.getByRole('link', { name: 'All cases with PEER_UNREACHABLE' }).click();
  await page.waitForLoadState();
  expect(page.url()).toContain('reason=PEER_UNREACHABLE');
  expect(await page.locator('tbody tr').count()).toBe(1);
});

test('an empty tab says that no case is in it, and the way to all', async () => {
  const { page } = await chromium.open(site, 'viewer');
  await page.goto('/?states=receiving');
  await page.getByText('No case is in this state just now.').waitFor();
  await page.getByRole('link', { name: 'All cases', exact: true }).click();
  await page.waitForLoadState();
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(10);
});

test('a person who looks on is one line of the audit trail, however often the list is brought up to date', async () => {
  const { sql } = running.service.world.catalogue;
  const lines = async () =>
    Number(
      (
        await sql.query<{ n: number }>(
          `SELECT COUNT(*) AS "n" FROM "audit" WHERE "actor" = 'administrator' AND "action" = 'cases.list'`,
        )
      )[0]?.n,
    );
  expect(await lines()).toBe(0);
  await site.call('/?states=all', { as: 'administrator' });
  for (let poll = 0; poll < 5; poll++) await site.call('/worklist?states=all', { as: 'administrator' });
  expect(await lines()).toBe(1);
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
  await page.goto('/?states=all');
  const text = await page.locator('main').textContent();
  expect(text).toMatch(/Mask asked of contouring .* ago/);
  expect(text).toMatch(/delivery is tried in \d/);
  expect(text).toMatch(/p = 0\.\d+/);
  expect(await page.locator('#live input').count()).toBe(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing, and everything fits, in ${colorScheme}`, async () => {
    for (const viewport of [undefined, TABLET]) {
      const screen = await chromium.open(site, 'operator', {
        colorScheme,
        ...(viewport ? { viewport } : {}),
      });
      await screen.page.goto('/?states=all');
      expect(await screen.axe()).toEqual([]);
      expect(await screen.fits()).toBe(true);
      if (colorScheme === 'light' && !viewport) await screen.shoot('admin-worklist');
      await screen.page.goto('/');
      expect(await screen.axe()).toEqual([]);
      if (colorScheme === 'dark' && !viewport) await screen.shoot('admin-worklist-dark');
    }
  });
}

test('the list follows the service without a reload, and stands still while it is paused', async () => {
  const { page } = await chromium.open(site, 'operator');
  await page.clock.install();
  await page.goto('/?states=all');
  /** As long as a person looks on, without the wait. */
  const later = () => page.clock.runFor(6000);
  const { sql } = running.service.world.catalogue;
  const move = (state: string) =>
    sql.query('UPDATE "study" SET "state" = $1 WHERE "PatientID" = $2', [state, 'PHANTOM-0001']);
  const badge = page
    .getByRole('row', { name: /PHANTOM-0001/ })
    .locator('.badge')
    .first();
  await move('notEligible');
  await later();
  await expect.poll(() => badge.textContent(), { timeout: 12_000 }).toBe('not eligible');
  // What is chosen is not taken away, and all can still be chosen after an update.
  await page.getByLabel('All cases of this page').check();
  expect(await page.locator('input[name=case]:checked').count()).toBe(16);
  await move('failed');
  await later();
  await page.getByText('stands still while you are in the list').waitFor();
  expect(await badge.textContent()).toBe('not eligible');
  await page.getByLabel('All cases of this page').uncheck();
  await page.getByRole('button', { name: 'Pause' }).click();
  await move('held');
  await later();
  await later();
  expect(await badge.textContent()).toBe('not eligible');
  await page.getByRole('button', { name: 'Go on' }).click();
  await later();
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
  const { sql } = running.service.world.catalogue;
  const told = await sql.query(`SELECT "detail" FROM "event" WHERE "kind" = 'order.retry'`);
  expect(told.length).toBeGreaterThan(0);
  expect(JSON.stringify(told)).toContain('the PACS is back');
});

test('hostile values change nothing but the text shown', async () => {
  await seedHostile(running.service.world.catalogue);
  const { page, errors, fits } = await chromium.open(site, 'operator');
  await page.goto('/?states=all');
  expect(await fits()).toBe(true);
  const text = await page.locator('main').textContent();
  expect(text).toContain('<script>alert(1)</script>');
  expect(text).toContain('⟨U+202E⟩');
  expect(text).toContain('<img src=x onerror=alert(2)>');
  expect(text?.length).toBeLessThan(20_000);
  expect(await page.locator('main script').count()).toBe(0);
  expect(errors).toEqual([]);
});

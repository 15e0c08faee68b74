import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { type Chromium, DESK, startChromium, TABLET } from '../support/browser.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

let running: RunningService;
let site: Site;
let chromium: Chromium;
beforeAll(async () => {
  running = await startService({}, undefined, 'shipped');
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
});

async function delivered(name: string): Promise<string> {
  const phantom = phantomCase(name);
  await running.send(phantom.baseline.all);
  await running.send(phantom.followUp.all);
  await running.inState(phantom.followUp.StudyInstanceUID, 'delivered', 60_000);
  return phantom.followUp.StudyInstanceUID;
}

test('a delivered case shows how it came about, its picture, and its report as it was sent', async () => {
  const study = await delivered('BERTA');
  const screen = await chromium.open(site, 'operator', { viewport: { ...DESK, height: 1150 } });
  const { page, errors } = screen;
  await page.goto(`/cases/${study}`);
  expect(await page.title()).toBe('Case – Earshot');
  const text = (await page.locator('main').textContent()) ?? '';
  for (const said of ['delivered', 'Baseline by rule', 'cut-off', 'Timeline', 'Picture page'])
    expect(text).toContain(said);
  const image = page.locator('img.picture');
  expect(
    await image.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth),
  ).toBeGreaterThan(500);
  expect(await page.locator('.timeline > li').count()).toBeGreaterThan(5);
  expect(await screen.axe()).toEqual([]);
  expect(await screen.fits()).toBe(true);
  await screen.shoot('admin-case', 'window');
  await page
    .locator('tr', { hasText: /^Report en/ })
    .getByRole('link', { name: 'As it was sent' })
    .click();
  await page.getByRole('heading', { name: 'Content' }).waitFor();
  expect(await page.locator('.tree').textContent()).toContain('Summary');
  expect(await screen.axe()).toEqual([]);
  await page.getByText('What the checks say', { exact: true }).click();
  expect(await page.locator('pre').textContent()).toMatch(/\b0 faults\b/);
  expect(await page.getByRole('rowheader', { name: 'SOPClassUID' }).count()).toBeGreaterThan(0);
  await page.setViewportSize(DESK);
  await screen.shoot('admin-report-preview', 'window');
  expect(errors).toEqual([]);
});

test('downloads are the files themselves, of this case and of no other', async () => {
  const [study, other] = [await delivered('case-files'), await delivered('case-other')];
  const report = (await running.service.world.reports.of(study)).find(({ kind }) => kind === 'sr');
  const path = (of: string) => `/api/cases/${of}/reports/${report?.SOPInstanceUID}/object`;
  const answer = await site.call(path(study), { as: 'viewer' });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  expect(answer.headers.get('content-disposition')).toContain('attachment');
  const sent = running.arrived(study).find((each) => each.SOPInstanceUID === report?.SOPInstanceUID);
  // The PACS wrote its own meta header before the same data set.
  const { _meta: _ours, ...ours } = readPart10(bytes);
  const { _meta: _theirs, ...theirs } = readPart10(sent?.bytes ?? new Uint8Array());
  expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
  expect((await site.call(path(other), { as: 'viewer' })).status).toBe(404);
  const inputs = await site.call(`/api/cases/${study}/inputs`, { as: 'viewer' });
  expect(JSON.stringify(await inputs.json())).toContain('DifferenceVariance');
  const said = await site.call(`/api/cases/${study}/reports/${report?.SOPInstanceUID}/validator`, {
    as: 'viewer',
  });
  expect(await said.text()).not.toBe('');
});

test('a case is held and released by keyboard alone, with a reason that stands in its story', async () => {
  const phantom = phantomCase('case-hold');
  const study = phantom.followUp.StudyInstanceUID;
  await running.send(phantom.followUp.all);
  await running.inState(study, 'waitingForBaseline');
  const screen = await chromium.open(site, 'operator');
  const { page } = screen;
  await page.goto(`/cases/${study}`);
  const act = async (name: string, reason: string, done: string) => {
    await page.locator('summary', { hasText: new RegExp(`^${name}$`) }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type(reason);
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: done }).waitFor();
    await page.waitForLoadState();
  };
  await act('Hold the case', 'second opinion', 'is held until it is released');
  expect((await running.service.world.catalogue.study(study))?.reasons[0]?.code).toBe('HELD_BY_PERSON');
  expect(await page.locator('main').textContent()).toContain('second opinion');
  await act('Release the case', 'settled', 'is released and looked at again');
  await running.inState(study, 'waitingForBaseline');
  expect(await page.locator('.timeline').textContent()).toContain('settled');
});

test('a viewer sees the case and no actions, and cannot send one', async () => {
  const study = await delivered('case-viewer');
  const { page } = await chromium.open(site, 'viewer');
  await page.goto(`/cases/${study}`);
  expect(await page.getByRole('heading', { name: 'Actions' }).count()).toBe(0);
  const answer = await site.call(`/cases/${study}/hold`, { as: 'viewer', form: { reason: 'x' } });
  expect(answer.status).toBe(403);
});

test('reports are taken back, and the case is cancelled and opened again', async () => {
  const study = await delivered('case-withdraw');
  const { page } = await chromium.open(site, 'operator');
  await page.goto(`/cases/${study}`);
  const open = (name: string) =>
    page.locator('details.action', { has: page.locator('summary', { hasText: name }) });
  await open('Take the reports back').locator('summary').click();
  await open('Take the reports back').getByLabel('Reason or ticket').fill('wrong lesion');
  await open('Take the reports back').getByRole('button').click();
  await page.getByRole('status').filter({ hasText: 'A rejection note goes to pacs' }).waitFor();
  await running.inState(study, 'held');
  await open('Cancel the case').locator('summary').click();
  await open('Cancel the case').getByLabel('Reason or ticket').fill('not of the trial');
  await open('Cancel the case').getByRole('button').click();
  await running.inState(study, 'notEligible');
  await open('Open the case again').locator('summary').click();
  await open('Open the case again').getByLabel('Reason or ticket').fill('it is');
  await open('Open the case again').getByRole('button').click();
  await running.inState(study, 'held');
});

test('a case that is not here is told so', async () => {
  const { page } = await chromium.open(site, 'viewer');
  const answer = await page.goto('/cases/2.25.404');
  expect(answer?.status()).toBe(404);
  expect(await page.locator('main').textContent()).toContain('no study of this UID is here');
});

test('in the dark and on a tablet axe-core finds nothing and everything fits', async () => {
  const study = await delivered('case-dark');
  const screen = await chromium.open(site, 'operator', { colorScheme: 'dark', viewport: TABLET });
  await screen.page.goto(`/cases/${study}`);
  expect(await screen.axe()).toEqual([]);
  expect(await screen.fits()).toBe(true);
});

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { type Chromium, startChromium } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type RunningService, startPacs, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

let running: RunningService;
let site: Site;
let chromium: Chromium;
beforeAll(async () => {
  running = await startService();
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
});

/** As a person does it: opens the action, chooses, gives a reason, sends. */
async function act(page: Page, name: string, reason: string, choose?: () => Promise<unknown>): Promise<void> {
  const action = page.locator('details.action', { has: page.locator('summary', { hasText: name }) });
  await action.locator('summary').click();
  await choose?.();
  await action.getByLabel('Reason or ticket').fill(reason);
  await action.getByRole('button').click();
  await page.getByRole('status').filter({ hasText: 'Done' }).waitFor();
}

test('of two drawings a person chooses one: the case is scored with it and delivered', async () => {
  const phantom = phantomCase('ANNA');
  const study = phantom.followUp.StudyInstanceUID;
  const second = { SOPInstanceUID: '2.25.6001', SeriesInstanceUID: '2.25.6000' };
  await running.send(phantom.baseline.all);
  await running.send([...phantom.followUp.all, phantom.objects('followUp', { mask: second }).mask]);
  await running.inState(study, 'held');
  const screen = await chromium.open(site, 'operator');
  const { page } = screen;
  await page.goto(`/cases/${study}`);
  const state = page.getByRole('region', { name: 'State' });
  expect(await state.textContent()).toContain('MASK_AMBIGUOUS');
  expect(await state.textContent()).toContain('waits for a person');
  const summary = page.locator('summary', { hasText: 'Choose the lesion' });
  await summary.click();
  expect(await screen.axe()).toEqual([]);
  await screen.shoot('admin-case-held');
  await summary.click();
  await act(page, 'Choose the lesion', 'the one of the radiologist', () =>
    page.getByLabel(/region 1 of SEG …\.25\.6001/).check(),
  );
  const { decision } = await running.inState(study, 'delivered');
  expect(decision).toMatchObject({ lesions: [{ followUp: { SOPInstanceUID: '2.25.6001' } }] });
  expect(running.arrived(study)).toHaveLength(1);
  await page.reload();
  const main = (await page.locator('main').textContent()) ?? '';
  expect(main).toContain('A person chose the lesion');
  await summary.click();
  expect(await page.getByLabel(/region 1 of SEG …\.25\.6001/).isChecked()).toBe(true);
  expect(screen.errors).toEqual([]);
});

test('a case that waits for a mask says so, when it is given up, and shows that it moved on', async () => {
  const phantom = phantomCase('no-mask');
  const study = phantom.followUp.StudyInstanceUID;
  await running.send(phantom.baseline.all);
  await running.send(phantom.followUp.ct);
  await running.inState(study, 'waitingForMask');
  const { page } = await chromium.open(site, 'viewer');
  await page.goto(`/cases/${study}`);
  const state = page.getByRole('region', { name: 'State' });
  expect(await state.textContent()).toMatch(/waits for a mask.*the case is given up at \d{4}-/);
  await running.send([phantom.followUp.mask]);
  await running.inState(study, 'delivered');
  // What is live is asked for again and again: that is no line of the audit trail.
  const poll = await site.call(`/cases/${study}/now?seen=0`, { as: 'viewer' });
  expect(await poll.text()).toContain('More has happened since this page was loaded');
  const { lines } = await site.json<{ lines: { action: string }[] }>('/api/audit', { as: 'administrator' });
  expect(lines.map(({ action }) => action)).not.toContain('cases.pulse');
  expect(lines.map(({ action }) => action)).toContain('cases.view');
});

test('a delivery that was given up names its fault; tried again when the PACS is back, it arrives', async () => {
  const port = await freePort();
  const nodes = [
    { name: 'scanner', aeTitle: PACS, roles: ['source'] },
    { name: 'down', aeTitle: PACS, host: '127.0.0.1', port, roles: ['destination'] },
  ];
  const delivery = { firstPauseSeconds: 0.05, maxPauseSeconds: 0.1, maxAttempts: 2, timeoutSeconds: 5 };
  await using lonely = await startService({ nodes, delivery });
  const its = await openSite({ dataDir: lonely.dataDir, httpPort: lonely.service.httpPort });
  const phantom = phantomCase('pacs-down');
  const study = phantom.followUp.StudyInstanceUID;
  await lonely.send(phantom.baseline.all);
  await lonely.send(phantom.followUp.all);
  await lonely.inState(study, 'deliveryFailed');
  const screen = await chromium.open(its, 'operator');
  const { page } = screen;
  await page.goto(`/cases/${study}`);
  const row = page.getByRole('region', { name: 'Deliveries' }).getByRole('row', { name: /down/ });
  expect(await row.textContent()).toMatch(/given up.*2.*PEER_UNREACHABLE/);
  expect(await page.locator('.timeline > li.failed').count()).toBeGreaterThan(0);
  expect(await page.locator('.timeline > li.failed').first().textContent()).toContain('problem');
  expect(await screen.axe()).toEqual([]);
  await using pacs = await startPacs(port);
  await act(page, 'Try the step that is due again', 'the PACS is back');
  await lonely.inState(study, 'delivered');
  expect(pacs.reports).toHaveLength(1);
  await page.reload();
  expect(await row.textContent()).toMatch(/delivered.*0x0000 success/);
});

test('a case is scored again, and its story says that the report stands', async () => {
  const phantom = phantomCase('rescored');
  const study = phantom.followUp.StudyInstanceUID;
  await running.send(phantom.baseline.all);
  await running.send(phantom.followUp.all);
  await running.inState(study, 'delivered');
  const { page } = await chromium.open(site, 'operator');
  await page.goto(`/cases/${study}`);
  await act(page, 'Score again as things are now', 'after the upgrade');
  await running.inState(study, 'delivered');
  await expect
    .poll(async () => {
      await page.reload();
      return page.locator('.timeline').textContent();
    })
    .toContain('the report stands as it is');
  expect(running.arrived(study)).toHaveLength(1);
});

test('bytes that came twice are shown, and a person keeps the first', async () => {
  const phantom = phantomCase('twice');
  const study = phantom.followUp.StudyInstanceUID;
  await running.send(phantom.baseline.all);
  await running.send(phantom.followUp.all);
  await running.inState(study, 'delivered');
  const other = phantom.objects('followUp', {
    drawn: (mask) => ({ ...mask, voxels: mask.voxels.map((each, at) => (at % 2 === 0 ? each : 0)) }),
  }).mask;
  await running.send([other]);
  await running.inState(study, 'held');
  const { page } = await chromium.open(site, 'operator');
  await page.goto(`/cases/${study}`);
  const shown = page.getByRole('region', { name: 'Objects that came twice with other bytes' });
  expect(await shown.textContent()).toContain(String(readPart10(other)['SOPInstanceUID']));
  await act(page, 'Say which bytes are right', 'the second was a trial', () =>
    page.getByLabel('The right bytes').selectOption('known'),
  );
  await running.inState(study, 'delivered');
  await page.reload();
  expect(await shown.count()).toBe(0);
});

test('what DICOM files say is text and nothing else, however hostile and however long', async () => {
  const hostile = '<script>alert(1)</script>\u202eevil\u200b';
  const phantom = phantomCase('hostile');
  const every = { PatientName: `${hostile}^PHANTOM`, StudyDescription: `"><img src=x onerror=alert(1)>` };
  const ct = { SeriesDescription: `<b>${'long '.repeat(12_000)}` };
  const named = (point: 'baseline' | 'followUp') => {
    const { mask } = phantom.objects(point, { maskKind: 'RTSTRUCT', every });
    const [roi] = readPart10(mask)['StructureSetROISequence'] as Record<string, unknown>[];
    const StructureSetROISequence = [{ ...roi, ROIName: hostile }];
    const changed = { StructureSetROISequence, StructureSetLabel: '<i>label' };
    return phantom.objects(point, { maskKind: 'RTSTRUCT', every, ct, mask: changed });
  };
  await running.send(named('baseline').all);
  await running.send(named('followUp').all);
  const study = phantom.followUp.StudyInstanceUID;
  await running.inState(study, 'delivered');
  const screen = await chromium.open(site, 'operator');
  const { page } = screen;
  await page.goto(`/cases/${study}`);
  const main = page.locator('main');
  const text = (await main.textContent()) ?? '';
  expect(text).toContain('<script>alert(1)</script>⟨U+202E⟩evil⟨U+200B⟩');
  expect(text).toContain('"><img src=x onerror=alert(1)>');
  expect(text).toContain('<b>long');
  expect(text.length).toBeLessThan(30_000);
  expect(await main.locator('script, b, i, img').count()).toBe(0);
  expect(await screen.fits()).toBe(true);
  expect(await screen.axe()).toEqual([]);
  await page.getByRole('link', { name: 'As it was sent' }).first().click();
  await page.getByRole('heading', { name: 'Content' }).waitFor();
  expect(await main.locator('script, b, i, img').count()).toBe(0);
  expect(screen.errors).toEqual([]);
});

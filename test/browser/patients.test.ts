/** The pages of patients, as people use them: a service that scored a patient three times, and records of many more. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Mask } from '../../src/volume/volume.ts';
import { type Chromium, DESK, startChromium, TABLET } from '../support/browser.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';
import { until } from '../support/until.ts';

const ANNA = { PatientID: 'PHANTOM-ANNA', IssuerOfPatientID: 'HOSPITAL' };
const anna = phantomCase('anna');
const every = { ...ANNA, PatientName: 'PHANTOM^ANNA' };
const baseline = anna.objects('baseline', { every, StudyDate: '20240210' });
const scans = [
  anna.objects('followUp', { every, as: '1', StudyDate: '20240405' }),
  anna.objects('followUp', { every, as: '2', StudyDate: '20240701', drawn: smaller }),
  anna.objects('followUp', {
    every,
    as: '3',
    StudyDate: '20241102',
    drawn: (mask) => smaller(smaller(mask)),
  }),
];
const newest = scans[2]!.StudyInstanceUID;
/** Two names of one person, of whom nothing is scored. */
const berta = { every: { PatientID: 'PHANTOM BERTA', PatientName: 'PHANTOM^BERTA' } };
const bertaLater = { every: { PatientID: 'PHANTOM-B-2', PatientName: 'PHANTOM^BERTA' }, as: 'later' };
const old = phantomCase('berta').objects('baseline', berta);
const now = phantomCase('berta').objects('baseline', bertaLater);

const HOSTILE = ['<script>alert(1)</script>', 'AN ID  with \u202Espaces', 'A'.repeat(64), '\'; -- "x"'];
const DRUGS = ['gefitinib', 'erlotinib', 'osimertinib', 'afatinib'];
const MUTATIONS = ['exon19del', 'L858R', 'other', ''];

/** What is inside of a mask: a lesion that shrinks. */
function smaller(mask: Mask): Mask {
  const [nx, ny] = mask.size;
  const { voxels } = mask;
  const steps = [0, 1, -1, nx, -nx, nx * ny, -nx * ny];
  return { ...mask, voxels: voxels.map((_, at) => (steps.every((step) => voxels[at + step]) ? 1 : 0)) };
}

let earshot: RunningService;
let site: Site;
let chromium: Chromium;
beforeAll(async () => {
  earshot = await startService();
  site = await openSite({ dataDir: earshot.dataDir, httpPort: earshot.service.httpPort });
  chromium = await startChromium();
  await importRecords();
  await earshot.send([...baseline.all, ...old.ct, ...now.ct]);
  for (const scan of scans) {
    await earshot.send(scan.all);
    await earshot.inState(scan.StudyInstanceUID, 'delivered');
  }
  await earshot.settled(ANNA.PatientID);
}, 120_000);
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await earshot?.[Symbol.asyncDispose]();
});

async function importRecords(): Promise<void> {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = Array.from({ length: 120 }, (_, k) => {
    const start = `2024-${String((k % 12) + 1).padStart(2, '0')}-11`;
    return [
      `PHANTOM-${1000 + k}`,
      'HOSPITAL',
      start,
      DRUGS[k % 4],
      MUTATIONS[k % 4],
      k % 17 === 3 ? 'yes' : 'no',
    ];
  });
  const csv = [
    'PatientID,IssuerOfPatientID,tkiStart,drug,mutation,optOut',
    ...rows.map((row) => row.join(',')),
    ...HOSTILE.map((id) => `${quoted(id)},,,<b>drug</b>,,`),
    'PHANTOM-ANNA,HOSPITAL,2024-02-20,gefitinib,exon19del,no',
  ].join('\n');
  const { digest } = await site.json<{ digest: string }>('/api/patients/import/preview', {
    as: 'operator',
    json: { csv },
  });
  await site.json('/api/patients/import', {
    as: 'operator',
    json: { csv, previewDigest: digest, reason: 'first table' },
  });
}

const recordOf = (patient: { PatientID: string; IssuerOfPatientID: string }) =>
  earshot.service.world.patients.exactly(patient);
const study = async (uid: string) => (await earshot.service.world.catalogue.study(uid))!;

/** Presses Tab until the field has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 90; presses++) {
    if (await page.locator(selector).evaluate((field) => field === field.ownerDocument.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not reached by the keyboard`);
}

async function openAnna(page: Page): Promise<void> {
  await page.goto('/patients');
  await page.getByLabel('Part of a Patient ID').fill('anna');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.waitForURL(/\/patients\/[0-9a-f]{20}$/);
}

describe('the list of patients', () => {
  it('is read page by page, and shows hostile values as text', async () => {
    const { page, errors, fits, axe, shoot } = await chromium.open(site, 'operator');
    await page.goto('/patients');
    expect(await page.title()).toBe('Patients – Earshot');
    await expect.poll(() => page.locator('caption').textContent()).toBe('Patients 1 to 100 of 127');
    expect(await page.locator('tbody script, tbody b').count()).toBe(0);
    expect(await page.locator('tbody').textContent()).toContain('<script>alert(1)</script>');
    expect([await axe(), await fits(), errors]).toEqual([[], true, []]);
    const first = (await page.locator('tbody').textContent()) ?? '';
    expect(first).toContain('AN ID  with ⟨U+202E⟩spaces');
    expect(first).toContain(HOSTILE[2]);
    await page.getByRole('link', { name: 'Later in the list' }).click();
    await page.getByText('Patients 101 to 127 of 127').waitFor();
    expect([await axe(), await fits(), errors]).toEqual([[], true, []]);
    await shoot('admin-patients');
  });

  it('finds a part of a Patient ID, and no address ever holds it', async () => {
    const { page } = await chromium.open(site, 'viewer');
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await openAnna(page);
    expect(await page.locator('dd').first().textContent()).toBe('PHANTOM-ANNA');
    await page.goto('/patients');
    await page.getByLabel('Part of a Patient ID').fill('PHANTOM-10');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('caption').textContent()).toBe('100 patients');
    await page.getByLabel('Part of a Patient ID').fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'No Patient ID holds this text' }).waitFor();
    expect(addresses.filter((url) => /anna|phantom|nobody/i.test(url))).toEqual([]);
    expect(await page.title()).not.toMatch(/anna/i);
  });
});

describe('the page of a patient', () => {
  it('shows the course as a chart and as numbers, in light, dark and on a tablet', async () => {
    for (const look of [{ colorScheme: 'dark' }, { viewport: TABLET }, { viewport: DESK }] as const) {
      const { page, errors, axe, fits, shoot } = await chromium.open(site, 'operator', look);
      await openAnna(page);
      expect(await page.locator('svg.chart circle').count()).toBeGreaterThanOrEqual(6);
      expect(await page.locator('table', { hasText: 'The same in numbers' }).locator('tbody').count()).toBe(
        3,
      );
      expect(await page.getByText('late visit').count()).toBe(1);
      expect(await page.title()).toBe('Patient – Earshot');
      expect([await axe(), await fits(), errors]).toEqual([[], true, []]);
      if ('viewport' in look && look.viewport === DESK) await shoot('admin-patient');
    }
  });

  it('lets a viewer read and change nothing', async () => {
    const { page, errors, axe } = await chromium.open(site, 'viewer');
    await openAnna(page);
    expect(
      await page.locator('main form, a[href^="/patients/merge"], a[href^="/patients/correct"]').count(),
    ).toBe(0);
    expect(await page.locator('.facts').last().textContent()).toContain('gefitinib');
    expect([await axe(), errors]).toEqual([[], []]);
    const key = page.url().split('/').at(-1);
    for (const path of ['/patients/new', '/patients/import', '/patients/merge', '/patients/correct'])
      expect((await site.call(path, { as: 'viewer' })).status).toBe(403);
    const form = { drug: 'afatinib', reason: 'no', basedOn: '' };
    expect((await site.call(`/patients/${key}`, { as: 'viewer', form })).status).toBe(403);
    expect((await recordOf(ANNA))?.drug).toBe('gefitinib');
  });

  it('has the start of the TKI changed by the keyboard alone, and the cases looked at again', async () => {
    const { page } = await chromium.open(site, 'operator');
    const before = await study(newest);
    await openAnna(page);
    await tabTo(page, '#tkiStart');
    // Day and month are the same, whichever comes first here.
    await page.keyboard.type('03032024');
    await tabTo(page, '#reason');
    await page.keyboard.type('ticket 12');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'The record is changed' }).waitFor();
    expect(await recordOf(ANNA)).toMatchObject({ tkiStart: '20240303', drug: 'gefitinib' });
    await earshot.settled(ANNA.PatientID);
    expect((await study(newest)).stateChangedAt.getTime()).toBeGreaterThan(before.stateChangedAt.getTime());
  });

  it('keeps what was typed when somebody else was quicker', async () => {
    const { page, axe } = await chromium.open(site, 'operator');
    await openAnna(page);
    const key = page.url().split('/').at(-1);
    const read = await site.json<{ digest: string }>(`/api/patients/${key}`, { as: 'operator' });
    const other = { tkiStart: '20240303', drug: 'gefitinib', mutation: 'L858R' };
    await site.json(`/api/patients/${key}`, {
      as: 'operator',
      method: 'PUT',
      json: { ...other, reason: 'report of the gene', basedOn: read.digest },
    });
    await page.getByLabel('Other therapy').fill('none');
    await page.getByLabel('Reason or ticket').fill('asked the ward');
    await page.getByRole('button', { name: 'Save the record' }).click();
    await page.getByRole('alert').filter({ hasText: 'Somebody else changed this' }).waitFor();
    expect(await page.getByLabel('Other therapy').inputValue()).toBe('none');
    expect(await page.getByLabel('Reason or ticket').inputValue()).toBe('asked the ward');
    expect(await axe()).toEqual([]);
    await page.getByLabel('Mutation').selectOption('L858R');
    await page.getByRole('button', { name: 'Save the record' }).click();
    await page.getByRole('status').filter({ hasText: 'The record is changed' }).waitFor();
    expect(await recordOf(ANNA)).toMatchObject({ mutation: 'L858R', otherTherapy: 'none' });
  });

  it('has another baseline designated, with which the newest study is compared then', async () => {
    const { page } = await chromium.open(site, 'operator');
    await earshot.settled(ANNA.PatientID);
    await openAnna(page);
    const [first] = scans;
    await page.getByLabel('Designated baseline').selectOption(first!.StudyInstanceUID);
    await page.getByLabel('Reason or ticket').fill('tumour board');
    await page.getByRole('button', { name: 'Save the record' }).click();
    await page.getByRole('status').filter({ hasText: 'The record is changed' }).waitFor();
    expect((await recordOf(ANNA))?.designatedBaseline).toBe(first!.StudyInstanceUID);
    const compared = () =>
      study(newest).then(({ decision }) => (decision as { baseline?: string })?.baseline);
    await until('compared with the other', async () =>
      (await compared()) === first!.StudyInstanceUID ? true : undefined,
    );
    await earshot.settled(ANNA.PatientID);
    await page.reload();
    expect(await page.getByText('designated baseline', { exact: true }).count()).toBe(1);
  });

  it('has a patient opt out, who is not scored from then on', async () => {
    const { page } = await chromium.open(site, 'operator');
    await openAnna(page);
    await page.getByLabel('Opt-out').check();
    await page.getByLabel('Reason or ticket').fill('letter of the patient');
    await page.getByRole('button', { name: 'Save the record' }).click();
    await page.getByRole('status').filter({ hasText: 'The record is changed' }).waitFor();
    expect((await recordOf(ANNA))?.optOut).toBe(true);
    await until(
      'not enrolled',
      async () =>
        (await earshot.reasons(newest)).some((code) => code === 'NOT_ENROLLED' || code === 'REPORT_SENT') ||
        undefined,
    );
  });
});

describe('tables of patients', () => {
  it('are imported after a look at what would change, and problems are named by their rows', async () => {
    const { page, errors, axe, fits, shoot } = await chromium.open(site, 'operator');
    await page.goto('/patients');
    await page.getByRole('link', { name: 'Import a table' }).click();
    const rows = ['PatientID,IssuerOfPatientID,drug,tkiStart', 'PHANTOM-1000,HOSPITAL,erlotinib,2024-13-01'];
    await page.getByLabel('or paste it here').fill([...rows, ',,,', 'x,,,yesterday'].join('\n'));
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.waitForLoadState();
    expect(await page.getByRole('alert').locator('li').allTextContents()).toEqual([
      expect.stringMatching(/^row 2, column tkiStart/),
      expect.stringMatching(/^row 4, column tkiStart/),
    ]);
    expect([await axe(), await fits(), errors]).toEqual([[], true, []]);
    const csv = [
      rows[0],
      'PHANTOM-1000,HOSPITAL,erlotinib,2024-01-12',
      'PHANTOM-1001,HOSPITAL,erlotinib,2024-02-11',
      'PHANTOM-2000,HOSPITAL,osimertinib,2024-03-01',
    ].join('\n');
    const file = { name: 'table.csv', mimeType: 'text/csv', buffer: Buffer.from(`\uFEFF${csv}`) };
    await page.getByLabel('CSV file').setInputFiles(file);
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.waitForLoadState();
    expect(await page.locator('main ul').first().locator('li').allTextContents()).toEqual([
      '1 added',
      '1 changed',
      '1 unchanged',
      expect.stringMatching(/^\d+ not in the table/),
    ]);
    expect(await page.locator('main del, main ins').allTextContents()).toEqual([
      '2024-01-11',
      '2024-01-12',
      'gefitinib',
      'erlotinib',
    ]);
    const first = { PatientID: 'PHANTOM-1000', IssuerOfPatientID: 'HOSPITAL' };
    expect((await recordOf(first))?.drug).toBe('gefitinib');
    expect([await axe(), await fits(), errors]).toEqual([[], true, []]);
    await shoot('admin-patients-import');
    await page.getByLabel('Reason or ticket').fill('new table of the study nurse');
    await page.getByRole('button', { name: 'Import the records' }).click();
    await page.getByRole('status').filter({ hasText: '2 records are kept' }).waitFor();
    expect(await recordOf(first)).toMatchObject({ drug: 'erlotinib', tkiStart: '20240112' });
    expect((await recordOf({ ...first, PatientID: 'PHANTOM-2000' }))?.drug).toBe('osimertinib');
    expect(errors).toEqual([]);
  });

  it('have two identities become one, after a warning', async () => {
    const { page, errors, axe, fits } = await chromium.open(site, 'operator', { colorScheme: 'dark' });
    await page.goto('/patients/merge');
    expect([await axe(), await fits()]).toEqual([[], true]);
    await page.getByLabel('Old Patient ID').fill('PHANTOM BERTA');
    await page.getByLabel('New Patient ID').fill('PHANTOM-B-2');
    await page.getByRole('button', { name: 'Show what would change' }).first().click();
    await page.waitForLoadState();
    expect(await page.locator('main').textContent()).toContain('nothing is here yet under the new identity');
    await page.getByRole('link', { name: 'Start again with another table' }).click();
    await page.getByLabel('Old Patient ID').fill('PHANTOM BERTA');
    await page.getByLabel('New Patient ID').fill('PHANTOM-B-2');
    await page.getByLabel('Issuer of the new one').fill('EARSHOT-DEMO');
    await page.getByRole('button', { name: 'Show what would change' }).first().click();
    await page.waitForLoadState();
    expect(await page.locator('main').textContent()).not.toContain('nothing is here yet');
    expect(await page.locator('main').textContent()).toContain('1 study and 0 records move');
    expect(await page.locator('#confirm ~ p').textContent()).toContain('cannot be undone');
    expect((await study(old.StudyInstanceUID)).PatientID).toBe('PHANTOM BERTA');
    expect([await axe(), await fits(), errors]).toEqual([[], true, []]);
    await page.getByLabel('Reason or ticket').fill('merged in the PACS');
    await page.getByRole('button', { name: 'Merge the identities' }).click();
    await page.getByRole('status').filter({ hasText: 'The identities are merged' }).waitFor();
    expect((await study(old.StudyInstanceUID)).PatientID).toBe('PHANTOM-B-2');
    await page.getByLabel('Part of a Patient ID').fill('b-2');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('It has taken the place of').waitFor();
    await page.getByRole('link', { name: 'PHANTOM BERTA' }).click();
    await page.getByText('This identity was merged into').waitFor();
    expect(await page.getByRole('button', { name: 'Save the record' }).count()).toBe(0);
  });

  it('have a birth date corrected, study by study', async () => {
    const { page, errors, axe } = await chromium.open(site, 'operator', { viewport: TABLET });
    await page.goto(`/patients/correct?study=${now.StudyInstanceUID}`);
    expect(await axe()).toEqual([]);
    await page.getByLabel('Right birth date').fill('1950-01-02');
    await page.getByRole('button', { name: 'Show what would change' }).first().click();
    await page.waitForLoadState();
    expect(await page.locator('main').textContent()).toContain('its objects agree');
    expect(await axe()).toEqual([]);
    await page.getByLabel('Reason or ticket').fill('letter');
    await page.getByRole('button', { name: 'Correct the studies' }).click();
    await page.getByRole('status').filter({ hasText: '1 study is corrected' }).waitFor();
    expect((await study(now.StudyInstanceUID)).PatientBirthDate).toBe('19500102');
    expect(errors).toEqual([]);
  });

  it('have one record typed in, whatever its name holds', async () => {
    const { page, errors, axe, fits } = await chromium.open(site, 'operator');
    await page.goto('/patients/new');
    expect([await axe(), await fits()]).toEqual([[], true]);
    await page.getByLabel('Patient ID', { exact: true }).fill('"><img src=x onerror=alert(1)>');
    await page.getByLabel('TKI start').fill('2024-05-06');
    await page.getByLabel('Drug').fill('gefitinib');
    await page.getByLabel('Generation').selectOption('third');
    await page.getByLabel('Reason or ticket').fill('new patient');
    await page.getByRole('button', { name: 'Keep the record' }).click();
    await page.waitForLoadState();
    expect(await page.getByRole('alert').textContent()).toContain('contradicts the drug');
    expect(await page.getByLabel('TKI start').inputValue()).toBe('2024-05-06');
    await page.getByLabel('Generation').selectOption('first');
    await page.getByLabel('Reason or ticket').fill('new patient');
    await page.getByRole('button', { name: 'Keep the record' }).click();
    await page.getByRole('status').filter({ hasText: 'The record is kept' }).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    expect(errors).toEqual([]);
    expect(
      await recordOf({ PatientID: '"><img src=x onerror=alert(1)>', IssuerOfPatientID: '' }),
    ).toMatchObject({
      tkiStart: '20240506',
      generation: 'first',
    });
  });
});

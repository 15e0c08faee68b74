import { afterAll, beforeAll, expect, test } from 'vitest';
import { phantomUids } from '../../src/demo/phantom-headers.ts';
import { type Chromium, type Screen, startChromium, TABLET } from '../support/browser.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

const HOSTILE = '<script>alert(1)</script>';
const HOLDS = 'hold: { anyOf: [rejected] }';
const WARNS = 'warn: { anyOf: [rejected] }';

let running: RunningService;
let site: Site;
let chromium: Chromium;
const delivered = phantomCase('rules-delivered');
const held = phantomCase('rules-held');
/** A follow-up whose contours were rejected, and in which more is listed than is drawn. */
const doubtful = held.objects('followUp', {
  maskKind: 'RTSTRUCT',
  mask: {
    ApprovalStatus: 'REJECTED',
    StructureSetROISequence: regionsNamed([held.patient.lesionName, HOSTILE, 'PTV']),
  },
});

function regionsNamed(names: readonly string[]) {
  const { FrameOfReferenceUID } = phantomUids(held.patient, held.patient.followUp);
  return names.map((ROIName, at) => ({
    ROINumber: `${at + 1}`,
    ReferencedFrameOfReferenceUID: FrameOfReferenceUID,
    ROIName,
    ROIGenerationAlgorithm: 'MANUAL',
  }));
}

beforeAll(async () => {
  running = await startService();
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
  chromium = await startChromium();
  await running.send([...delivered.baseline.all, ...delivered.followUp.all]);
  await running.send([...held.baseline.all, ...doubtful.all]);
  await running.inState(delivered.followUp.StudyInstanceUID, 'delivered');
  await running.inState(doubtful.StudyInstanceUID, 'held');
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
});

const inUse = () => running.service.world.rules.eligibility.sha256;
const textOf = ({ page }: Screen) => page.getByLabel(/^Text of/);
const check = ({ page }: Screen) => page.locator('#check');
const main = ({ page }: Screen) => page.locator('main').textContent();

/** Puts a text in the place of another in the field, as typing does. */
async function type(screen: Screen, from: string, to: string): Promise<string> {
  const before = await textOf(screen).inputValue();
  expect(before).toContain(from);
  const after = before.replace(from, to);
  await textOf(screen).fill(after);
  return after;
}

test('a viewer reads every rule as a sentence, and changes and tries nothing', async () => {
  const screen = await chromium.open(site, 'viewer');
  const { page } = screen;
  await page.goto('/rules');
  await page.getByText('40 rules in sentences').click();
  expect(await main(screen)).toMatch(/QC-04\s*slice thickness at each time point: holds when above 5 mm/);
  expect(await page.getByRole('link', { name: /Edit|dry run/ }).count()).toBe(0);
  await page.getByRole('link', { name: 'Read eligibility.yaml' }).click();
  await page.waitForLoadState();
  expect(await page.locator('pre').textContent()).toContain('# What holds a case for a person');
  expect(await page.locator('main form, main textarea').count()).toBe(0);
  expect((await site.call('/rules/dry-run', { as: 'viewer' })).status).toBe(403);
  const form = { text: 'rules: []', basedOn: inUse(), reason: 'no business of mine' };
  expect((await site.call('/rules/eligibility', { as: 'viewer', form })).status).toBe(403);
  expect(screen.errors).toEqual([]);
});

test('a mistake is told with line and column while it is typed, and leads to its place', async () => {
  const screen = await chromium.open(site, 'administrator');
  const { page } = screen;
  await page.goto('/rules/eligibility');
  const text = await type(screen, 'hold: { above: 5 }', 'hold: { abowe: 5 }');
  const line = text.slice(0, text.indexOf('abowe')).split('\n').length;
  const place = page.getByRole('link', { name: `line ${line}, column 13` });
  await place.waitFor();
  expect(await check(screen).textContent()).toContain('abowe');
  await place.focus();
  await page.keyboard.press('Enter');
  await screen.shoot('admin-rules-edit');
  await page.keyboard.type('above: 5 }');
  expect(await textOf(screen).inputValue()).toBe(text.replace('abowe', 'above'));
  await check(screen)
    .getByText(/valid, \d+ examples passing/)
    .waitFor();
  await textOf(screen).fill(`rules: [${HOSTILE}]`);
  await check(screen).getByText('not valid').waitFor();
  expect(await page.locator('main script').count()).toBe(0);
  expect(screen.errors).toEqual([]);
});

test('a rule whose example fails is not saved, and what was typed stays', async () => {
  const screen = await chromium.open(site, 'administrator');
  const { page } = screen;
  await page.goto('/rules/eligibility');
  const before = inUse();
  const typed = await type(screen, 'hold: { above: 5 }', 'hold: { above: 6 }');
  await check(screen)
    .getByText(/1 of \d+ examples failing/)
    .waitFor();
  await page.getByLabel('Reason or ticket').fill('ticket 12');
  await page.getByRole('button', { name: 'Save and use' }).click();
  await page.waitForLoadState();
  expect(await page.getByRole('alert').textContent()).toMatch(/RULES_INVALID.*QC-04 example 2/);
  expect(await textOf(screen).inputValue()).toBe(typed);
  expect(await page.getByLabel('Reason or ticket').inputValue()).toBe('ticket 12');
  expect(inUse()).toBe(before);
});

test('a text that another person changed meanwhile is not lost, and takes its place only on purpose', async () => {
  const [slow, quick] = [
    await chromium.open(site, 'administrator'),
    await chromium.open(site, 'administrator'),
  ];
  for (const screen of [slow, quick]) {
    await screen.page.goto('/rules/eligibility');
    await screen.page.getByLabel('Reason or ticket').fill('ticket 13');
  }
  await type(quick, '# What holds', '# Quick: what holds');
  await quick.page.getByRole('button', { name: 'Save and use' }).click();
  await quick.page.getByText('The rules are saved and in use.').waitFor();
  const saved = inUse();
  await type(slow, '# What holds', '# Slow: what holds');
  await slow.page.getByRole('button', { name: 'Save and use' }).click();
  await slow.page.waitForLoadState();
  expect(await slow.page.getByRole('alert').textContent()).toContain('CHANGE_CONFLICT');
  expect(await textOf(slow).inputValue()).toContain('# Slow: what holds');
  expect(inUse()).toBe(saved);
  await slow.page.getByLabel('I have looked at it').check();
  await slow.page.getByRole('button', { name: 'Save and use' }).click();
  await slow.page.getByText('The rules are saved and in use.').waitFor();
  expect(inUse()).not.toBe(saved);
});

test('a dry run of a case that was delivered finds nothing to change', async () => {
  const screen = await chromium.open(site, 'operator');
  const { page } = screen;
  await page.goto('/rules/dry-run');
  await page.getByLabel('StudyInstanceUID').fill(delivered.followUp.StudyInstanceUID);
  await page.keyboard.press('Enter');
  await page.getByText('Nothing would change: “delivered”.').waitFor();
  const text = await main(screen);
  expect(text).toContain('earliest-with-mask');
  expect(text).toContain('nothing was sent or changed');
  expect(text).toMatch(/\d+ of 40 rules pass/);
  expect(await page.getByRole('link', { name: 'Back to the text' }).count()).toBe(0);
});

test('a typed rule is tried on a held case, brought back, saved by keyboard, and used from then on', async () => {
  const screen = await chromium.open(site, 'administrator');
  const { page } = screen;
  await page.goto(`/rules/dry-run?study=${doubtful.StudyInstanceUID}`);
  expect(await main(screen)).toContain('Nothing would change: “held for a person”.');
  await page.goto('/rules/eligibility');
  const text = (await textOf(screen).inputValue())
    .replace(HOLDS, WARNS)
    .replace('value: rejected, expect: hold', 'value: rejected, expect: warn');
  await textOf(screen).fill(text);
  await page.getByRole('button', { name: 'Try on a study' }).click();
  await page.getByLabel('StudyInstanceUID').fill(doubtful.StudyInstanceUID);
  await page.getByRole('button', { name: 'Try on this study' }).click();
  await page.getByText('The case would go from “held for a person” to “ready”.').waitFor();
  const said = await main(screen);
  expect(said).toContain(HOSTILE);
  expect(said).toContain('Nothing is drawn in this region.');
  expect(said).toMatch(/warn when rejected: baseline not matched, follow-up matched/);
  expect(await page.locator('main script').count()).toBe(0);
  await screen.shoot('admin-dry-run');
  await page.getByRole('button', { name: 'Back to the text' }).click();
  await page.waitForLoadState();
  expect(await textOf(screen).inputValue()).toBe(text);
  const before = inUse();
  await page.getByLabel('Reason or ticket').focus();
  await page.keyboard.type('contours are approved elsewhere');
  await page.keyboard.press('Enter');
  await page.getByText('The rules are saved and in use.').waitFor();
  expect(inUse()).not.toBe(before);
  await running.inState(doubtful.StudyInstanceUID, 'delivered');
  expect(screen.errors).toEqual([]);
});

test('files that are dropped, hostile ones too, are told what they are', async () => {
  const files: [Uint8Array | undefined, RegExp][] = [
    [doubtful.ct[0], /CT Image Storage: an image.*kept.*does not rule the series out/s],
    [doubtful.mask, /RT Structure Set Storage: a mask.*kept.*Nothing is drawn/s],
    [Buffer.from(HOSTILE.repeat(200)), /refused.*DICOM_UNPARSABLE/s],
    [doubtful.ct[0]?.subarray(0, 3000), /refused.*DICOM_TRUNCATED/s],
    [doubtful.mask.subarray(0, 1500), /DICOM_TRUNCATED/],
    [hugeHeader(), /refused.*DICOM_/s],
  ];
  const screen = await chromium.open(site, 'operator');
  const { page } = screen;
  for (const [bytes, said] of files) {
    await page.goto('/rules/dry-run');
    const file = { name: `${HOSTILE}.dcm`, mimeType: 'application/dicom', buffer: Buffer.from(bytes ?? []) };
    await page.getByLabel('File', { exact: true }).setInputFiles(file);
    await page.getByRole('button', { name: 'Try on this file' }).click();
    await page.getByText('This was a dry run').waitFor();
    expect(await main(screen)).toMatch(said);
    expect(await page.locator('main script').count()).toBe(0);
  }
  expect(await screen.axe()).toEqual([]);
  expect(screen.errors).toEqual([]);
});

/** A slice whose header goes on for 2 MB of an element that says it has 4 GB. */
function hugeHeader(): Uint8Array {
  const slice = Buffer.from(doubtful.ct[0] ?? []);
  const element = Buffer.alloc(2 * 2 ** 20, 0x41);
  element.write('\x08\x00\x18\x00UN\x00\x00\xf0\xff\xff\xff', 'latin1');
  return Buffer.concat([slice.subarray(0, 600), element]);
}

test('what cannot be tried is told, and nothing is lost', async () => {
  const screen = await chromium.open(site, 'operator');
  await screen.page.goto('/rules/dry-run?study=2.25.404');
  expect(await screen.page.getByRole('alert').textContent()).toContain('INPUT_NOT_FOUND');
  await screen.page.goto(`/rules/dry-run?study=${encodeURIComponent(HOSTILE)}`);
  expect(await screen.page.getByRole('alert').textContent()).toContain('INPUT_INVALID');
  expect(await screen.page.getByLabel('StudyInstanceUID').inputValue()).toBe(HOSTILE);
});

test('without a script a text is checked by a button, and what is too long is told', async () => {
  const post = async (text: string) => {
    const form = { which: 'roi', text, basedOn: '', reason: '' };
    return (await site.call('/rules/roi/check', { as: 'administrator', form })).text();
  };
  expect(await post('version: 1\r\nfoo: 2\r\n')).toMatch(/line <!-- -->2|line 2/);
  expect(await post(`\nversion: 1 # ${HOSTILE}`)).toContain('\n\nversion: 1 # &lt;script&gt;');
  const long = await post('#'.repeat(300 * 1024));
  expect(long).toContain('at most 256 KiB');
  expect(long.length).toBeGreaterThan(300 * 1024);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing, and everything fits, in ${colorScheme}`, async () => {
    for (const viewport of [undefined, TABLET]) {
      const look = { colorScheme, ...(viewport ? { viewport } : {}) };
      const screen = await chromium.open(site, 'administrator', look);
      const study = doubtful.StudyInstanceUID;
      for (const place of ['/rules', '/rules/eligibility', `/rules/dry-run?study=${study}`]) {
        await screen.page.goto(place);
        expect([place, await screen.axe()]).toEqual([place, []]);
        expect([place, await screen.fits()]).toEqual([place, true]);
        if (place === '/rules' && !viewport && colorScheme === 'light') await screen.shoot('admin-rules');
      }
      expect(screen.errors).toEqual([]);
    }
  });
}

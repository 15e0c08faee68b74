import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluationReport } from '../../src/lab/report/evaluation-report.tsx';
import { fitReport } from '../../src/lab/report/fit-report.tsx';
import { type Chromium, type Screen, startChromium } from '../support/browser.ts';
import { seededInputs } from '../support/lab-report-seeded.ts';

const NAMES = ['evaluation', 'fit'] as const;
const PHONE = { width: 390, height: 800 };
/** Nobody logs in to a file. */
const NOWHERE = { url: 'http://127.0.0.1', cookie: () => '' };

let chromium: Chromium;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-report-'));
  const { model, record, evaluation } = seededInputs();
  await writeFile(join(folder, 'evaluation.html'), evaluationReport(evaluation, model).html);
  await writeFile(join(folder, 'fit.html'), fitReport(model, record).html);
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function opened(name: string, look: Parameters<Chromium['open']>[2]): Promise<Screen> {
  const screen = await chromium.open(NOWHERE, undefined, look);
  await screen.page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
  return screen;
}

test.each(NAMES)('the report of %s is accessible by day and by night', async (name) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { axe, errors, shoot } = await opened(name, { colorScheme });
    expect(await axe()).toEqual([]);
    expect(errors).toEqual([]);
    await shoot(`lab-${name}${colorScheme === 'dark' ? '-dark' : ''}`, 'window');
  }
});

test.each(NAMES)('the report of %s fits a phone and a desk', async (name) => {
  for (const viewport of [{ width: 1280, height: 900 }, PHONE]) {
    const { fits } = await opened(name, { viewport });
    expect(await fits()).toBe(true);
  }
});

const SHOWN = [
  ['evaluation', 'ranking'],
  ['evaluation', 'time'],
  ['evaluation', 'calibration'],
  ['fit', 'search'],
] as const;

test.each(SHOWN)('the report of %s has no word of a picture outside of it: %s', async (name, id) => {
  const { page, shoot } = await opened(name, {});
  await page.evaluate(`document.getElementById('${id}').scrollIntoView()`);
  await shoot(`lab-${name}-${id}`, 'window');
  const outside = await page.evaluate(`[...document.querySelectorAll('svg.figure')].flatMap((svg) => {
    const frame = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')].filter((text) => {
      const box = text.getBoundingClientRect();
      return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
    }).map((text) => text.textContent);
  })`);
  expect(outside).toEqual([]);
});

test('printed by a reader who prefers the dark, the page is white', async () => {
  const { page } = await opened('evaluation', { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print' });
  expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
});

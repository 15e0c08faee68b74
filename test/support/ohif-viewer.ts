import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startOhifServer } from './ohif-server.ts';
import { until } from './until.ts';

const CHROMIUM = '/usr/bin/chromium';
/** WebGL by software; nothing is asked of the world outside. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A series as the study list of the viewer names it. */
type WantedSeries = Readonly<{ StudyInstanceUID: string; SeriesDescription: string }>;

/** RGBA, row by row, as they are on the screen. */
type ScreenPixels = Readonly<{ columns: number; rows: number; rgba: Uint8Array }>;

/** What a person sees after opening a study and a series in it. */
export type Shown = AsyncDisposable &
  Readonly<{
    /** Waits until the page says `text`, then gives all that it says. */
    textWith(text: string): Promise<string>;
    /** Waits until the image in the viewport is the wanted one. */
    imageWith(isWanted: (pixels: ScreenPixels) => boolean): Promise<ScreenPixels>;
    /** shapes of `selector` drawn over the image, as soon as there is one: the `points` or the text of each */
    drawn(selector: string): Promise<readonly string[]>;
    /** PNG of the page */
    picture(): Promise<Buffer>;
    /** exceptions and errors of the page so far */
    errors: readonly string[];
  }>;

export type OhifViewer = AsyncDisposable &
  Readonly<{
    /** Opens the study and then, as a person does, the series with a double click. */
    openStudyAndShow(series: WantedSeries): Promise<Shown>;
  }>;

/** OHIF in a real browser without a window, over the DICOMweb services of an archive on loopback. */
export async function startOhifViewer(folder: string, archivePort: number): Promise<OhifViewer> {
  const server = await startOhifServer(folder, archivePort);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  return {
    openStudyAndShow: (series) => openStudyAndShow(browser, server.url, series),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function openStudyAndShow(
  browser: Browser,
  url: string,
  { StudyInstanceUID, SeriesDescription }: WantedSeries,
): Promise<Shown> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (said) => {
    if (said.type() === 'error') errors.push(said.text());
  });
  await page.goto(`${url}/viewer?StudyInstanceUIDs=${StudyInstanceUID}`);
  await page.locator('canvas').first().waitFor({ timeout: 60_000 });
  // The tour of a first visit lies over everything.
  const tour = page.getByText('Skip all');
  await tour.click({ timeout: 5_000 }).catch(() => undefined);
  await page.getByText(SeriesDescription).first().dblclick({ timeout: 20_000 });
  return {
    textWith: async (text) => {
      await page.getByText(text).first().waitFor({ timeout: 20_000 });
      // biome-ignore lint/performance/useDomNodeTextContent: only what is visible counts
      return page.locator('body').innerText();
    },
    imageWith: (isWanted) => imageOf(page, isWanted),
    drawn: (selector) => drawnOver(page, selector),
    picture: () => page.screenshot(),
    errors,
    [Symbol.asyncDispose]: () => page.close(),
  };
}

/** Cornerstone copies what WebGL has drawn to a canvas that can be read. */
async function imageOf(page: Page, isWanted: (pixels: ScreenPixels) => boolean): Promise<ScreenPixels> {
  const canvas = page.locator('canvas.cornerstone-canvas').first();
  return until('an image in the viewport', async () => {
    const read = (await canvas.evaluate((shown) => {
      const { width, height } = shown;
      const { data } = shown.getContext('2d').getImageData(0, 0, width, height);
      let bytes = '';
      for (let at = 0; at < data.length; at += 0x8000)
        bytes += String.fromCharCode(...data.subarray(at, at + 0x8000));
      return { columns: width, rows: height, base64: btoa(bytes) };
    })) as { columns: number; rows: number; base64: string };
    const pixels = { ...read, rgba: Buffer.from(read.base64, 'base64') };
    return isWanted(pixels) ? pixels : undefined;
  });
}

/** OHIF draws annotations at once or, now and then, only when the slice changes: then one forth and back. */
async function drawnOver(page: Page, selector: string): Promise<readonly string[]> {
  const shapes = page.locator(`svg.svg-layer ${selector}`);
  await page.locator('canvas.cornerstone-canvas').first().hover();
  return until(`${selector} over the image`, async () => {
    const found = await shapes.evaluateAll((all) =>
      all.map((shape) => String(shape.getAttribute('points') ?? shape.textContent)),
    );
    if (found.length > 0) return found;
    for (const change of [100, -100]) {
      await page.mouse.wheel(0, change);
      await pause(500);
    }
    return undefined;
  });
}

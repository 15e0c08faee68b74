import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderView } from '../../src/sr/view.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { ohifApp } from '../support/ohif-app.ts';
import { type OhifViewer, type Shown, startOhifViewer } from '../support/ohif-viewer.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';
import { type ScoredPhantom, scoredPhantom, segmentationOf, viewOf } from '../support/scored-phantom.ts';

const REPORT_UID = '2.25.77';

const notInstalled = whyNotInstalled('Orthanc', 'chromium');
const app = notInstalled ? { missing: notInstalled } : await ohifApp();
const VIEW = 'Earshot EAR lesion view (research)';
const REPORT = 'Earshot EAR delta-radiomics (research)';

const twoDecimals = (value: number): string => value.toFixed(2);

/** Pictures of the documentation, drawn anew on request. */
async function keepPicture(name: string, shown: Shown): Promise<void> {
  if (process.env['UPDATE'])
    writeFileSync(new URL(`../../docs/img/${name}.png`, import.meta.url), await shown.picture());
}

describe.skipIf(app.missing)(`OHIF in a browser over Orthanc${app.missing ? ` ${app.missing}` : ''}`, () => {
  let orthanc: Orthanc;
  let viewer: OhifViewer;
  let phantom: ScoredPhantom;
  const store = async (...files: readonly Uint8Array[]): Promise<void> => {
    for (const file of files) {
      const body = new Uint8Array(file);
      const { ok } = await fetch(`http://127.0.0.1:${orthanc.httpPort}/instances`, { method: 'POST', body });
      expect(ok).toBe(true);
    }
  };
  const show = (SeriesDescription: string, { StudyInstanceUID } = phantom.followUp): Promise<Shown> =>
    viewer.openStudyAndShow({ StudyInstanceUID, SeriesDescription });

  beforeAll(async () => {
    phantom = await scoredPhantom(0);
    orthanc = await startOrthanc();
    viewer = await startOhifViewer(app.folder ?? '', orthanc.httpPort);
    for (const { ct, mask } of [phantom.baseline, phantom.followUp]) await store(...ct, mask);
    const view = viewOf(phantom);
    await store(
      phantom.report,
      renderView(view, 'baseline', REPORT_UID).bytes,
      renderView(view, 'followUp', REPORT_UID).bytes,
    );
  }, 90_000);
  afterAll(async () => {
    await viewer?.[Symbol.asyncDispose]();
    await orthanc?.[Symbol.asyncDispose]();
  });

  it('shows the whole report as text, the summary with the probability first', async () => {
    const { probability } = phantom.result.score;
    await using shown = await show(REPORT);
    const said = await shown.textWith('Summary:');
    expect(said).toContain('RESEARCH USE ONLY. Not for primary diagnosis.');
    expect(said).toContain(
      `resistance (EAR) to EGFR-TKI ${twoDecimals((probability ?? Number.NaN) * 100)} %`,
    );
    expect(said).toContain('Delta LoG GLCM difference variance:');
    expect(said).toContain('Qualitative Evaluations');
    expect(shown.errors).toEqual([]);
    await keepPicture('ohif-report', shown);
  });

  it('draws the outline of the view on the follow-up, with the result beside it', async () => {
    const { delta, probability } = phantom.result.score;
    await using shown = await show(VIEW);
    const [outline = ''] = await shown.drawn('polyline');
    expect(outline.split(/[ ,]+/).length).toBeGreaterThan(50);
    const [numbers = ''] = await shown.drawn('text');
    expect(numbers).toContain(`resistance to EGFR-TKI: ${twoDecimals((probability ?? Number.NaN) * 100)} %`);
    expect(numbers).toContain(`Delta LoG GLCM difference variance: ${twoDecimals(delta ?? Number.NaN)}`);
    expect(numbers).toContain('Diameter: ');
    expect(shown.errors).toEqual([]);
    await keepPicture('ohif-view', shown);
  });

  it('draws the outline of the view on the baseline, in its own study', async () => {
    await using shown = await show(VIEW, phantom.baseline);
    const [numbers = ''] = await shown.drawn('text');
    expect(numbers).toContain(`Volume: ${twoDecimals(phantom.result.baseline.roi.volumeMm3)} mm3`);
    expect(await shown.drawn('polyline')).toHaveLength(1);
    expect(shown.errors).toEqual([]);
  });

  it('lays the segmentation of the measured regions over its image', async () => {
    await store(segmentationOf(phantom));
    await using shown = await show('Earshot regions as measured (research)');
    await shown.imageWith(({ rgba }) =>
      rgba.some((red, i) => i % 4 === 0 && red > 50 + (rgba[i + 1] ?? 0) && red > 50 + (rgba[i + 2] ?? 0)),
    );
    expect(shown.errors).toEqual([]);
    await keepPicture('ohif-segmentation', shown);
  });

  it('shows the picture page in its own series, with the colours of the filtered lesion', async () => {
    await store(phantom.picture);
    await using shown = await show('Earshot EAR delta-radiomics page (research)');
    const image = await shown.imageWith(
      ({ rgba }) => has(rgba, LOWEST_OF_THE_SCALE) && has(rgba, HIGHEST_OF_THE_SCALE),
    );
    expect(image.columns).toBeGreaterThan(500);
    expect(shown.errors).toEqual([]);
    await keepPicture('ohif-picture', shown);
  });
});

/** Ends of the colour scale, which stands on every page. */
const LOWEST_OF_THE_SCALE = [68, 1, 84] as const;
const HIGHEST_OF_THE_SCALE = [253, 231, 37] as const;
const NEAR = 24;

/** A pixel of about that colour: the page is scaled to the viewport. */
const has = (rgba: Uint8Array, colour: readonly [number, number, number]): boolean =>
  rgba.some((_, i) => i % 4 === 0 && colour.every((part, k) => Math.abs((rgba[i + k] ?? 0) - part) <= NEAR));

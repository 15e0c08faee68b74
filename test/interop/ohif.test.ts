import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { derivedUid } from '../../src/dicom/uid.ts';
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

  it('shows a colour picture in a series of its own', async () => {
    await store(secondaryCapture(phantom.report));
    await using shown = await show('A page of two colours');
    const image = await shown.imageWith(({ rgba }) => has(rgba, [255, 64, 0]) && has(rgba, [0, 64, 255]));
    expect(image.columns).toBeGreaterThan(500);
    expect(shown.errors).toEqual([]);
  });
});

const has = (rgba: Uint8Array, [r, g, b]: readonly [number, number, number]): boolean =>
  rgba.some((red, i) => i % 4 === 0 && red === r && rgba[i + 1] === g && rgba[i + 2] === b);

/** RGB, left half one colour, right half another; in the study of the report. */
function secondaryCapture(report: Uint8Array): Uint8Array {
  const { PatientName, PatientID, PatientBirthDate, PatientSex, StudyInstanceUID, StudyDate, StudyTime } =
    readPart10(report);
  const [Columns, Rows] = [64, 48];
  const pixels = new Uint8Array(3 * Columns * Rows);
  for (let i = 0; i < Columns * Rows; i++)
    pixels.set(i % Columns < Columns / 2 ? [255, 64, 0] : [0, 64, 255], 3 * i);
  return writePart10({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.7',
    SOPInstanceUID: derivedUid('test picture'),
    SeriesInstanceUID: derivedUid('test picture series'),
    ...{ PatientName, PatientID, PatientBirthDate, PatientSex, StudyInstanceUID, StudyDate, StudyTime },
    Modality: 'OT',
    SeriesNumber: '9102',
    SeriesDescription: 'A page of two colours',
    ConversionType: 'WSD',
    InstanceNumber: '1',
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    Rows,
    Columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    PixelData: pixels.buffer,
    _vrMap: { PixelData: 'OB' },
  });
}

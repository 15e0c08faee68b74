import { expect, test } from 'vitest';
import { phantomPatient } from '../../../src/demo/phantom.ts';
import { ctDatasets } from '../../../src/demo/phantom-ct.ts';
import { writePart10 } from '../../../src/dicom/part10.ts';
import { fastestKernels } from '../../../src/kernels/fastest.ts';
import { keyView, largestSlice } from '../../../src/picture/view.ts';
import { windowed } from '../../../src/picture/window.ts';
import { laplacianOfGaussian } from '../../../src/radiomics/log-filter.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';
import { prepare } from '../../../src/radiomics/region.ts';
import { volumeFromInstances } from '../../../src/volume/from-instances.ts';
import type { Mask } from '../../../src/volume/volume.ts';

const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';
const patient = phantomPatient(20_230, 0);
const files = ctDatasets(patient, patient.baseline).map(writePart10);
const ct = volumeFromInstances(files.length, (index) => files[index]!);
const { mask } = patient.baseline;
const shown = keyView(ct, mask, EAR_2023, FEATURE);

const maskOf = (slices: readonly (readonly number[])[]): Mask => ({
  size: [slices[0]!.length, 1, slices.length],
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  voxels: Uint8Array.from(slices.flat()),
});

test('the lung window runs from -1250 to 250 HU: below is black, above is white, its level is mid-grey', () => {
  expect([...windowed([-2000, -1250, -500, 249, 250, 3000])]).toEqual([0, 0, 128, 255, 255, 255]);
  expect([...windowed([Number.NaN])]).toEqual([0]);
});

test('the window is the function of PS3.3 C.11.2.1.2.1, rounded', () => {
  const hu = Array.from({ length: 1600 }, (_, index) => index - 1300);
  const asInStandard = (x: number): number => {
    if (x <= -500 - 0.5 - 1499 / 2) return 0;
    if (x > -500 - 0.5 + 1499 / 2) return 255;
    return ((x + 500.5) / 1499 + 0.5) * 255;
  };
  for (const [index, grey] of windowed(hu).entries())
    expect(Math.abs(grey - asInStandard(hu[index]!))).toBeLessThanOrEqual(0.5 + 1e-9);
});

test('the key slice has the largest area of the lesion; of equal ones it is the middle one', () => {
  expect(
    largestSlice(
      maskOf([
        [0, 0, 0],
        [1, 0, 0],
        [1, 1, 0],
        [0, 0, 0],
      ]),
    ),
  ).toBe(2);
  expect(
    largestSlice(
      maskOf([
        [1, 1],
        [1, 1],
        [1, 1],
      ]),
    ),
  ).toBe(1);
  expect(
    largestSlice(
      maskOf([
        [1, 1],
        [1, 1],
      ]),
    ),
  ).toBe(0);
  expect(largestSlice(maskOf([[0, 1]]))).toBe(0);
});

test('the view names the image that its slice is in, and where right and front of the patient are', () => {
  const z = largestSlice(mask);
  expect(shown.SOPInstanceUID).toBe(ct.instances[z]!.SOPInstanceUID);
  expect(shown.FrameNumber).toBeUndefined();
  expect(shown.PatientOrientation).toEqual(['L', 'P']);
  const [columns, rows] = ct.volume.size;
  expect(shown.image).toMatchObject({ columns, rows });
  expect(shown.image.pixels).toHaveLength(columns * rows);
  expect(shown.contours.length).toBeGreaterThan(0);
});

test('inside the lesion the filtered plane holds the values that were measured, around it 15 mm of surroundings', () => {
  const { region } = prepare(ct.volume, mask, EAR_2023, fastestKernels());
  const z = largestSlice(mask);
  const zOfCrop = Math.round(
    (ct.volume.origin[2] + z * ct.volume.spacing[2] - region.volume.origin[2]) / ct.volume.spacing[2],
  );
  const [nx, ny] = region.volume.size;
  const filtered = laplacianOfGaussian(region.volume, 3, { start: [0, 0, zOfCrop], size: [nx, ny, 1] });
  const inside = filtered.filter((_, index) => region.mask.voxels[zOfCrop * nx * ny + index] === 1);
  const { values, columns, rows, pixelSpacingMm, contours } = shown.filtered!;
  expect(pixelSpacingMm).toEqual([0.702, 0.702]);
  expect(values).toHaveLength(columns * rows);
  const wanted = [...inside];
  const found = new Set(values);
  expect(wanted.filter((value) => !found.has(value))).toEqual([]);
  const xs = contours.flat().map(([x]) => x);
  expect(Math.min(...xs) * 0.702).toBeGreaterThan(14);
  // There the image ends sooner.
  expect((columns - Math.max(...xs)) * 0.702).toBeGreaterThan(11);
});

test('a feature of the image itself, or a region too small to filter, has no filtered plane', () => {
  expect(keyView(ct, mask, EAR_2023, 'original_glcm_DifferenceVariance').filtered).toBeUndefined();
});

/** What a series may look like (SR.md 5): each form gives the right volume, or the finding that says what is wrong. */
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/dicom/part10.ts';
import { evaluateEligibility } from '../../../src/eligibility/evaluate.ts';
import { factsOf } from '../../../src/eligibility/facts.ts';
import { describeMask } from '../../../src/masks/describe.ts';
import { maskOnVolume } from '../../../src/masks/mask-on-volume.ts';
import { compareIdentity } from '../../../src/matching/identity.ts';
import { measure } from '../../../src/radiomics/measure.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { type CtVolume, volumeFromInstances } from '../../../src/volume/from-instances.ts';
import { indexToPatient } from '../../../src/volume/geometry.ts';
import { COLUMNS, ctFile, ctVolume, ROWS, segFile } from '../../support/mask-fixtures.ts';

const PIXELS = ROWS * COLUMNS;
const series = (slices: readonly number[], changes: (slice: number) => Dataset = () => ({})) =>
  slices.map((slice) => ctFile(slice, changes(slice)));
const volumeOf = (files: readonly Uint8Array[]): CtVolume =>
  volumeFromInstances(files.length, (i) => files[i]!);
const cube = segFile([1, 2].map((slice) => ({ segment: 1, slice, bits: Array(PIXELS).fill(1) })));
const rules = loadRules(defaultConfig()).eligibility.value;

/** Rules that hold or warn for the image of this series, that do not for the plain one. */
function findings(files: readonly Uint8Array[], mask = cube): string[] {
  const of = (images: readonly Uint8Array[], drawn: Uint8Array): string[] => {
    const measurement = measure(
      {
        images: images.map((_, i) => String(i)),
        mask: { file: 'mask', region: 1 },
        features: ['original_firstorder_Mean'],
        settings: EAR_2023,
      },
      (path) => (path === 'mask' ? drawn : images[Number(path)]!),
    );
    const point = { measurement, mask: describeMask(drawn) };
    const identity = compareIdentity({}, {}, []);
    const facts = factsOf({ baseline: point, followUp: point, identity, patient: undefined });
    return evaluateEligibility(rules, facts)
      .filter(({ outcome }) => outcome !== 'pass')
      .map(({ id, outcome }) => `${id} ${outcome}`);
  };
  const plain = of(series([0, 1, 2, 3, 4, 5]), cube);
  return of(files, mask).filter((each) => !plain.includes(each));
}
const all = [0, 1, 2, 3, 4, 5];

describe('pixels of every width and sign', () => {
  it.each([
    [12, 0],
    [12, 1],
    [14, 0],
    [14, 1],
    [15, 1],
    [16, 0],
    [16, 1],
  ])('%i bits stored, PixelRepresentation %i: the ends of the range are met', (bits, PixelRepresentation) => {
    const [least, most] =
      PixelRepresentation === 1 ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
    const pixels = new Uint16Array(PIXELS);
    // What lies above the stored bits belongs to nobody.
    pixels.set([least, most].map((value) => (value & (2 ** bits - 1)) | (bits < 16 ? 0x8000 : 0)));
    const file = ctFile(0, {
      BitsStored: bits,
      HighBit: bits - 1,
      PixelRepresentation,
      RescaleIntercept: PixelRepresentation === 1 ? '0' : '-32768',
      PixelData: pixels.buffer,
    });
    const shift = PixelRepresentation === 1 ? 0 : -32768;
    expect([...volumeOf([file]).volume.voxels.slice(0, 2)]).toEqual([least + shift, most + shift]);
  });

  it('padding outside of the lesion is left as it is; inside it holds the case', () => {
    const padded = (at: number) =>
      series(all, (slice) => {
        const stored = Int16Array.from({ length: PIXELS }, (_, i) => i + 100 * slice);
        if (slice === at) stored[3] = -2000;
        return {
          PixelData: stored.buffer,
          PixelPaddingValue: -2000,
          _vrMap: { PixelData: 'OW', PixelPaddingValue: 'SS' },
        };
      });
    expect(findings(padded(5))).toEqual([]);
    expect(findings(padded(1))).toEqual(['QC-19 hold']);
  });
});

describe('slices in any order and direction', () => {
  it('a series whose normal points down gives the same voxels at the same places', () => {
    // Rows from right to left: the normal turns round, and with it the order of the slices.
    const flipped = series(all, (slice) => {
      const stored = Int16Array.from({ length: PIXELS }, (_, i) => {
        const x = COLUMNS - 1 - (i % COLUMNS);
        return x + 10 * Math.floor(i / COLUMNS) + 100 * slice;
      });
      return {
        ImageOrientationPatient: ['-1', '0', '0', '0', '1', '0'],
        ImagePositionPatient: ['-6.5', '4', String(10 + 2 * slice)],
        PixelData: stored.buffer,
      };
    });
    const [turned, plain] = [volumeOf(flipped).volume, ctVolume(6).volume];
    const at = (x: number, y: number, z: number) => (z * ROWS + y) * COLUMNS + x;
    for (let z = 0; z < 6; z++)
      for (let x = 0; x < COLUMNS; x++) {
        expect(turned.voxels[at(COLUMNS - 1 - x, 2, 5 - z)]).toBe(plain.voxels[at(x, 2, z)]);
        const [here, there] = [
          indexToPatient(turned, [COLUMNS - 1 - x, 2, 5 - z]),
          indexToPatient(plain, [x, 2, z]),
        ];
        expect(Math.hypot(...here.map((mm, i) => mm - there[i]!))).toBeLessThan(1e-9);
      }
    const mask = maskOnVolume(cube, 1, volumeOf(flipped)).mask.voxels;
    expect([0, 1, 2, 3, 4, 5].map((z) => mask[at(3, 2, z)])).toEqual([0, 0, 0, 1, 1, 0]);
  });

  it('oblique slices are measured as they lie, and the case is held', () => {
    const [c, s] = [Math.cos(0.2), Math.sin(0.2)];
    const oblique = series(all, (slice) => ({
      ImageOrientationPatient: ['1', '0', '0', '0', c.toFixed(10), s.toFixed(10)],
      ImagePositionPatient: ['-8', (4 - 2 * slice * s).toFixed(9), (10 + 2 * slice * c).toFixed(9)],
    }));
    const { geometry } = volumeOf(oblique);
    expect(geometry.normalToZDegrees).toBeCloseTo(11.459, 2);
    expect(geometry.shearDegrees).toBeLessThan(1e-4);
    expect(geometry.sliceSpacingMm).toBeCloseTo(2, 6);
    const drawn = segFile(
      [1, 2].map((slice) => ({ segment: 1, slice, bits: Array(PIXELS).fill(1) })),
      {
        orientation: ['1', '0', '0', '0', c.toFixed(10), s.toFixed(10)],
        position: (slice) => [
          -8,
          Number((4 - 2 * slice * s).toFixed(9)),
          Number((10 + 2 * slice * c).toFixed(9)),
        ],
      },
    );
    expect(findings(oblique, drawn)).toContain('QC-06 hold');
  });
});

describe('series that are no regular volume are held or warned of', () => {
  const sheared = (slice: number): Dataset => ({
    ImagePositionPatient: ['-8', (4 + 0.5 * slice).toFixed(3), String(10 + 2 * slice)],
  });
  it.each<[string, readonly Uint8Array[], string]>([
    ['a gantry tilt that the header tells', series(all, () => ({ GantryDetectorTilt: '-15' })), 'QC-08 hold'],
    ['a slice missing beside the lesion', series([0, 1, 2, 4, 5]), 'QC-10 hold'],
    ['a slice missing far from it', series([0, 1, 2, 3, 4, 5, 6, 7, 8, 10]), 'QC-11 warn'],
    ['two images at one place', [...series(all), ctFile(4, { SOPInstanceUID: '2.25.52.1' })], 'QC-12 hold'],
    [
      'slices of another pixel spacing',
      series(all, (slice) => (slice === 5 ? { PixelSpacing: ['0.6', '0.3'] } : {})),
      'QC-13 hold',
    ],
    [
      'slices of another frame of reference',
      series(all, (slice) => (slice === 5 ? { FrameOfReferenceUID: '2.25.49' } : {})),
      'QC-13 hold',
    ],
    ['thick slices', series(all, () => ({ SliceThickness: '6' })), 'QC-04 hold'],
    ['a localizer', series(all, () => ({ ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] })), 'QC-03 hold'],
    ['a lossy past', series(all, () => ({ LossyImageCompression: '01' })), 'QC-21 warn'],
    ['values that are no HU', series(all, () => ({ RescaleType: 'US' })), 'QC-20 hold'],
  ])('%s', (_form, files, expected) => {
    expect(findings(files)).toContain(expected);
  });

  it('a gantry tilt that only the positions tell', () => {
    expect(volumeOf(series(all, sheared)).geometry.shearDegrees).toBeGreaterThan(10);
    const drawn = segFile([{ segment: 1, slice: 0, bits: Array(PIXELS).fill(1) }]);
    expect(findings(series(all, sheared), drawn)).toContain('QC-09 hold');
  });

  it('a single slice has no margin that could be known, and is held', () => {
    const drawn = segFile([{ segment: 1, slice: 0, bits: Array(PIXELS).fill(1) }]);
    const { findings: said } = volumeOf(series([0]));
    expect(said.join()).toMatch(/single slice/);
    expect(findings(series([0]), drawn)).toContain('QC-37 hold');
  });
});

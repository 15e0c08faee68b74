import { join } from 'node:path';
import { expect, it } from 'vitest';
import { binEdges, discretise, rangeInside } from '../../src/radiomics/discretise.ts';
import { extractFeatures } from '../../src/radiomics/extract.ts';
import { featureNames } from '../../src/radiomics/features.ts';
import { cooccurrence } from '../../src/radiomics/glcm.ts';
import { laplacianOfGaussian } from '../../src/radiomics/log-filter.ts';
import { EAR_2023, type ExtractionSettings } from '../../src/radiomics/settings.ts';
import { boundingBox, copyBox, count } from '../../src/volume/box.ts';
import { bsplineCoefficients } from '../../src/volume/bspline.ts';
import { bsplineTaps } from '../../src/volume/bspline-taps.ts';
import { floatBspline, resample } from '../../src/volume/resample.ts';
import { newSpacing, resamplingGrid } from '../../src/volume/resampling-grid.ts';
import type { Mask, Volume } from '../../src/volume/volume.ts';
import { describeWithReference } from '../support/reference.ts';
import {
  readCase,
  readFeatures,
  readJson,
  readNifti,
  readNiftiAsDicom,
  readRaw,
} from '../support/reference-cases.ts';

const NAMES = featureNames(EAR_2023);
const TOLERANCE = 1e-9;
const SPACING = EAR_2023.resampledPixelSpacing!;

type Lesion = { volume: Volume; mask: Mask };
type Array = ArrayLike<number>;

/** How many elements differ, and by length. 0 is the same bits for integers and for float32 (no -0 or NaN among them). */
function differing(values: Array, expected: Array): number {
  let different = Math.abs(values.length - expected.length);
  for (let i = 0; i < expected.length; i++) if (values[i] !== expected[i]) different++;
  return different;
}

function expectFeatures(
  lesion: Lesion,
  expected: Record<string, number | string>,
  settings = EAR_2023,
): void {
  const { features } = extractFeatures(lesion.volume, lesion.mask, settings, featureNames(settings));
  for (const name of featureNames(settings)) {
    const value = expected[name];
    expect(typeof value, name).toBe('number');
    expect(Math.abs(features[name]! / (value as number) - 1), name).toBeLessThan(TOLERANCE);
  }
}

describeWithReference('PyRadiomics on the same lesion: every value to 1e-9', (folder) => {
  it.each([
    'synth1',
    'synth1_followup',
    'synth2_border',
    'synth3_twocomp',
    'edge_flat',
    'edge_oneslice',
    'edge_tiny',
  ])('%s', (name) => expectFeatures(readCase(folder, name), readFeatures(folder, name)));
  it.each(['sts-042', 'sts-008'])('%s from float32 NIfTI, nothing truncated', (name) =>
    expectFeatures(readNifti(folder, name), readFeatures(folder, name.replace('-', '_'))),
  );
  it.each(['sts-042', 'sts-008'])('%s with the voxels and the geometry of its DICOM series', (name) =>
    expectFeatures(readNiftiAsDicom(folder, name), readFeatures(folder, `${name.replace('-', '_')}_dicom`)),
  );
  it('edge_flat_noresample: the texture of a flat region is 0, and there is none of its rounding noise', () => {
    const { volume, mask } = readCase(folder, 'edge_flat_noresample');
    const { features } = extractFeatures(volume, mask, EAR_2023, NAMES);
    expect(Object.values(features)).toEqual([0, null, null, null]);
    expect(readFeatures(folder, 'edge_flat_noresample')[NAMES[0]!]).toBe(0);
  });
  it('edge_isolated_noresample: voxels that do not touch have no texture', () => {
    const { volume, mask } = readCase(folder, 'edge_isolated', 'synth1');
    const settings: ExtractionSettings = {
      ...EAR_2023,
      resampledPixelSpacing: null,
      imageTypes: { Original: true, LoG: [] },
    };
    expect(extractFeatures(volume, mask, settings, [NAMES[0]!]).features).toEqual({ [NAMES[0]!]: null });
    expect(readFeatures(folder, 'edge_isolated_noresample')[NAMES[0]!]).toBe('NaN');
  });
});

describeWithReference('PyRadiomics on the way to its values: the same bits', (folder) => {
  const intermediate = (name: string, file: string) =>
    readRaw(folder, 'radiomics', 'intermediate', name, file);

  it.each(['synth1', 'synth2_border'])('%s: grid, resampled image and mask', (name) => {
    const { volume, mask } = readCase(folder, name);
    const resampled = resample(volume, mask, SPACING, 5);
    const image = intermediate(name, 'resampled_image');
    expect(resampled.volume.size).toEqual(image.header.size);
    expect(resampled.volume.spacing).toEqual(image.header.spacing);
    expect(resampled.volume.origin).toEqual(image.header.origin);
    expect(differing(resampled.volume.voxels, image.values)).toBe(0);
    expect(differing(resampled.mask.voxels, intermediate(name, 'resampled_mask').values)).toBe(0);
  });

  it.each(['synth1', 'synth2_border'])('%s: interpolated values before truncation', (name) => {
    const { volume, mask } = readCase(folder, name);
    const roi = boundingBox(mask)!;
    const resampling = resamplingGrid(volume, roi, newSpacing(volume, roi, SPACING)!, 5);
    const taps = [0, 1, 2].map((axis) =>
      bsplineTaps(resampling.positions[axis as 0], volume.size[axis as 0]),
    );
    const [x, y, z] = taps;
    const values = floatBspline(volume.voxels, volume.size, resampling, [x!, y!, z!]);
    const expected = intermediate(name, 'resampled_image_float64').values;
    expect(differing(values, Float32Array.from(expected))).toBe(0);
  });

  it('on a real CT: coefficients from a window have the bits of those from the whole image', () => {
    const { volume } = readNifti(folder, 'sts-042');
    const support = { start: [58, 70, 20], size: [12, 14, 8] } as const;
    const windowed = bsplineCoefficients(volume.voxels, volume.size, support).values;
    const whole = bsplineCoefficients(volume.voxels, volume.size, support, Number.POSITIVE_INFINITY).values;
    expect(differing(windowed, whole)).toBe(0);
  });

  const images = ['original', 'log-sigma-1-5-mm-3D', 'log-sigma-3-0-mm-3D', 'log-sigma-5-0-mm-3D'];
  const filtered = (volume: Volume, image: string): Volume['voxels'] => {
    const sigma = /sigma-(\d)-(\d)/.exec(image);
    return sigma ? laplacianOfGaussian(volume, Number(`${sigma[1]}.${sigma[2]}`)) : volume.voxels;
  };

  it.each(['synth1', 'synth2_border'].flatMap((name) => images.map((image) => [name, image] as const)))(
    '%s, %s: filtered image, bin edges, levels and co-occurrence counts',
    (name, image) => {
      const lesion = readCase(folder, name);
      const { volume, mask } = resample(lesion.volume, lesion.mask, SPACING, 5);
      const whole = filtered(volume, image);
      if (image !== 'original') expect(differing(whole, intermediate(name, `${image}_image`).values)).toBe(0);

      const box = boundingBox(mask)!;
      const inside = new Uint8Array(count(box));
      copyBox(mask.voxels, mask.size, box, inside);
      const values =
        whole instanceof Float32Array ? new Float32Array(count(box)) : new Int16Array(count(box));
      copyBox(whole, volume.size, box, values);
      const edges = binEdges(rangeInside(values, inside)!, { binCount: 50 }, whole instanceof Float32Array);
      const recorded = readJson<{ edges: number[] }>(
        join(folder, 'radiomics', 'intermediate', name, `${image}_bin_edges.json`),
      );
      expect([...edges]).toEqual(recorded.edges);

      const levels = discretise(values, inside, box.size, edges);
      const expectedLevels = intermediate(name, `${image}_levels`);
      expect(levels.size).toEqual(expectedLevels.header.size);
      const present = [...expectedLevels.values].filter((level) => level > 0);
      expect([...levels.inside].map((place) => levels.voxels[place])).toEqual(present);

      const { counts, highest } = cooccurrence(levels);
      const expectedCounts = intermediate(name, `${image}_glcm_counts`).values;
      const ours = Int32Array.from(expectedCounts, (_, at) => {
        const [i, j] = [Math.floor(at / 13 / highest) + 1, (Math.floor(at / 13) % highest) + 1];
        return counts[at % 13]![i * (highest + 1) + j]!;
      });
      expect(differing(ours, expectedCounts)).toBe(0);
    },
  );
});

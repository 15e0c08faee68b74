import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fastestKernels } from '../../src/kernels/fastest.ts';
import { binEdges, discretise, rangeOf, withBorder } from '../../src/radiomics/discretise.ts';
import { extractFeatures } from '../../src/radiomics/extract.ts';
import { cooccurrence } from '../../src/radiomics/families/cooccurrence.ts';
import { featureNames } from '../../src/radiomics/features.ts';
import { laplacianOfGaussian } from '../../src/radiomics/log-filter.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { boundingBox, copyBox, count, placesOf } from '../../src/volume/box.ts';
import { bsplineCoefficients } from '../../src/volume/bspline.ts';
import { bsplineTaps } from '../../src/volume/bspline-taps.ts';
import { floatBspline } from '../../src/volume/float-interpolation.ts';
import { resample } from '../../src/volume/resample.ts';
import { newSpacing, resamplingGrid } from '../../src/volume/resampling-grid.ts';
import type { Volume } from '../../src/volume/volume.ts';
import { errorOf, FEATURE_CASES } from '../support/feature-cases.ts';
import { describeWithReference } from '../support/reference.ts';
import { readCase, readFeatures, readJson, readNifti, readRaw } from '../support/reference-cases.ts';

const kernels = fastestKernels();
const TOLERANCE = 1e-9;
/** PyRadiomics' own eigenvalues of a matrix that is not symmetric are no better than this */
const TOLERANCE_OF_MCC = 1e-8;
const SPACING = EAR_2023.resampledPixelSpacing!;
const RESAMPLING = { ...EAR_2023, resampledPixelSpacing: SPACING };

type Array = ArrayLike<number>;

/** How many elements differ, and by length. 0 is the same bits for integers and for float32 (no -0 or NaN among them). */
function differing(values: Array, expected: Array): number {
  let different = Math.abs(values.length - expected.length);
  for (let i = 0; i < expected.length; i++) if (values[i] !== expected[i]) different++;
  return different;
}

describeWithReference('PyRadiomics on the same lesion: all features', (folder) => {
  it.each(FEATURE_CASES)('$name ($input)', ({ name, load, settings, isNoise = () => false }) => {
    const { volume, mask } = load(folder);
    const { features, undefinedBecause } = extractFeatures(volume, mask, settings);
    const expected = readFeatures(folder, name);
    expect(Object.keys(features)).toEqual(featureNames(settings));
    for (const [feature, value] of Object.entries(features)) {
      const wanted = expected[feature];
      if (typeof wanted === 'string' || isNoise(feature)) {
        expect(value, feature).toBeNull();
        expect(undefinedBecause[feature], feature).toMatch(/./);
        continue;
      }
      expect(typeof wanted, feature).toBe('number');
      expect(value, feature).not.toBeNull();
      const most = feature.endsWith('_MCC') ? TOLERANCE_OF_MCC : TOLERANCE;
      expect(errorOf(value!, wanted!), feature).toBeLessThanOrEqual(most);
    }
  });
  it('the texture of a flat region is 0, not noise', () => {
    const { volume, mask } = readCase(folder, 'edge_flat_noresample');
    expect(extractFeatures(volume, mask, EAR_2023).features['original_glcm_DifferenceVariance']).toBe(0);
  });
});

describeWithReference('PyRadiomics on the way to its values: the same bits', (folder) => {
  const intermediate = (name: string, file: string) =>
    readRaw(folder, 'radiomics', 'intermediate', name, file);

  it.each(['synth1', 'synth2_border'])('%s: grid, resampled image and mask', (name) => {
    const { volume, mask } = readCase(folder, name);
    const resampled = resample(volume, mask, boundingBox(mask)!, RESAMPLING);
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
    const values = floatBspline(
      Float32Array.from(volume.voxels),
      volume.size,
      resampling,
      [x!, y!, z!],
      kernels,
    );
    const expected = intermediate(name, 'resampled_image_float64').values;
    expect(differing(values, Float32Array.from(expected))).toBe(0);
  });

  it('on a real CT: coefficients from a window have the bits of those from the whole image', () => {
    const { volume } = readNifti(folder, 'sts-042');
    const support = { start: [58, 70, 20], size: [12, 14, 8] } as const;
    const windowed = bsplineCoefficients(volume.voxels, volume.size, support, kernels).values;
    const whole = bsplineCoefficients(
      volume.voxels,
      volume.size,
      support,
      kernels,
      Number.POSITIVE_INFINITY,
    ).values;
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
      const { volume, mask } = resample(lesion.volume, lesion.mask, boundingBox(lesion.mask)!, RESAMPLING);
      const whole = filtered(volume, image);
      if (image !== 'original') expect(differing(whole, intermediate(name, `${image}_image`).values)).toBe(0);

      const box = boundingBox(mask)!;
      const inside = new Uint8Array(count(box));
      copyBox(mask.voxels, mask.size, box, inside);
      const boxed = new Float64Array(count(box));
      copyBox(whole, volume.size, box, boxed);
      const places = placesOf(inside);
      const values = Float64Array.from(places, (place) => boxed[place]!);
      const edges = binEdges(rangeOf(values)!, { binCount: 50 }, whole instanceof Float32Array);
      const recorded = readJson<{ edges: number[] }>(
        join(folder, 'radiomics', 'intermediate', name, `${image}_bin_edges.json`),
      );
      expect([...edges]).toEqual(recorded.edges);

      const levels = discretise(values, withBorder(places, box.size), edges);
      const expectedLevels = intermediate(name, `${image}_levels`);
      expect(levels.size).toEqual(expectedLevels.header.size);
      const present = [...expectedLevels.values].filter((level) => level > 0);
      expect([...levels.inside].map((place) => levels.voxels[place])).toEqual(present);

      const oneWay = { ...EAR_2023, symmetricalGLCM: false };
      const { counts, levels: held } = cooccurrence(levels, oneWay, kernels.texture);
      const { highest } = levels;
      const expectedCounts = intermediate(name, `${image}_glcm_counts`).values;
      const ours = Int32Array.from(expectedCounts, (_, at) => {
        const [i, j] = [Math.floor(at / 13 / highest) + 1, (Math.floor(at / 13) % highest) + 1];
        const [row, column] = [held.indexOf(i), held.indexOf(j)];
        return row < 0 || column < 0 ? 0 : counts[at % 13]!.cells[row * held.length + column]!;
      });
      expect(differing(ours, expectedCounts)).toBe(0);
    },
  );
});

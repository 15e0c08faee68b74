import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fastestKernels } from '../../src/kernels/fastest.ts';
import { binEdges, discretise, rangeInside } from '../../src/radiomics/discretise.ts';
import { extractFeatures } from '../../src/radiomics/extract.ts';
import { cooccurrence } from '../../src/radiomics/families/cooccurrence.ts';
import { featureNames } from '../../src/radiomics/features.ts';
import { laplacianOfGaussian } from '../../src/radiomics/log-filter.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import type { ExtractionSettings } from '../../src/radiomics/settings.ts';
import { boundingBox, copyBox, count } from '../../src/volume/box.ts';
import { bsplineCoefficients } from '../../src/volume/bspline.ts';
import { bsplineTaps } from '../../src/volume/bspline-taps.ts';
import { floatBspline } from '../../src/volume/float-interpolation.ts';
import { resample } from '../../src/volume/resample.ts';
import { newSpacing, resamplingGrid } from '../../src/volume/resampling-grid.ts';
import type { Mask, Volume } from '../../src/volume/volume.ts';
import { ibsiDigitalPhantom } from '../support/ibsi-digital.ts';
import { describeWithReference } from '../support/reference.ts';
import {
  readCase,
  readFeatures,
  readJson,
  readNifti,
  readNiftiAsDicom,
  readRaw,
} from '../support/reference-cases.ts';

const kernels = fastestKernels();
const TOLERANCE = 1e-9;
/** PyRadiomics' own eigenvalues of a matrix that is not symmetric are no better than this */
const TOLERANCE_OF_MCC = 1e-8;
const SPACING = EAR_2023.resampledPixelSpacing!;
const RESAMPLING = { ...EAR_2023, resampledPixelSpacing: SPACING };

type Lesion = { volume: Volume; mask: Mask };
type Array = ArrayLike<number>;

/** How many elements differ, and by length. 0 is the same bits for integers and for float32 (no -0 or NaN among them). */
function differing(values: Array, expected: Array): number {
  let different = Math.abs(values.length - expected.length);
  for (let i = 0; i < expected.length; i++) if (values[i] !== expected[i]) different++;
  return different;
}

/** Values that are near 0 may be off by the tolerance itself. */
function errorOf(value: number, expected: number): number {
  const difference = Math.abs(value - expected);
  return difference <= TOLERANCE ? 0 : difference / Math.abs(expected);
}

function expectFeatures(
  lesion: Lesion,
  expected: Record<string, number | string>,
  settings = EAR_2023,
  isAbsent: (name: string) => boolean = () => false,
): void {
  const { features, undefinedBecause } = extractFeatures(lesion.volume, lesion.mask, settings);
  for (const name of featureNames(settings)) {
    const [value, wanted] = [features[name]!, expected[name]];
    if (typeof wanted === 'string' || isAbsent(name)) {
      expect(value, name).toBeNull();
      expect(undefinedBecause[name], name).toMatch(/./);
      continue;
    }
    expect(typeof wanted, name).toBe('number');
    expect(value, name).not.toBeNull();
    expect(errorOf(value, wanted!), name).toBeLessThan(name.endsWith('_MCC') ? TOLERANCE_OF_MCC : TOLERANCE);
  }
}

describeWithReference('PyRadiomics on the same lesion: all features', (folder) => {
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
  it('edge_flat_noresample: a flat region has no texture, and its filtered image nothing but rounding noise', () => {
    const lesion = readCase(folder, 'edge_flat_noresample');
    const expected = readFeatures(folder, 'edge_flat_noresample');
    expectFeatures(lesion, expected, EAR_2023, (name) => name.startsWith('log-sigma'));
  });
  it('edge_isolated_noresample: voxels that do not touch have no co-occurrence', () => {
    const settings: ExtractionSettings = {
      ...EAR_2023,
      resampledPixelSpacing: null,
      imageTypes: { Original: true, LoG: [] },
    };
    const expected = readFeatures(folder, 'edge_isolated_noresample');
    expectFeatures(readCase(folder, 'edge_isolated', 'synth1'), expected, settings);
    expect(featureNames(settings).filter((name) => expected[name] === 'NaN')).toHaveLength(24);
  });
  it('ibsi_digital: the phantom of the IBSI, bins of width 1', () => {
    const settings: ExtractionSettings = {
      ...EAR_2023,
      resampledPixelSpacing: null,
      imageTypes: { Original: true, LoG: [] },
      binCount: null,
      binWidth: 1,
    };
    expectFeatures(ibsiDigitalPhantom(), readFeatures(folder, 'ibsi_digital'), settings);
  });
});

describeWithReference('PyRadiomics on the way to its values: the same bits', (folder) => {
  const intermediate = (name: string, file: string) =>
    readRaw(folder, 'radiomics', 'intermediate', name, file);

  it.each(['synth1', 'synth2_border'])('%s: grid, resampled image and mask', (name) => {
    const { volume, mask } = readCase(folder, name);
    const resampled = resample(volume, mask, RESAMPLING);
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
      const { volume, mask } = resample(lesion.volume, lesion.mask, RESAMPLING);
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

      const { counts, highest } = cooccurrence(levels, EAR_2023, kernels.texture);
      const expectedCounts = intermediate(name, `${image}_glcm_counts`).values;
      const ours = Int32Array.from(expectedCounts, (_, at) => {
        const [i, j] = [Math.floor(at / 13 / highest) + 1, (Math.floor(at / 13) % highest) + 1];
        return counts[at % 13]![i * (highest + 1) + j]!;
      });
      expect(differing(ours, expectedCounts)).toBe(0);
    },
  );
});

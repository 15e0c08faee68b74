import { describe, expect, it } from 'vitest';
import { extractFeatures } from '../../../src/radiomics/extract.ts';
import { perturbedMasks, spreadOf } from '../../../src/radiomics/perturb.ts';
import { normalised, refined, resegmented } from '../../../src/radiomics/preprocess.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';
import { recipeDigest } from '../../../src/radiomics/recipe.ts';
import type { Mask, Volume } from '../../../src/volume/volume.ts';
import { seededPhantom } from '../../support/seeded-phantom.ts';

const grid = {
  size: [5, 1, 1],
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;
const volume: Volume = { ...grid, voxels: Int16Array.of(-900, -50, 10, 40, 400) };
const mask: Mask = { ...grid, voxels: Uint8Array.of(1, 1, 1, 1, 1) };
const inside = ({ voxels }: Mask) => [...voxels].join('');

describe('refinement of the mask by HU', () => {
  const ranges = [
    { name: 'air', from: -1024, to: -300 },
    { name: 'fat', from: -150, to: -30 },
    { name: 'calcification', from: 200, to: 3000 },
  ];
  it('takes out the declared ranges and counts them', () => {
    const { mask: kept, removed } = refined(volume, mask, ranges);
    expect(inside(kept)).toBe('00110');
    expect(removed).toEqual({ air: 1, fat: 1, calcification: 1 });
  });
  it('counts a voxel for the first range that holds it, ends included', () => {
    const { removed } = refined(volume, mask, [
      { name: 'a', from: 10, to: 40 },
      { name: 'b', from: 40, to: 400 },
    ]);
    expect(removed).toEqual({ a: 2, b: 1 });
  });
  it('is off in the profile, and part of the recipe', () => {
    const phantom = seededPhantom(7);
    expect(extractFeatures(phantom.volume, phantom.mask, EAR_2023).refinedVoxels).toEqual({});
    expect(recipeDigest({ ...EAR_2023, refineHU: ranges }, 'integer')).not.toBe(
      recipeDigest(EAR_2023, 'integer'),
    );
  });
  it('that leaves nothing is refused', () => {
    const all = { ...EAR_2023, refineHU: [{ name: 'all', from: -1e5, to: 1e5 }] };
    const phantom = seededPhantom(7);
    expect(() => extractFeatures(phantom.volume, phantom.mask, all)).toThrow(/ROI_TOO_SMALL/);
  });
});

describe('resegmentation', () => {
  const kept = (resegmentRange: number[], resegmentMode: 'absolute' | 'relative' | 'sigma') =>
    inside(resegmented(volume, mask, { resegmentRange, resegmentMode }));
  it('keeps an absolute range, or what is above one number', () => {
    expect(kept([-50, 40], 'absolute')).toBe('01110');
    expect(kept([10], 'absolute')).toBe('00111');
  });
  it('keeps fractions of the maximum', () => expect(kept([0.1, 1], 'relative')).toBe('00011'));
  it('keeps deviations about the mean', () => expect(kept([-1, 1], 'sigma')).toBe('01110'));
});

describe('normalisation', () => {
  it('gives mean 0 and deviation 1 of the whole image, in double precision', () => {
    const { voxels } = normalised(volume, { normalizeScale: 1, removeOutliers: null });
    expect(voxels).toBeInstanceOf(Float64Array);
    const mean = [...voxels].reduce((sum, v) => sum + v, 0) / 5;
    const squares = [...voxels].reduce((sum, v) => sum + (v - mean) ** 2, 0);
    expect(mean).toBeCloseTo(0, 14);
    expect(squares / 4).toBeCloseTo(1, 14);
  });
  it('scales, after outliers are set back', () => {
    const { voxels } = normalised(volume, { normalizeScale: 100, removeOutliers: 1 });
    expect(Math.min(...voxels)).toBe(-100);
  });
  it('makes a constant image 0', () => {
    const flat = { ...volume, voxels: new Int16Array(5).fill(7) };
    expect([...normalised(flat, { normalizeScale: 1, removeOutliers: null }).voxels]).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });
});

describe('perturbed masks', () => {
  const plane: Mask = { ...grid, size: [5, 5, 1], voxels: new Uint8Array(25) };
  for (const i of [6, 7, 8, 11, 12, 13, 16, 17, 18]) plane.voxels[i] = 1;
  const of = (name: string) => [...perturbedMasks(plane)].find((each) => each.name === name)!.mask.voxels;
  const count = (voxels: Uint8Array) => voxels.reduce((sum, v) => sum + v, 0);

  it('are an erosion, a dilation and four shifts, in the slice', () => {
    expect([...perturbedMasks(plane)]).toHaveLength(6);
    expect([...of('erosion').keys()].filter((i) => of('erosion')[i])).toEqual([12]);
    expect(count(of('dilation'))).toBe(9 + 12);
    expect(of('shift right')[9]).toBe(1);
    expect(of('shift left')[5]).toBe(1);
    expect(of('shift down')[23]).toBe(1);
    expect(of('shift up')[1]).toBe(1);
  });
  it('lose what leaves the image', () => {
    const edge: Mask = { ...plane, voxels: new Uint8Array(25).fill(1) };
    for (const { name, mask: moved } of perturbedMasks(edge)) {
      expect(count(moved.voxels)).toBe({ erosion: 9, dilation: 25 }[name] ?? 20);
    }
  });
  it('leave other slices alone', () => {
    const two: Mask = { ...grid, size: [3, 3, 2], voxels: new Uint8Array(18) };
    two.voxels[4] = 1;
    for (const { mask: moved } of perturbedMasks(two)) expect(count(moved.voxels.subarray(9))).toBe(0);
  });
  it('spread: over the masks that have a value', () => {
    expect(spreadOf(2, { a: 4, b: null, c: 6 })).toEqual({
      masks: 3,
      minimum: 2,
      maximum: 6,
      standardDeviation: 2,
    });
    expect(spreadOf(null, { a: null })).toEqual({
      masks: 0,
      minimum: null,
      maximum: null,
      standardDeviation: null,
    });
  });
});

describe('a voxel that is not a number', () => {
  it('near the region is refused, far away it does not matter', () => {
    const phantom = seededPhantom(7);
    const float = { ...phantom.volume, voxels: Float32Array.from(phantom.volume.voxels) };
    const settings = { ...EAR_2023, resampledPixelSpacing: null, preCrop: true };
    const at = phantom.mask.voxels.indexOf(1);
    const near = { ...float, voxels: float.voxels.with(at, Number.NaN) };
    expect(() => extractFeatures(near, phantom.mask, settings)).toThrow(/IMAGE_NOT_FINITE/);
    expect(() => extractFeatures(near, phantom.mask, EAR_2023)).toThrow(/IMAGE_NOT_FINITE/);
    const far = { ...float, voxels: float.voxels.with(0, Number.NaN) };
    expect(phantom.mask.voxels[0]).toBe(0);
    const original = { ...settings, preCrop: false, imageTypes: { Original: true, LoG: [] } };
    expect(extractFeatures(far, phantom.mask, original).features).toEqual(
      extractFeatures(float, phantom.mask, original).features,
    );
    expect(() => extractFeatures(far, phantom.mask, { ...settings, preCrop: false })).toThrow(
      /IMAGE_NOT_FINITE/,
    );
  });
});

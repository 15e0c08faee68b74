import { describe, expect, it } from 'vitest';
import { extractFeatures } from '../../../src/radiomics/extract.ts';
import { parameterSchema } from '../../../src/radiomics/parameters.ts';
import type { Grid, Mask, Volume } from '../../../src/volume/volume.ts';
import {
  entropy,
  plainTextures,
  type Region,
  range,
  regionOf,
  sum,
  type Values,
} from '../../support/plain-definitions.ts';
import { seededRandom } from '../../support/seeded-phantom.ts';

type Setting = Readonly<Record<string, unknown>>;

const GRID: Grid = {
  size: [12, 11, 9],
  spacing: [1.3, 0.8, 0.9],
  origin: [-3.5, 40.25, 7],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
/** 18 + 24 + 16 + 16 + 14 + 5 */
const ALL = 93;
const FAMILIES = { firstorder: null, glcm: null, glrlm: null, glszm: null, gldm: null, ngtdm: null };

/** Noise on a slope, and a ragged region with one voxel in a corner that touches no other. */
function raggedNoise(seed: number): { float32: Volume; int16: Volume; mask: Mask } {
  const random = seededRandom(seed);
  const [nx, ny, nz] = GRID.size;
  const voxels = new Float32Array(nx * ny * nz);
  const inside = new Uint8Array(voxels.length);
  for (let i = 0; i < voxels.length; i++) {
    const [x, y, z] = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny))];
    const isNear = x >= 2 && x < 10 && y >= 2 && y < 9 && z >= 2 && z < 7;
    const noise = 80 * (random() + random() + random() + random() - 2);
    voxels[i] = -25 + noise + 9 * x - 4 * y + 6 * z;
    inside[i] = Number(isNear && random() < 0.75);
  }
  inside[voxels.length - 1] = 1;
  return {
    float32: { ...GRID, voxels },
    int16: { ...GRID, voxels: Int16Array.from(voxels) },
    mask: { ...GRID, voxels: inside },
  };
}

function firstOrder({ places, values, levelAt, Ng, spacing }: Region, shift: number): Values {
  const N = values.length;
  const ordered = values.toSorted((a, b) => a - b);
  const percentile = (percent: number) => {
    const position = (percent / 100) * (N - 1);
    const [low, high] = [ordered[Math.floor(position)]!, ordered[Math.ceil(position)]!];
    return low + (high - low) * (position % 1);
  };
  const [p10, p90] = [percentile(10), percentile(90)];
  const mean = (of: readonly number[]) => sum(of) / of.length;
  const moment = (order: number) => mean(values.map((value) => (value - mean(values)) ** order));
  const deviation = (of: readonly number[]) => mean(of.map((value) => Math.abs(value - mean(of))));
  const energy = sum(values.map((value) => (value + shift) ** 2));
  const histogram = range(1, Ng).map((i) => places.filter((place) => levelAt(place) === i).length / N);
  return {
    '10Percentile': p10,
    '90Percentile': p90,
    Energy: energy,
    Entropy: entropy(histogram),
    InterquartileRange: percentile(75) - percentile(25),
    Kurtosis: moment(4) / moment(2) ** 2,
    Maximum: ordered[N - 1]!,
    Mean: mean(values),
    MeanAbsoluteDeviation: deviation(values),
    Median: percentile(50),
    Minimum: ordered[0]!,
    Range: ordered[N - 1]! - ordered[0]!,
    RobustMeanAbsoluteDeviation: deviation(values.filter((value) => value >= p10 && value <= p90)),
    RootMeanSquared: Math.sqrt(energy / N),
    Skewness: moment(3) / moment(2) ** 1.5,
    TotalEnergy: energy * spacing[0] * spacing[1] * spacing[2],
    Uniformity: sum(histogram.map((p) => p ** 2)),
    Variance: moment(2),
  };
}

/** Of each feature that the engine gives a value other than the definitions: its name and both values. */
function differences(volume: Volume, mask: Mask, setting: Setting): string[] {
  const settings = parameterSchema.parse({ featureClass: FAMILIES, setting });
  const region = regionOf(volume, mask, settings.binWidth);
  const byDefinition: Record<string, Values> = {
    firstorder: firstOrder(region, settings.voxelArrayShift),
    ...plainTextures(region, settings),
  };
  const { features } = extractFeatures(volume, mask, settings);
  expect(Object.keys(features)).toHaveLength(ALL);
  return Object.entries(features).flatMap(([name, value]) => {
    const [, family, feature] = name.split('_');
    const expected = byDefinition[family!]![feature!] ?? Number.NaN;
    return isClose(value, expected, feature === 'MCC' ? 1e-8 : 1e-9)
      ? []
      : [`${name} ${value}, not ${expected}`];
  });
}

/** Within a relative tolerance, or 1e-9 of a value near 0. */
function isClose(value: number | null, expected: number, tolerance: number): boolean {
  return value !== null && Math.abs(value - expected) <= Math.max(1e-9, tolerance * Math.abs(expected));
}

describe('all first-order and texture features', () => {
  // 211 voxels: the 10th and 90th percentiles are values of voxels, which count as within them
  const { float32, int16, mask } = raggedNoise(34);

  it('with the default settings are what the definitions give', () => {
    expect(differences(int16, mask, {})).toEqual([]);
  });
  it('of a float32 image are what the definitions give', () => {
    expect(differences(float32, mask, {})).toEqual([]);
  });
  it.each<[string, Setting]>([
    ['distances [2]', { distances: [2] }],
    ['distances [4]', { distances: [4] }],
    ['distances [1, 2, 3]', { distances: [1, 2, 3] }],
    ['an asymmetric GLCM', { symmetricalGLCM: false }],
    ['gldm_a 1', { gldm_a: 1 }],
    ['gldm_a 2 and distances [1, 2]', { gldm_a: 2, distances: [1, 2] }],
    ['force2D across z', { force2D: true, force2Ddimension: 0 }],
    ['force2D across y', { force2D: true, force2Ddimension: 1 }],
    ['force2D across x and distances [1, 3]', { force2D: true, force2Ddimension: 2, distances: [1, 3] }],
    ['weightingNorm no_weighting', { weightingNorm: 'no_weighting' }],
    ['weightingNorm manhattan', { weightingNorm: 'manhattan' }],
    ['weightingNorm euclidean', { weightingNorm: 'euclidean' }],
    ['weightingNorm infinity', { weightingNorm: 'infinity' }],
    [
      'weightingNorm euclidean, an asymmetric GLCM and distances [1, 2]',
      { weightingNorm: 'euclidean', symmetricalGLCM: false, distances: [1, 2] },
    ],
    ['voxelArrayShift 1000', { voxelArrayShift: 1000 }],
    ['binWidth 7.5', { binWidth: 7.5 }],
  ])('with %s are what the definitions give', (_, setting) => {
    expect(differences(int16, mask, setting)).toEqual([]);
  });
});

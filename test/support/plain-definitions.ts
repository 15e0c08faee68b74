import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { ExtractionSettings } from '../../src/radiomics/settings.ts';
import type { Mask, Volume } from '../../src/volume/volume.ts';

/** Indices of a voxel, or a step between two, in PyRadiomics' array order. */
type Index = readonly [z: number, y: number, x: number];
export type Region = Readonly<{
  places: readonly Index[];
  values: readonly number[];
  /** grey level; 0 outside the region */
  levelAt: (place: Index) => number;
  /** highest grey level */
  Ng: number;
  /** mm, z, y, x */
  spacing: Index;
}>;
type Steps = readonly Index[];
/** Row i: grey level i; row 0 is empty. Column j: level, or number of voxels. */
type Table = number[][];
export type Values = Readonly<Record<string, number>>;

const EPSILON = 2 ** -52;

/**
 * PyRadiomics' texture features in plain loops over voxels, written from the formulas of its documentation; nothing is
 * shared with the engine. No resampling; for regions of several levels and slices.
 */
export function plainTextures(region: Region, settings: ExtractionSettings): Record<string, Values> {
  const steps = directions(settings.distances, settings);
  const nearest = directions([1], settings);
  const pairs = steps.map((step) => coOccurrences(region, step, settings.symmetricalGLCM));
  const runs = nearest.map((step) => runLengths(region, step));
  // two kinds of weight by the distance d: e^-d^2 for the GLCM, d for the GLRLM
  const glcms = merged(
    pairs,
    weights(steps, region, settings, (d) => Math.exp(-(d ** 2))),
  );
  const glrlms = merged(
    runs,
    weights(nearest, region, settings, (d) => d),
  );
  return {
    glcm: meanOf(glcms.filter((P) => sum(P.flat()) > 0).map(glcm)),
    glrlm: meanOf(glrlms.map((P) => levelBySize(P, RUNS))),
    glszm: levelBySize(sizeZones(region, bothWays(nearest)), ZONES),
    gldm: levelBySize(dependences(region, bothWays(steps), settings.gldm_a), DEPENDENCES),
    ngtdm: ngtdm(region, bothWays(steps)),
  };
}

/** The voxels of the mask with their grey levels in bins of `binWidth`, aligned to multiples of it. */
export function regionOf({ size, spacing, voxels }: Volume, mask: Mask, binWidth: number): Region {
  const [nx, ny] = size;
  const places: Index[] = [];
  const values: number[] = [];
  for (let i = 0; i < voxels.length; i++) {
    if (mask.voxels[i] !== 1) continue;
    places.push([Math.floor(i / (nx * ny)), Math.floor(i / nx) % ny, i % nx]);
    values.push(voxels[i]!);
  }
  const below = Math.floor(Math.min(...values) / binWidth) - 1;
  const levels = values.map((value) => Math.floor(value / binWidth) - below);
  const byPlace = new Map(places.map((place, n) => [place.join(), levels[n]!]));
  return {
    places,
    values,
    levelAt: (place) => byPlace.get(place.join()) ?? 0,
    Ng: Math.max(...levels),
    spacing: [spacing[2], spacing[1], spacing[0]],
  };
}

/** One of each two opposite steps to voxels at the distances (infinity norm). */
function directions(distances: readonly number[], settings: ExtractionSettings): Steps {
  const most = Math.max(...distances);
  const along = range(-most, most);
  return along
    .flatMap((z) => along.flatMap((y) => along.map((x): Index => [z, y, x])))
    .filter(([z, y, x]) => (z || y || x) > 0)
    .filter((step) => distances.includes(Math.max(...step.map(Math.abs))))
    .filter((step) => !settings.force2D || step[settings.force2Ddimension] === 0);
}

const bothWays = (steps: Steps): Steps => steps.flatMap((step) => [step, moved([0, 0, 0], step, -1)]);

const moved = ([z, y, x]: Index, [dz, dy, dx]: Index, n = 1): Index => [z + n * dz, y + n * dy, x + n * dx];

const table = (rows: number, columns: number): Table =>
  Array.from({ length: rows + 1 }, () => new Array<number>(columns + 1).fill(0));
export const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
export const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, k) => from + k);
export const entropy = (p: readonly number[]): number =>
  -sum(p.map((value) => value * Math.log2(value + EPSILON)));

/** Sum over the cells that are not empty. */
function sumOver(P: Table, term: (cell: number, i: number, j: number) => number): number {
  let all = 0;
  for (const [i, row] of P.entries()) {
    for (const [j, cell] of row.entries()) if (cell !== 0) all += term(cell, i, j);
  }
  return all;
}

/** Weights by the length of the steps in mm; null: the tables are not merged. */
function weights(
  steps: Steps,
  { spacing }: Region,
  { weightingNorm: norm }: ExtractionSettings,
  weightOf: (d: number) => number,
): readonly number[] | null {
  if (norm === null) return null;
  return steps.map((step) => {
    const lengths = step.map((n, axis) => Math.abs(n) * spacing[axis]!);
    if (norm === 'no_weighting') return 1;
    if (norm === 'manhattan') return weightOf(sum(lengths));
    return weightOf(norm === 'euclidean' ? Math.hypot(...lengths) : Math.max(...lengths));
  });
}

function merged(tables: readonly Table[], by: readonly number[] | null): readonly Table[] {
  if (by === null) return tables;
  return [tables[0]!.map((row, i) => row.map((_, j) => sum(tables.map((P, n) => by[n]! * P[i]![j]!))))];
}

function meanOf(all: readonly Values[]): Values {
  const mean = (name: string) => sum(all.map((values) => values[name]!)) / all.length;
  return Object.fromEntries(Object.keys(all[0]!).map((name) => [name, mean(name)]));
}

/** Counts of pairs of levels, a voxel's and that of the one a step on. */
function coOccurrences({ places, levelAt, Ng }: Region, step: Index, isSymmetric: boolean): Table {
  const P = table(Ng, Ng);
  for (const place of places) {
    const [i, j] = [levelAt(place), levelAt(moved(place, step))];
    if (j === 0) continue;
    P[i]![j]! += 1;
    if (isSymmetric) P[j]![i]! += 1;
  }
  return P;
}

function glcm(P: Table): Values {
  const Ng = P.length - 1;
  const total = sum(P.flat());
  const p = P.map((row) => row.map((cell) => cell / total));
  const mean = (of: (i: number, j: number) => number) => sumOver(p, (cell, i, j) => cell * of(i, j));
  const px = p.map(sum);
  const py = range(0, Ng).map((j) => sum(p.map((row) => row[j]!)));
  const pSum = range(0, 2 * Ng).map((k) => mean((i, j) => Number(i + j === k)));
  const pDifference = range(0, Ng).map((k) => mean((i, j) => Number(Math.abs(i - j) === k)));
  const [ux, uy] = [mean((i) => i), mean((_, j) => j)];
  const sigma = Math.sqrt(mean((i) => (i - ux) ** 2)) * Math.sqrt(mean((_, j) => (j - uy) ** 2));
  const HXY = entropy(p.flat());
  const HXY1 = -mean((i, j) => Math.log2(px[i]! * py[j]! + EPSILON));
  const HXY2 = entropy(px.flatMap((x) => py.map((y) => x * y)));
  const DA = mean((i, j) => Math.abs(i - j));
  return {
    Autocorrelation: mean((i, j) => i * j),
    JointAverage: ux,
    ClusterProminence: mean((i, j) => (i + j - ux - uy) ** 4),
    ClusterShade: mean((i, j) => (i + j - ux - uy) ** 3),
    ClusterTendency: mean((i, j) => (i + j - ux - uy) ** 2),
    Contrast: mean((i, j) => (i - j) ** 2),
    Correlation: sigma === 0 ? 1 : mean((i, j) => (i - ux) * (j - uy)) / (sigma + EPSILON),
    DifferenceAverage: DA,
    DifferenceEntropy: entropy(pDifference),
    DifferenceVariance: mean((i, j) => (Math.abs(i - j) - DA) ** 2),
    Id: mean((i, j) => 1 / (1 + Math.abs(i - j))),
    Idm: mean((i, j) => 1 / (1 + (i - j) ** 2)),
    Idmn: mean((i, j) => 1 / (1 + (i - j) ** 2 / Ng ** 2)),
    Idn: mean((i, j) => 1 / (1 + Math.abs(i - j) / Ng)),
    Imc1: (HXY - HXY1) / Math.max(entropy(px), entropy(py)),
    Imc2: HXY2 === HXY ? 0 : Math.sqrt(1 - Math.exp(-2 * (HXY2 - HXY))),
    InverseVariance: mean((i, j) => (i === j ? 0 : 1 / (i - j) ** 2)),
    JointEnergy: sumOver(p, (cell) => cell ** 2),
    JointEntropy: HXY,
    MCC: maximalCorrelation(p, px, py),
    MaximumProbability: Math.max(...p.flat()),
    SumAverage: mean((i, j) => i + j),
    SumEntropy: entropy(pSum),
    SumSquares: mean((i) => (i - ux) ** 2),
  };
}

/** Square root of the second largest eigenvalue of Q(i, j), the sum over k of p(i, k) p(j, k) / (px(i) py(k) + eps). */
function maximalCorrelation(p: Table, px: readonly number[], py: readonly number[]): number {
  const Q = p.map((row, i) =>
    p.map((other) => sum(row.map((cell, k) => (cell * other[k]!) / (px[i]! * py[k]! + EPSILON)))),
  );
  const eigenvalues = new EigenvalueDecomposition(new Matrix(Q)).realEigenvalues.toSorted((a, b) => b - a);
  return Math.sqrt(eigenvalues[1]!);
}

/** Counts of runs by level and length. */
function runLengths({ places, levelAt, Ng }: Region, step: Index): Table {
  const P = table(Ng, places.length);
  for (const place of places) {
    const level = levelAt(place);
    if (levelAt(moved(place, step, -1)) === level) continue;
    let length = 1;
    while (levelAt(moved(place, step, length)) === level) length++;
    P[level]![length]! += 1;
  }
  return P;
}

/** Counts of zones of one level by level and size. */
function sizeZones({ places, levelAt, Ng }: Region, around: Steps): Table {
  const P = table(Ng, places.length);
  const seen = new Set<string>();
  for (const place of places) {
    if (seen.has(place.join())) continue;
    seen.add(place.join());
    const zone = [place];
    for (const member of zone) {
      const touching = around.map((step) => moved(member, step));
      for (const next of touching.filter((at) => levelAt(at) === levelAt(place) && !seen.has(at.join()))) {
        seen.add(next.join());
        zone.push(next);
      }
    }
    P[levelAt(place)]![zone.length]! += 1;
  }
  return P;
}

/** Levels of the voxels of the region around one. */
const levelsAround = ({ levelAt }: Region, place: Index, around: Steps): readonly number[] =>
  around.map((step) => levelAt(moved(place, step))).filter((level) => level > 0);

/** Counts of voxels by level and number of dependent voxels, themselves among them. */
function dependences(region: Region, around: Steps, alpha: number): Table {
  const P = table(region.Ng, around.length + 1);
  for (const place of region.places) {
    const level = region.levelAt(place);
    const dependent = levelsAround(region, place, around).filter((other) => Math.abs(other - level) <= alpha);
    P[level]![1 + dependent.length]! += 1;
  }
  return P;
}

/** What the names of the features of a table of levels by sizes are made of. */
type Words = readonly [small: string, large: string, level: string, size: string, item: string];
const RUNS: Words = ['ShortRun', 'LongRun', 'GrayLevelRun', 'RunLength', 'Run'];
const ZONES: Words = ['SmallArea', 'LargeArea', 'GrayLevelZone', 'SizeZone', 'Zone'];
const DEPENDENCES: Words = ['SmallDependence', 'LargeDependence', 'GrayLevel', 'Dependence', 'Dependence'];

function levelBySize(P: Table, [small, large, level, size, item]: Words): Values {
  const N = sum(P.flat());
  const mean = (of: (i: number, j: number) => number) => sumOver(P, (cell, i, j) => (cell / N) * of(i, j));
  const [meanLevel, meanSize] = [mean((i) => i), mean((_, j) => j)];
  const levels = sum(P.map((row) => sum(row) ** 2));
  const sizes = sum(P[0]!.map((_, j) => sum(P.map((row) => row[j]!)) ** 2));
  return {
    [`${small}Emphasis`]: mean((_, j) => 1 / j ** 2),
    [`${large}Emphasis`]: mean((_, j) => j ** 2),
    [`Low${level}Emphasis`]: mean((i) => 1 / i ** 2),
    [`High${level}Emphasis`]: mean((i) => i ** 2),
    [`${small}LowGrayLevelEmphasis`]: mean((i, j) => 1 / (i ** 2 * j ** 2)),
    [`${small}HighGrayLevelEmphasis`]: mean((i, j) => i ** 2 / j ** 2),
    [`${large}LowGrayLevelEmphasis`]: mean((i, j) => j ** 2 / i ** 2),
    [`${large}HighGrayLevelEmphasis`]: mean((i, j) => i ** 2 * j ** 2),
    GrayLevelNonUniformity: levels / N,
    GrayLevelNonUniformityNormalized: levels / N ** 2,
    [`${size}NonUniformity`]: sizes / N,
    [`${size}NonUniformityNormalized`]: sizes / N ** 2,
    GrayLevelVariance: mean((i) => (i - meanLevel) ** 2),
    [`${item}Variance`]: mean((_, j) => (j - meanSize) ** 2),
    [`${item}Entropy`]: entropy(P.flat().map((cell) => cell / N)),
    [`${item}Percentage`]: N / sumOver(P, (cell, _, j) => cell * j),
  };
}

function ngtdm(region: Region, around: Steps): Values {
  const { places, levelAt, Ng } = region;
  const n = new Array<number>(Ng + 1).fill(0);
  const s = new Array<number>(Ng + 1).fill(0);
  for (const place of places) {
    const i = levelAt(place);
    const others = levelsAround(region, place, around);
    n[i]! += 1;
    if (others.length > 0) s[i]! += Math.abs(i - sum(others) / others.length);
  }
  const Nvp = places.length;
  const p = n.map((voxels) => voxels / Nvp);
  const present = range(1, Ng).filter((i) => n[i]! > 0);
  const Ngp = present.length;
  const pairs = (of: (i: number, j: number) => number) =>
    sum(present.flatMap((i) => present.map((j) => of(i, j))));
  const ps = sum(p.map((pi, i) => pi * s[i]!));
  return {
    Busyness: ps / pairs((i, j) => Math.abs(i * p[i]! - j * p[j]!)),
    Coarseness: 1 / ps,
    Complexity: pairs((i, j) => (Math.abs(i - j) * (p[i]! * s[i]! + p[j]! * s[j]!)) / (p[i]! + p[j]!)) / Nvp,
    Contrast: (pairs((i, j) => p[i]! * p[j]! * (i - j) ** 2) / (Ngp * (Ngp - 1))) * (sum(s) / Nvp),
    Strength: pairs((i, j) => (p[i]! + p[j]!) * (i - j) ** 2) / sum(s),
  };
}

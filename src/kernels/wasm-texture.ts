import type { LevelPlaces, Neighbourhood, PairCounts, Runs, TextureKernels, Zones } from './kernels.ts';
import { plainTexture } from './plain-texture.ts';
import { places } from './wasm-memory.ts';

/** What `assembly/texture.ts` exports. Addresses are bytes of `memory`. */
export type TextureExports = Readonly<{
  memory: WebAssembly.Memory;
  countPairs(...args: readonly number[]): void;
  amongLevels(...args: readonly number[]): void;
  countRuns(...args: readonly number[]): number;
  neighbourhood(...args: readonly number[]): void;
  zones(...args: readonly number[]): number;
}>;

/** A vector of bytes is read at once, also at either end. */
const VECTOR = 16;
/** Counts and sums of neighbours must fit one and two bytes. */
const MOST_NEIGHBOURS = 255;

/** Levels of one byte; others, and neighbourhoods beyond the vectors' width, are left to the plain kernels. */
export function wasmTexture(wasm: TextureExports): TextureKernels {
  const isNarrow = (levels: LevelPlaces) => levels.voxels instanceof Uint8Array;
  return {
    pairs: (levels, steps, present, isSymmetric) =>
      isNarrow(levels)
        ? pairs(wasm, levels, steps, present, isSymmetric)
        : plainTexture.pairs(levels, steps, present, isSymmetric),
    runs: (levels, steps, longest) =>
      isNarrow(levels) ? runs(wasm, levels, steps, longest) : plainTexture.runs(levels, steps, longest),
    neighbourhood: (levels, steps, most) =>
      isNarrow(levels) && steps.length <= MOST_NEIGHBOURS
        ? neighbourhood(wasm, levels, steps, Math.min(255, Math.floor(most)))
        : plainTexture.neighbourhood(levels, steps, most),
    zones: (levels, steps, areNear) =>
      isNarrow(levels) ? zones(wasm, levels, steps, areNear) : plainTexture.zones(levels, steps, areNear),
  };
}

/** Levels and places put into memory, and room for more. */
function loaded(wasm: TextureExports, { voxels, inside }: LevelPlaces, room: readonly number[]): number[] {
  const [start, list, ...more] = places(wasm.memory, [
    voxels.length + 2 * VECTOR,
    4 * inside.length,
    ...room,
  ]);
  const levels = start! + VECTOR;
  const { buffer } = wasm.memory;
  new Uint8Array(buffer, start, VECTOR).fill(0);
  new Uint8Array(buffer, levels, voxels.length).set(voxels);
  new Uint8Array(buffer, levels + voxels.length, VECTOR).fill(0);
  new Int32Array(buffer, list, inside.length).set(inside);
  return [levels, list!, ...more];
}

function pairs(
  wasm: TextureExports,
  levels: LevelPlaces,
  steps: Int32Array,
  present: Int32Array,
  isSymmetric: boolean,
): readonly PairCounts[] {
  const width = levels.highest + 1;
  const n = present.length;
  const room = [4 * width * width, 4 * n, 8 * n * n, 8 * n];
  const [from, list, matrix, among, cells, bounds] = loaded(wasm, levels, room) as [
    ...[number, number, number, number, number, number],
  ];
  const { buffer } = wasm.memory;
  const counts = new Int32Array(buffer, matrix, width * width);
  new Int32Array(buffer, among, n).set(present);
  const found = new Float64Array(buffer, cells, n * n);
  const ranges = new Int32Array(buffer, bounds, 2 * n);
  return Array.from(steps, (step) => {
    counts.fill(0);
    wasm.countPairs(from, list, levels.inside.length, step, width, matrix);
    wasm.amongLevels(matrix, width, among, n, Number(isSymmetric), cells, bounds);
    return { cells: found.slice(), ranges: ranges.slice() };
  });
}

function runs(wasm: TextureExports, levels: LevelPlaces, steps: Int32Array, room: number): readonly Runs[] {
  const { inside, highest } = levels;
  const cells = room * highest;
  const [from, , matrix] = loaded(wasm, levels, [4 * cells]) as [number, number, number];
  const voxelsOfLevel = levels.counts.subarray(1, highest + 1);
  const counts = new Int32Array(wasm.memory.buffer, matrix, cells);
  const [start, end] = rangeOf(inside);
  return Array.from(steps, (step) => {
    counts.fill(0);
    counts.set(voxelsOfLevel);
    const found = wasm.countRuns(from, start, end, step, highest, matrix);
    const longest = found >> 1;
    return { counts: counts.slice(0, longest * highest), longest, hasNeighbours: (found & 1) === 1 };
  });
}

/** First place of the region, and the one after its last. */
const rangeOf = (inside: Int32Array): readonly [number, number] => [
  inside[0] ?? 0,
  (inside.at(-1) ?? -1) + 1,
];

function neighbourhood(
  wasm: TextureExports,
  levels: LevelPlaces,
  steps: Int32Array,
  most: number,
): Neighbourhood {
  const { inside, highest } = levels;
  const cells = (steps.length + 1) * highest;
  const room = [4 * steps.length, 4 * cells, 8 * highest, 64];
  const [from, , ways, matrix, sums, work] = loaded(wasm, levels, room) as [
    ...[number, number, number, number, number, number],
  ];
  const { buffer } = wasm.memory;
  new Int32Array(buffer, ways, steps.length).set(steps);
  const similar = new Int32Array(buffer, matrix, cells).fill(0);
  const differences = new Float64Array(buffer, sums, highest).fill(0);
  const [start, end] = rangeOf(inside);
  wasm.neighbourhood(from, start, end, ways, steps.length, most, highest, matrix, sums, work);
  return { similar: similar.slice(), differences: differences.slice() };
}

function zones(
  wasm: TextureExports,
  levels: LevelPlaces,
  steps: Int32Array,
  areNear: (a: number, b: number) => boolean,
): Zones {
  const { voxels, inside } = levels;
  const n = inside.length;
  const behind = backwards(steps, areNear);
  const bytes = 4 * behind.length;
  const room = [bytes, bytes, bytes, 4 * (voxels.length + VECTOR), 4 * n, 4 * n];
  const [from, list, ways, near, work, parent, ofLevel, ofSize] = loaded(wasm, levels, room) as [
    ...[number, number, number, number, number, number, number, number],
  ];
  const { buffer } = wasm.memory;
  new Int32Array(buffer, ways, behind.length).set(behind.map(({ step }) => step));
  new Int32Array(buffer, near, behind.length).set(behind.map(({ earlier }) => earlier));
  const [start, end] = rangeOf(inside);
  const directions = behind.length;
  const found = wasm.zones(from, list, n, start, end, ways, near, directions, work, parent, ofLevel, ofSize);
  return {
    levels: new Int32Array(buffer, ofLevel, found).slice(),
    sizes: new Int32Array(buffer, ofSize, found).slice(),
  };
}

/**
 * The steps that lead back, those with most others near them first; `earlier`: a bit for each one before it that is near. Two near
 * neighbours of equal level were united already: only one of them has to be united with the voxel itself.
 */
function backwards(
  steps: Int32Array,
  areNear: (a: number, b: number) => boolean,
): readonly Readonly<{ step: number; earlier: number }>[] {
  const back = [...steps.keys()].filter((k) => steps[k]! < 0);
  const nearTo = (k: number) => back.filter((other) => areNear(k, other)).length;
  const ordered = back.map((k) => ({ k, near: nearTo(k) })).sort((a, b) => b.near - a.near);
  return ordered.map(({ k }, at) => ({
    step: steps[k]!,
    earlier: ordered
      .slice(0, at)
      .reduce((bits, { k: other }, bit) => bits | (Number(areNear(k, other)) << bit), 0),
  }));
}

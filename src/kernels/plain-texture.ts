import type { LevelPlaces, Neighbourhood, PairCounts, Runs, TextureKernels, Zones } from './kernels.ts';

/** Counts for texture matrices in plain TypeScript; levels of any width, any number of neighbours. */
export const plainTexture: TextureKernels = {
  pairs: (levels, steps, present, isSymmetric) =>
    Array.from(steps, (step) => pairsAt(levels, step, present, isSymmetric)),
  runs: (levels, steps, longest) => Array.from(steps, (step) => runsAlong(levels, step, longest)),
  neighbourhood,
  zones,
};

function pairsAt(
  { voxels, inside, highest }: LevelPlaces,
  step: number,
  present: Int32Array,
  isSymmetric: boolean,
): PairCounts {
  const n = present.length;
  const places = new Int32Array(highest + 1).fill(-1);
  for (const [place, level] of present.entries()) places[level] = place;
  const cells = new Float64Array(n * n);
  for (let i = 0; i < inside.length; i++) {
    const row = places[voxels[inside[i]!]!]!;
    const column = places[voxels[inside[i]! + step]!]!;
    if (column < 0) continue;
    cells[row * n + column] = cells[row * n + column]! + 1;
    if (isSymmetric) cells[column * n + row] = cells[column * n + row]! + 1;
  }
  return { cells, ranges: rangesOf(cells, n) };
}

function rangesOf(cells: Float64Array, n: number): Int32Array {
  const rows = Array.from({ length: n }, (_, i) => cells.subarray(i * n, (i + 1) * n));
  const isFilled = (count: number) => count > 0;
  return Int32Array.of(
    ...rows.map((row) => Math.max(0, row.findIndex(isFilled))),
    ...rows.map((row) => row.findLastIndex(isFilled) + 1),
  );
}

/** A run is counted at its first voxel. */
function runsAlong({ voxels, inside, highest }: LevelPlaces, step: number, room: number): Runs {
  const counts = new Int32Array(room * highest);
  let hasNeighbours = false;
  let longest = 1;
  for (let i = 0; i < inside.length; i++) {
    const start = inside[i]!;
    const level = voxels[start]!;
    const before = voxels[start - step]!;
    if (before !== 0) hasNeighbours = true;
    if (before === level) continue;
    let length = 1;
    for (let next = start + step; voxels[next] === level; next += step) length++;
    if (length > longest) longest = length;
    const cell = (length - 1) * highest + level - 1;
    counts[cell] = counts[cell]! + 1;
  }
  return { counts, hasNeighbours, longest };
}

function neighbourhood(
  { voxels, inside, highest }: LevelPlaces,
  steps: Int32Array,
  most: number,
): Neighbourhood {
  const similar = new Int32Array((steps.length + 1) * highest);
  const differences = new Float64Array(highest);
  for (let i = 0; i < inside.length; i++) {
    const place = inside[i]!;
    const level = voxels[place]!;
    let [alike, found, total] = [0, 0, 0];
    for (let s = 0; s < steps.length; s++) {
      const other = voxels[place + steps[s]!]!;
      if (other === 0) continue;
      found++;
      total += other;
      if (Math.abs(other - level) <= most) alike++;
    }
    const cell = alike * highest + level - 1;
    similar[cell] = similar[cell]! + 1;
    if (found > 0) differences[level - 1] = differences[level - 1]! + Math.abs(level - total / found);
  }
  return { similar, differences };
}

/** Each zone is flooded, and erased behind. */
function zones({ voxels, inside }: LevelPlaces, steps: Int32Array): Zones {
  const left = voxels.slice();
  const stack = new Int32Array(inside.length);
  const [levels, sizes] = [new Int32Array(inside.length), new Int32Array(inside.length)];
  let found = 0;
  for (let i = 0; i < inside.length; i++) {
    const level = left[inside[i]!]!;
    if (level === 0) continue;
    levels[found] = level;
    sizes[found] = flood(left, inside[i]!, level, steps, stack);
    found++;
  }
  return { levels: levels.subarray(0, found), sizes: sizes.subarray(0, found) };
}

function flood(
  left: Uint8Array | Uint16Array,
  start: number,
  level: number,
  steps: Int32Array,
  stack: Int32Array,
): number {
  left[start] = 0;
  stack[0] = start;
  let size = 1;
  for (let waiting = 1; waiting > 0; ) {
    const place = stack[--waiting]!;
    for (let s = 0; s < steps.length; s++) {
      const next = place + steps[s]!;
      if (left[next] !== level) continue;
      left[next] = 0;
      stack[waiting++] = next;
      size++;
    }
  }
  return size;
}

import type { LevelPlaces, Neighbourhood, Runs, TextureKernels, Zones } from './kernels.ts';

/** Counts for texture matrices in plain TypeScript; levels of any width, any number of neighbours. */
export const plainTexture: TextureKernels = {
  pairs: (levels, steps) => Array.from(steps, (step) => pairsAt(levels, step)),
  runs: (levels, steps, longest) => Array.from(steps, (step) => runsAlong(levels, step, longest)),
  neighbourhood,
  zones,
};

function pairsAt({ voxels, inside, highest }: LevelPlaces, step: number): Int32Array {
  const width = highest + 1;
  const matrix = new Int32Array(width * width);
  for (let i = 0; i < inside.length; i++) {
    const place = inside[i]!;
    const cell = voxels[place]! * width + voxels[place + step]!;
    matrix[cell] = matrix[cell]! + 1;
  }
  return matrix;
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

function neighbourhood({ voxels, inside }: LevelPlaces, steps: Int32Array, most: number): Neighbourhood {
  const n = inside.length;
  const [similar, present, sum] = [new Uint16Array(n), new Uint16Array(n), new Uint32Array(n)];
  for (let i = 0; i < n; i++) {
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
    similar[i] = alike;
    present[i] = found;
    sum[i] = total;
  }
  return { similar, present, sum };
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

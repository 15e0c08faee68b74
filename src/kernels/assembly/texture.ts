/**
 * Counts for texture matrices. `levels` is an array of bytes with a border of zeros around the region, `inside` the int32
 * places of the region's voxels; steps lead from a voxel to a neighbour, in bytes.
 */

/** Adds to a matrix, (highest + 1) wide: row = level of a voxel, column = level of its neighbour. */
export function countPairs(levels: usize, inside: usize, count: usize, step: i32, width: i32, matrix: usize): void {
  const end = inside + (count << 2);
  for (; inside < end; inside += 4) {
    const at = levels + <usize>i32.load(inside);
    const cell = matrix + (<usize>(<i32>load<u8>(at) * width + <i32>load<u8>(at + step)) << 2);
    i32.store(cell, i32.load(cell) + 1);
  }
}

/**
 * Cells of a matrix of pairs, (highest + 1) wide, among the `n` int32 levels `present`, as doubles, row-major; symmetric: the
 * matrix and its transpose added. `ranges`: n int32 of where the cells of a row that are not 0 begin, then n of where they end.
 */
export function amongLevels(
  matrix: usize,
  width: usize,
  present: usize,
  n: usize,
  isSymmetric: bool,
  cells: usize,
  ranges: usize,
): void {
  const end = present + (n << 2);
  for (let i = present; i < end; i += 4, ranges += 4) {
    const level = <usize>i32.load(i);
    const there = matrix + ((level * width) << 2);
    const back = matrix + (level << 2);
    let first = end;
    let last = present;
    for (let j = present; j < end; j += 4, cells += 8) {
      const other = <usize>i32.load(j);
      let count = i32.load(there + (other << 2));
      if (isSymmetric) count += i32.load(back + ((other * width) << 2));
      f64.store(cells, <f64>count);
      if (count == 0) continue;
      first = min(first, j);
      last = j + 4;
    }
    i32.store(ranges, first < end ? <i32>((first - present) >> 2) : 0);
    i32.store(ranges + (n << 2), <i32>((last - present) >> 2));
  }
}

/**
 * Runs of equal level along a step that leads onwards; all voxels of the region lie from byte `start` to before `end`. Adds to a
 * matrix, `highest` wide: row = length of a run - 1, column = level - 1, whose first row has the number of voxels of each
 * level: most runs are of one voxel, so that only the others are looked for, and their voxels taken from that row.
 * Twice the longest run, plus 1 if any two voxels are neighbours.
 */
export function countRuns(levels: usize, start: usize, end: usize, step: i32, highest: i32, matrix: usize): i32 {
  const zero = i8x16.splat(0);
  let longest = 1;
  let near = zero;
  for (let p = levels + start; p < levels + end; p += 16) {
    const centre = v128.load(p);
    if (!v128.any_true(centre)) continue;
    const isThere = i8x16.ne(centre, zero);
    const before = v128.load(p - step);
    near = v128.or(near, v128.and(before, isThere));
    const goesOn = v128.and(i8x16.eq(centre, v128.load(p + step)), isThere);
    let starts = i8x16.bitmask(v128.andnot(goesOn, i8x16.eq(centre, before)));
    for (; starts != 0; starts &= starts - 1) {
      const first = p + <usize>ctz(starts);
      const level = load<u8>(first);
      let length = 2;
      for (let at = first + 2 * step; load<u8>(at) == level; at += step) length++;
      longest = max(longest, length);
      const single = matrix + (<usize>level << 2) - 4;
      const cell = single + (<usize>((length - 1) * highest) << 2);
      i32.store(single, i32.load(single) - length);
      i32.store(cell, i32.load(cell) + 1);
    }
  }
  return longest * 2 + i32(v128.any_true(near));
}

/**
 * What lies around the bytes from `start` to before `end` that are not 0. Adds to a matrix, `highest` wide: row = number of
 * neighbours that are not 0 and differ by at most `most`, column = level - 1; and to the doubles `differences`, by level - 1:
 * |level - mean of the neighbours that are not 0|. `work`: 64 bytes.
 */
export function neighbourhood(
  levels: usize,
  start: usize,
  end: usize,
  steps: usize,
  count: usize,
  most: i32,
  highest: usize,
  matrix: usize,
  differences: usize,
  work: usize,
): void {
  const zero = i8x16.splat(0);
  const limit = i8x16.splat(<i8>most);
  const lastStep = steps + (count << 2);
  for (let p = levels + start; p < levels + end; p += 16) {
    const centre = v128.load(p);
    if (!v128.any_true(centre)) continue;
    let same = zero;
    let some = zero;
    let low = zero;
    let high = zero;
    for (let s = steps; s < lastStep; s += 4) {
      const other = v128.load(p + i32.load(s));
      const isThere = i8x16.ne(other, zero);
      const apart = v128.or(i8x16.sub_sat_u(other, centre), i8x16.sub_sat_u(centre, other));
      same = i8x16.sub(same, v128.and(isThere, i8x16.le_u(apart, limit)));
      some = i8x16.sub(some, isThere);
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(other));
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(other));
    }
    v128.store(work, same);
    v128.store(work, some, 16);
    v128.store(work, low, 32);
    v128.store(work, high, 48);
    let inside = i8x16.bitmask(i8x16.ne(centre, zero));
    for (; inside != 0; inside &= inside - 1) {
      const k = <usize>ctz(inside);
      const level = <usize>load<u8>(p + k);
      const cell = matrix + ((<usize>load<u8>(work + k) * highest + level - 1) << 2);
      i32.store(cell, i32.load(cell) + 1);
      const found = load<u8>(work + k, 16);
      if (found == 0) continue;
      const sum = differences + ((level - 1) << 3);
      const mean = <f64>load<u16>(work + (k << 1), 32) / <f64>found;
      f64.store(sum, f64.load(sum) + abs(<f64>level - mean));
    }
  }
}

/**
 * Zones of equal level among the voxels from byte `start` to before `end`; int32 level and size of each, in the order of first
 * voxels. `steps`: to the neighbours that lie behind; `near`: for each the set of earlier ones that lead to a neighbour of where it
 * leads. `parent`: an int32 a byte. `work`: an int32 a step. Voxels of equal level that touch are united
 * (union-find); a zone's root is its first voxel, so that in a second walk every voxel finds its root's number one step away.
 * The number of zones.
 */
export function zones(
  levels: usize,
  inside: usize,
  count: usize,
  start: usize,
  end: usize,
  steps: usize,
  near: usize,
  directions: usize,
  work: usize,
  parent: usize,
  zoneLevels: usize,
  zoneSizes: usize,
): i32 {
  uniteEqual(levels, start, end, steps, near, directions << 2, work, parent);
  let found = 0;
  for (const last = inside + (count << 2); inside < last; inside += 4) {
    const at = i32.load(inside);
    const own = parent + (<usize>at << 2);
    const root = i32.load(own);
    if (root == at) {
      i32.store(own, ~found);
      store<i32>(zoneLevels + (<usize>found << 2), load<u8>(levels + <usize>at));
      store<i32>(zoneSizes + (<usize>found << 2), 1);
      found++;
    } else {
      const zone = i32.load(parent + (<usize>root << 2));
      i32.store(own, zone);
      const size = zoneSizes + (<usize>~zone << 2);
      i32.store(size, i32.load(size) + 1);
    }
  }
  return found;
}

function uniteEqual(
  levels: usize,
  start: usize,
  end: usize,
  steps: usize,
  near: usize,
  ways: usize,
  work: usize,
  parent: usize,
): void {
  const zero = i8x16.splat(0);
  for (let p = start; p < end; p += 16) {
    const centre = v128.load(levels + p);
    if (!v128.any_true(centre)) continue;
    const isThere = i8x16.ne(centre, zero);
    for (let k: usize = 0; k < 16; k++) i32.store(parent + ((p + k) << 2), <i32>(p + k));
    for (let way: usize = 0; way < ways; way += 4) {
      const step = i32.load(steps + way);
      let equal = i8x16.bitmask(v128.and(i8x16.eq(centre, v128.load(levels + p + step)), isThere));
      i32.store(work + way, equal);
      for (let set = i32.load(near + way); set != 0 && equal != 0; set &= set - 1) {
        equal &= ~i32.load(work + (<usize>ctz(set) << 2));
      }
      for (; equal != 0; equal &= equal - 1) {
        const at = <i32>p + ctz(equal);
        unite(parent, at, at + step);
      }
    }
  }
}

/** The later root goes below the earlier one. */
function unite(parent: usize, a: i32, b: i32): void {
  let one = rootOf(parent, a);
  let other = rootOf(parent, b);
  if (one == other) return;
  if (one < other) {
    const earlier = one;
    one = other;
    other = earlier;
  }
  i32.store(parent + (<usize>one << 2), other);
}

/** Halves the way on the way up. */
function rootOf(parent: usize, at: i32): i32 {
  let up = i32.load(parent + (<usize>at << 2));
  while (up != at) {
    const further = i32.load(parent + (<usize>up << 2));
    i32.store(parent + (<usize>at << 2), further);
    at = up;
    up = further;
  }
  return at;
}

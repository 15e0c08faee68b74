import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/dicom/uid.ts';
import { seededRandom } from '../../../src/model/random.ts';

describe('seeded random numbers', () => {
  it('are those of xoshiro128** in exact integers, from state 1, 2, 3, 4', () => {
    const random = seededRandom(['00000001', '00000002', '00000003', '00000004'].join(''));
    const words = Array.from({ length: 6 }, () => random.uniform() * 2 ** 32);
    expect(words).toEqual(reference([1, 2, 3, 4], 6));
  });

  it('leave an all-zero seed', () => {
    const random = seededRandom('0'.repeat(32));
    expect(new Set(Array.from({ length: 50 }, random.uniform)).size).toBeGreaterThan(40);
  });

  it('draw normals of mean 0, variance 1, and as many beyond 1.96 as there should be', () => {
    const random = seededRandom(digestOf('normals'));
    const n = 100_000;
    const draws = Array.from({ length: n }, random.normal);
    const mean = draws.reduce((a, b) => a + b, 0) / n;
    const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    // four standard errors: 1 / sqrt(n), sqrt(2 / n), sqrt(.05 * .95 / n)
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    const beyond = draws.filter((draw) => Math.abs(draw) > 1.959964).length / n;
    expect(Math.abs(beyond - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / n));
  });

  it('draw every index, none outside', () => {
    const random = seededRandom(digestOf('indices'));
    const seen = new Set(Array.from({ length: 500 }, () => random.index(7)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

/** xoshiro128** once more, in exact integers. */
function reference(seed: readonly number[], count: number): number[] {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const s = seed.map(BigInt);
  return Array.from({ length: count }, () => {
    const result = (rotl((s[1]! * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1]! << 9n) & mask;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotl(s[3]!, 11n);
    return Number(result);
  });
}

/** Seeded random numbers: the same seed gives the same draws on every machine. Not for secrets. */

export type Random = Readonly<{
  /** uniform on [0, 1), multiples of 2^-32 */
  uniform(): number;
  /** standard normal */
  normal(): number;
  /** uniform on 0 .. size - 1 */
  index(size: number): number;
}>;

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/**
 * xoshiro128** seeded by the first 128 bits of a hex digest; an all-zero state, which the generator cannot leave,
 * is replaced by 1. Normal draws by Box and Muller (1958), two at a time.
 * @see Blackman and Vigna, Scrambled linear pseudorandom number generators, ACM TOMS 47 (2021)
 */
export function seededRandom(hexDigest: string): Random {
  const state = Int32Array.from([0, 8, 16, 24], (at) => Number.parseInt(hexDigest.slice(at, at + 8), 16) | 0);
  if (state.every((word) => word === 0)) state[0] = 1;
  let spare: number | undefined;

  const uniform = (): number => {
    const result = Math.imul(rotate(Math.imul(state[1]!, 5), 7), 9) >>> 0;
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotate(state[3]!, 11);
    return result / 2 ** 32;
  };
  const normal = (): number => {
    if (spare !== undefined) {
      const second = spare;
      spare = undefined;
      return second;
    }
    // 1 - u is never 0, so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform, normal, index: (size) => Math.floor(uniform() * size) };
}

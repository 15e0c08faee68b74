/** The three functions that the tails of distributions are made of. */

/** Lanczos' approximation with g = 7 and nine terms: about 15 digits. */
const LANCZOS = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_59, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
  1.505_632_735_149_311_6e-7,
] as const;

/** ln Γ(x), x > 0. @see Lanczos, SIAM J. Numer. Anal. B 1 (1964) 86-96 */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const below = x - 1;
  const base = below + 7.5;
  const sum = LANCZOS.reduce((all, term, i) => (i === 0 ? term : all + term / (below + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (below + 0.5) * Math.log(base) - base + Math.log(sum);
}

const TINY = 1e-300;
const MOST_TERMS = 10_000;

/**
 * b0 + a1 / (b1 + a2 / (b2 + …)) by the modified Lentz method, to the last digit; `term(i)` gives [a_i, b_i].
 * @see Thompson and Barnett, J. Comput. Phys. 64 (1986) 490-509
 */
function continuedFraction(b0: number, term: (i: number) => readonly [number, number]): number {
  let value = b0 === 0 ? TINY : b0;
  let [numerator, denominator] = [value, 0];
  for (let i = 1; i <= MOST_TERMS; i++) {
    const [a, b] = term(i);
    denominator = 1 / (b + a * denominator || TINY);
    numerator = b + a / numerator || TINY;
    const change = numerator * denominator;
    value *= change;
    if (Math.abs(change - 1) < Number.EPSILON) break;
  }
  return value;
}

/** Q(a, x) = Γ(a, x) / Γ(a): upper tail, a > 0, x >= 0. @see DLMF 8.7.1 (series), 8.9.2 (continued fraction) */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x >= a + 1) return scale / continuedFraction(x + 1 - a, (i) => [-i * (i - a), x + 2 * i + 1 - a]);
  let [term, sum] = [1 / a, 1 / a];
  for (let n = 1; Math.abs(term) > sum * Number.EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return 1 - scale * sum;
}

/** I_x(a, b), the regularised incomplete beta function; a, b > 0 and x in [0, 1]. @see DLMF 8.17.22 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logScale =
    a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b) - Math.log(a);
  const fraction = continuedFraction(1, (i) => {
    const m = Math.floor(i / 2);
    const d =
      i % 2 === 0
        ? (m * (b - m) * x) / ((a + i - 1) * (a + i))
        : (-(a + m) * (a + b + m) * x) / ((a + i - 1) * (a + i));
    return [d, 1];
  });
  return Math.exp(logScale) / fraction;
}

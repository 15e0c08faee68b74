/** PyRadiomics adds this to every probability before its logarithm. */
export const EPSILON = 2 ** -52;

/** Entropy in bits of probabilities. */
export function entropyOf(probabilities: Float64Array): number {
  let entropy = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i]!;
    if (p > 0) entropy -= p * Math.log2(p + EPSILON);
  }
  return entropy;
}

/** The moment of that order about a centre, of a distribution over the integers from 0. */
export function moment(probabilities: Float64Array, order: number, about: number): number {
  let sum = 0;
  for (let k = 0; k < probabilities.length; k++) sum += probabilities[k]! * (k - about) ** order;
  return sum;
}

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

/** Mean of a distribution over the integers from 0. */
export function meanOf(probabilities: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < probabilities.length; k++) sum += probabilities[k]! * k;
  return sum;
}

/** Variance of a distribution over the integers from 0. */
export function varianceOf(probabilities: Float64Array): number {
  const mean = meanOf(probabilities);
  let sum = 0;
  for (let k = 0; k < probabilities.length; k++) sum += probabilities[k]! * (k - mean) * (k - mean);
  return sum;
}

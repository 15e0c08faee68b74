/** Logistic regression on one variable, at its exact optimum: the slope and intercept of calibration. */
import { logistic } from '../../model/interval.ts';

const GRADIENT = 1e-10;
const MOST_STEPS = 200;

/** Maximum likelihood of logit P(y = 1) = intercept + slope x; null where there is none: all x alike, or the classes separated by x. */
export function logitLine(
  x: Float64Array,
  labels: Uint8Array,
): Readonly<{ slope: number; intercept: number }> | null {
  const extremes = (label: number): readonly [number, number] => {
    const own = x.filter((_, i) => labels[i] === label);
    return [own.reduce((a, b) => Math.min(a, b)), own.reduce((a, b) => Math.max(a, b))];
  };
  const [[lowest, highest], [low, high]] = [extremes(0), extremes(1)];
  if (highest <= low || high <= lowest) return null;
  let [slope, intercept] = [0, 0];
  let cost = costOf(x, labels, slope, intercept);
  for (let step = 0; step < MOST_STEPS; step++) {
    const [ofIntercept, ofSlope, w, wx, wxx] = derivatives(x, labels, slope, intercept);
    if (Math.max(Math.abs(ofIntercept), Math.abs(ofSlope)) < GRADIENT) break;
    const determinant = w * wxx - wx * wx;
    const down = [
      (wxx * ofIntercept - wx * ofSlope) / determinant,
      (w * ofSlope - wx * ofIntercept) / determinant,
    ];
    // Half as far until the cost falls; what rounding adds is no rise.
    for (let length = 1; length > 1e-10; length /= 2) {
      const [a, b] = [intercept - length * down[0]!, slope - length * down[1]!];
      const next = costOf(x, labels, b, a);
      if (!(next <= cost + 1e-12 * (1 + Math.abs(cost)))) continue;
      [intercept, slope, cost] = [a, b, next];
      break;
    }
  }
  return { slope, intercept };
}

/** The same with the slope held at 1: how far all log odds have to be moved for their probabilities to sum to the events. */
export function logitShift(x: Float64Array, labels: Uint8Array): number {
  // The sum of probabilities rises with the shift: bisection cannot fail, whatever the log odds are.
  let [low, high] = [-1000, 1000];
  for (let middle = 0; middle > low && middle < high; middle = (low + high) / 2) {
    if (derivatives(x, labels, 1, middle)[0] < 0) low = middle;
    else high = middle;
  }
  return high;
}

function costOf(x: Float64Array, labels: Uint8Array, slope: number, intercept: number): number {
  let cost = 0;
  for (let i = 0; i < x.length; i++) {
    const f = intercept + slope * x[i]!;
    cost += Math.max(f, 0) + Math.log1p(Math.exp(-Math.abs(f))) - labels[i]! * f;
  }
  return cost;
}

/** By intercept and by slope; then the sums of w, w x and w x x with w = q (1 - q). */
function derivatives(
  x: Float64Array,
  labels: Uint8Array,
  slope: number,
  intercept: number,
): readonly [number, number, number, number, number] {
  let [ofIntercept, ofSlope, w, wx, wxx] = [0, 0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const q = logistic(intercept + slope * x[i]!);
    const weight = q * (1 - q);
    ofIntercept += q - labels[i]!;
    ofSlope += (q - labels[i]!) * x[i]!;
    w += weight;
    wx += weight * x[i]!;
    wxx += weight * x[i]! * x[i]!;
  }
  return [ofIntercept, ofSlope, w, wx, wxx];
}

export { addScaled, gaussianPass } from './gaussian';
export { splinePass, splineSamples } from './spline';
export { countPairs, countRuns, neighbourhood, zones } from './texture';

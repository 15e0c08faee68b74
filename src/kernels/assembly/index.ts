export { addScaled, gaussianPass } from './gaussian';
export { largestBeside } from './spectrum';
export { splinePass, splineSamples } from './spline';
export { countPairs, countRuns, neighbourhood, zones } from './texture';

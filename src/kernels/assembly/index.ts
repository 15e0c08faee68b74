export { addScaled, gaussianPass } from './gaussian';
export { largestBeside } from './spectrum';
export { splinePass, splineSamples } from './spline';
export { amongLevels, countPairs, countRuns, neighbourhood, zones } from './texture';

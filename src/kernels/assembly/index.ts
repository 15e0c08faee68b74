export { addScaled, gaussianPass } from './gaussian';
export { largestBeside } from './spectrum';
export { splinePass, splineSamples } from './spline';
export { bytesAt, countLevels, countPairs, countRuns, neighbourhood, wordsAt, zones } from './texture';

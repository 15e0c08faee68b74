export { addScaled, gaussianPass } from './gaussian';
export { splinePass } from './spline';

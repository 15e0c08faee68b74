import { describe, expect, it } from 'vitest';
import { plainKernels } from '../../../../src/kernels/plain-kernels.ts';
import {
  binEdges,
  discretise,
  levelsGiven,
  rangeOf,
  withBorder,
} from '../../../../src/radiomics/discretise.ts';
import { cooccurrence } from '../../../../src/radiomics/families/cooccurrence.ts';
import { glcmFeatures } from '../../../../src/radiomics/families/glcm.ts';
import { EAR_2023 } from '../../../../src/radiomics/profile.ts';
import { placesOf } from '../../../../src/volume/box.ts';
import { IBSI_DIGITAL } from '../../../support/ibsi-digital.ts';

/** Of PyRadiomics; the IBSI's consensus value for the same definition (D3YU, 3D averaged) is 3.06. */
const DIFFERENCE_VARIANCE = 3.0562826217018046;

const differenceVariance = (...of: Parameters<typeof levelsGiven>) =>
  glcmFeatures(levelsGiven(...of), EAR_2023, ['DifferenceVariance'], [1, 1, 1], plainKernels).get(
    'DifferenceVariance',
  )!;

describe('GLCM difference variance (D3YU)', () => {
  it('of the IBSI digital phantom is 3.06', () => {
    const value = differenceVariance(IBSI_DIGITAL, [5, 4, 4]);
    expect(Math.abs(value / DIFFERENCE_VARIANCE - 1)).toBeLessThan(1e-12);
    expect(value.toFixed(2)).toBe('3.06');
  });
  it('is the same from grey values in bins of width 1', () => {
    const places = placesOf(Uint8Array.from(IBSI_DIGITAL, Math.sign));
    const values = Float64Array.from(places, (place) => IBSI_DIGITAL[place]!);
    const edges = binEdges(rangeOf(values)!, { binWidth: 1 }, false);
    const levels = discretise(values, withBorder(places, [5, 4, 4]), edges);
    const value = glcmFeatures(levels, EAR_2023, ['DifferenceVariance'], [1, 1, 1], plainKernels).get(
      'DifferenceVariance',
    )!;
    expect(Math.abs(value / DIFFERENCE_VARIANCE - 1)).toBeLessThan(1e-12);
  });
  it('of pairs that all differ alike is 0', () => {
    expect(differenceVariance([1, 2, 1, 2], [4, 1, 1])).toBe(0);
    expect(differenceVariance([5, 5, 5, 5], [2, 2, 1])).toBe(0);
  });
  it('of one direction follows from the differences by hand', () => {
    // differences 0, 1, 3: mean 4/3, variance 14/9
    expect(differenceVariance([2, 2, 3, 6], [4, 1, 1])).toBeCloseTo(14 / 9, 14);
  });
  it('leaves out directions without a pair instead of counting them as 0', () => {
    // one row within a plane: only the direction along x holds pairs
    expect(differenceVariance([2, 2, 3, 6, 0, 0, 0, 0], [4, 2, 1])).toBeCloseTo(14 / 9, 14);
  });
  it('of voxels that do not touch is undefined', () => {
    expect(differenceVariance([1, 0, 2, 0, 3], [5, 1, 1])).toBeNaN();
    expect(differenceVariance([1], [1, 1, 1])).toBeNaN();
  });
});

describe('co-occurrence counts', () => {
  it('have the level of a voxel as row and that of its neighbour as column', () => {
    const oneWay = { ...EAR_2023, symmetricalGLCM: false };
    const given = levelsGiven([1, 3, 3, 0, 2], [5, 1, 1]);
    const { counts, directions, levels } = cooccurrence(given, oneWay, plainKernels.texture);
    expect(directions).toEqual([[1, 0, 0]]);
    expect([...levels]).toEqual([1, 2, 3]);
    // the voxel of level 3 before the gap, and that of level 2 at the end, have no neighbour
    expect([...counts[0]!.cells]).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 1]);
    const bothWays = cooccurrence(given, EAR_2023, plainKernels.texture);
    expect([...bothWays.counts[0]!.cells]).toEqual([0, 0, 1, 0, 0, 0, 1, 0, 2]);
  });
});

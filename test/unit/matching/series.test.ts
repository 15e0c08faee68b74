import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Header } from '../../../src/dicom/header.ts';
import { chooseSeries, disqualification } from '../../../src/matching/series.ts';
import { makeSeries } from './make-study.ts';

const plain = makeSeries('1.1', { SliceThickness: 2, Manufacturer: 'SIEMENS', ConvolutionKernel: 'B30f' });
const rival = (header: Partial<Header>, count?: number) =>
  makeSeries(
    '1.0',
    { SliceThickness: 2, Manufacturer: 'SIEMENS', ConvolutionKernel: 'B30f', ...header },
    count,
  );
const chosen = (...input: Parameters<typeof chooseSeries>) => {
  const choice = chooseSeries(...input);
  return choice.kind === 'chosen' ? choice.series.SeriesInstanceUID : choice.kind;
};

describe('SR.md 5, several qualify: the series is', () => {
  it('the one with a mask, before all', () => {
    const other = rival({ SliceThickness: 1 });
    expect(chosen([plain, other], { masked: new Set(['1.1']) })).toBe('1.1');
    expect(chosen([plain, other])).toBe('1.0');
  });

  it('the one that asserts to be without contrast', () => {
    const asserted = makeSeries('1.1', { SeriesDescription: 'Chest non-contrast', SliceThickness: 5 });
    expect(chosen([asserted, rival({})])).toBe('1.1');
  });

  it('the one of the kernel family, then of the slice thickness, of the other time point', () => {
    expect(chosen([plain, rival({ ConvolutionKernel: 'B70f' })], { other: plain })).toBe('1.1');
    const other = makeSeries('9', { SliceThickness: 2.2 });
    expect(chosen([plain, rival({ SliceThickness: 1 })], { other })).toBe('1.1');
  });

  it('else the thinner, then the one of more slices, then of the lower SeriesNumber, then by UID', () => {
    expect(chosen([plain, rival({ SliceThickness: 3 })])).toBe('1.1');
    expect(chosen([plain, rival({}, 1)])).toBe('1.1');
    const [second, third] = [makeSeries('1.1', { SeriesNumber: 2 }), makeSeries('1.0', { SeriesNumber: 3 })];
    expect(chosen([third, second])).toBe('1.1');
    expect(chosen([plain, rival({})])).toBe('1.0');
  });

  it('the same whatever the order, and every loser is recorded with its reason', () => {
    const pool = [
      plain,
      rival({ SliceThickness: 1, ConvolutionKernel: 'B60f' }),
      makeSeries('1.2', { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] }),
      makeSeries('1.3', { SliceThickness: 2 }),
      makeSeries('1.4', {}),
    ];
    const expected = chooseSeries(pool, { other: plain });
    expect(expected.losers).toHaveLength(4);
    fc.assert(
      fc.property(fc.shuffledSubarray(pool, { minLength: pool.length }), (turned) => {
        expect(chooseSeries(turned, { other: plain })).toEqual(expected);
      }),
    );
  });
});

describe('a header alone rules out', () => {
  it.each<[string, Partial<Header>, RegExp | undefined]>([
    ['another SOP class', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.4' }, /not a CT/],
    ['a localizer', { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] }, /localizers/],
    ['a reformat', { ImageType: ['DERIVED', 'SECONDARY', 'MPR'] }, /reformatted/],
    ['a contrast series', { SeriesDescription: 'Thorax arterial' }, /Contrast/],
    ['coronal slices', { ImageOrientationPatient: [1, 0, 0, 0, 0, -1] }, /not axial/],
    ['thick slices', { SliceThickness: 5.5 }, /5\.5 mm/],
    ['not a silent header', {}, undefined],
    ['not 5 mm', { SliceThickness: 5, ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }, undefined],
  ])('%s', (_, header, because) => {
    const found = disqualification(makeSeries('1.1', header));
    if (because) expect(found).toMatch(because);
    else expect(found).toBeUndefined();
  });

  it('but a series that a person drew on stays a candidate: the eligibility rules judge it', () => {
    const thick = makeSeries('1.1', { SliceThickness: 7 });
    expect(chosen([thick])).toBe('none');
    expect(chosen([thick], { masked: new Set(['1.1']) })).toBe('1.1');
  });
});

import { describe, expect, it } from 'vitest';
import type { Header } from '../../../src/dicom/header.ts';
import { disqualification } from '../../../src/matching/series.ts';
import { makeSeries } from './make-study.ts';

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
});

import { describe, expect, it } from 'vitest';
import type { MaskDescription } from '../../../src/masks/region.ts';
import { masksOfSeries, missingReferencedImages } from '../../../src/matching/mask-of-series.ts';
import { makeMask, makeRegion, makeSeries } from './make-study.ts';

const soft = makeSeries('1.2.3.4');
const sharp = makeSeries('1.2.3.5');
const elsewhere = makeSeries('1.2.3.6', { FrameOfReferenceUID: '1.2.3.10' });
const tie = (mask: Partial<MaskDescription>, ctSeries = [soft, sharp, elsewhere]) => {
  const { candidates, rejected } = masksOfSeries({ ctSeries, masks: [makeMask(mask)] });
  return candidates[0]?.series.SeriesInstanceUID ?? rejected[0]?.because;
};

describe('SR.md 4.1: a mask belongs to the CT series that', () => {
  it('it names', () => {
    expect(tie({ referencedSeries: ['1.2.3.5'] })).toBe('1.2.3.5');
    expect(tie({ referencedSeries: ['1.2.3.5'], referencedInstances: ['1.2.3.5.1'] })).toBe('1.2.3.5');
  });

  it('holds the images it references, when these are of exactly one series', () => {
    expect(tie({ referencedInstances: ['1.2.3.4.1', '1.2.3.4.2'] })).toBe('1.2.3.4');
    expect(tie({ referencedInstances: ['1.2.3.4.1', '1.2.3.5.1'] })).toMatch(/several series/);
    expect(tie({ referencedInstances: ['1.9.9'] })).toMatch(/None of the images/);
  });

  it('several are named and the images tell which', () => {
    expect(tie({ referencedSeries: ['1.2.3.4', '1.2.3.5'], referencedInstances: ['1.2.3.5.2'] })).toBe(
      '1.2.3.5',
    );
    expect(tie({ referencedSeries: ['1.2.3.4', '1.2.3.5'] })).toMatch(/share the frame of reference/);
    expect(tie({ referencedSeries: ['1.2.3.4', '1.2.3.6'] })).toBe('1.2.3.4');
  });

  it('is the original, when a legacy converted copy of it is named as well: one scan counts once', () => {
    const copy = makeSeries('1.2.3.7', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.2' });
    const both = { referencedSeries: ['1.2.3.4', '1.2.3.7'] };
    expect(tie(both, [copy, soft])).toBe('1.2.3.4');
    expect(tie({ referencedSeries: ['1.2.3.7'] }, [copy, soft])).toBe('1.2.3.7');
    const [drawnOnBoth] = [{ referencedInstances: ['1.2.3.4.1', '1.2.3.7.1'], ...both }];
    expect(tie(drawnOnBoth, [copy, soft])).toBe('1.2.3.4');
  });

  it('a frame of reference alone is never enough', () => {
    expect(tie({}, [soft])).toMatch(/neither a series nor images/);
  });

  it('conflicts are rejected with their reason', () => {
    expect(tie({ referencedSeries: ['1.2.3.4'], referencedInstances: ['1.2.3.5.1'] })).toMatch(
      /instances of another/,
    );
    expect(tie({ referencedSeries: ['1.2.3.6'] })).toMatch(/frame of reference/);
    expect(tie({ referencedSeries: ['1.9.9'] })).toMatch(/not a CT series of this study/);
  });
});

describe('regions', () => {
  it('are tied one by one, and one in which nothing is drawn is rejected', () => {
    const regions = [
      makeRegion({ number: 2, name: 'lesion' }),
      makeRegion({ number: 1, contourOrFrameCount: 0 }),
      makeRegion({ number: 3, FrameOfReferenceUID: '1.2.3.10' }),
    ];
    const { candidates, rejected } = masksOfSeries({
      ctSeries: [soft],
      masks: [makeMask({ referencedSeries: ['1.2.3.4'], regions })],
    });
    expect(candidates.map(({ region }) => region.number)).toEqual([2]);
    expect(rejected).toMatchObject([
      { region: 1, because: 'Nothing is drawn in this region.' },
      { region: 3, because: "The region's frame of reference is not that of the CT series." },
    ]);
  });
});

describe('images that a mask names and that are not here', () => {
  const missing = (referencedInstances: string[], ctSeries = [soft, sharp]) =>
    missingReferencedImages(
      { mask: makeMask({ referencedInstances }), region: makeRegion(), series: soft },
      { ctSeries },
    );

  it('are counted, each once: the series that was drawn on is not complete', () => {
    const all = ['1.2.3.4.1', '1.2.3.4.2', '1.2.3.4.3', '1.2.3.4.4', '1.2.3.4.4'];
    expect(missing(all)).toEqual({ missing: 2, named: 4 });
  });

  it('are none when all are here, when they are of another series that is here, and when none is named', () => {
    expect(missing(['1.2.3.4.1', '1.2.3.4.2'])).toEqual({ missing: 0, named: 2 });
    expect(missing(['1.2.3.4.1', '1.2.3.5.1'])).toEqual({ missing: 0, named: 2 });
    expect(missing([])).toEqual({ missing: 0, named: 0 });
    expect(missing(['1.2.3.4.1', '1.2.3.5.1'], [soft])).toEqual({ missing: 1, named: 2 });
  });
});

import { describe, expect, it } from 'vitest';
import { isUid } from '../../../src/dicom/uid.ts';
import type { Region } from '../../../src/masks/region.ts';
import { type LesionMap, matchLesion } from '../../../src/matching/lesion.ts';
import { makeMask, makeRegion, makeSeries } from './make-study.ts';

const region = (more: Partial<Region>) => ({
  mask: makeMask(),
  region: makeRegion(more),
  series: makeSeries('1.2'),
});
const patient = { PatientID: 'P1', IssuerOfPatientID: 'A' };
const pair = (before: Partial<Region>[], after: Partial<Region>[], map?: LesionMap) => {
  const result = matchLesion(before.map(region), after.map(region), patient, map);
  return result.kind === 'matched' ? result.pair : undefined;
};
const kind = (before: Partial<Region>[], after: Partial<Region>[]) =>
  matchLesion(before.map(region), after.map(region), patient).kind;

describe('SR.md 4.4: a lesion is the same at both time points', () => {
  it('by its tracking UID, whatever it is called', () => {
    const found = pair(
      [
        { name: 'a', trackingUid: '1.2.5' },
        { name: 'b', trackingUid: '1.2.6' },
      ],
      [{ name: 'a', trackingUid: '1.2.6' }, { name: 'c' }],
    );
    expect(found).toMatchObject({
      by: 'trackingUid',
      trackingUid: '1.2.6',
      baseline: { region: { name: 'b' } },
    });
  });

  it('by its name with case and separators folded', () => {
    expect(pair([{ name: 'GTV-1' }, { name: 'GTV-2' }], [{ name: 'gtv 1' }, { name: 'other' }])?.by).toBe(
      'name',
    );
    expect(pair([{ trackingId: 'Lesion 1', name: 'x' }, {}], [{ name: 'LESION_1' }])?.by).toBe('name');
  });

  it('as the only one on both sides', () => {
    expect(pair([{ name: 'tumour' }], [{ name: 'GTV' }])?.by).toBe('single');
  });

  it('by the configured map', () => {
    const map = [{ baseline: 'left', followUp: 'L' }];
    expect(pair([{ name: 'Left' }, { name: 'right' }], [{ name: 'l' }, { name: 'r' }], map)?.by).toBe('map');
  });

  it('never by guess: no match, one name twice, and several lesions are said', () => {
    expect(kind([{ name: 'a' }, { name: 'b' }], [{ name: 'c' }])).toBe('none');
    expect(kind([{ name: 'a' }], [])).toBe('none');
    expect(kind([{ name: 'a' }, { name: 'A' }], [{ name: 'a' }])).toBe('none');
    expect(kind([{ name: 'a' }, { name: 'b' }], [{ name: 'a' }, { name: 'b' }])).toBe('several');
  });
});

describe('the tracking of a lesion', () => {
  it('is derived from patient, issuer and label, so that it is the same at every visit', () => {
    const first = pair([{ name: 'GTV-1' }], [{ name: 'GTV_1' }]);
    const next = pair([{ name: 'gtv 1' }], [{ name: 'GTV-1', number: 7 }]);
    expect(first).toMatchObject({ trackingId: 'GTV-1' });
    expect(isUid(first?.trackingUid)).toBe(true);
    expect(next?.trackingUid).toBe(first?.trackingUid);
    const stranger = matchLesion([region({})], [region({})], { PatientID: 'P2', IssuerOfPatientID: 'A' });
    expect(stranger).not.toMatchObject({ pair: { trackingUid: first?.trackingUid } });
  });

  it("ignores a malformed UID and never carries another program's annotation label", () => {
    const found = pair([{ name: 'Cornerstone3DTools@^0.1.0:Length', trackingUid: 'x' }], [{ name: ' ' }]);
    expect(found).toMatchObject({ trackingId: 'Lesion 1' });
    expect(isUid(found?.trackingUid)).toBe(true);
  });
});

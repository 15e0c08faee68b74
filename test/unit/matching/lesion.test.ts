import { describe, expect, it } from 'vitest';
import { isUid } from '../../../src/dicom/uid.ts';
import type { Region } from '../../../src/masks/region.ts';
import { type LesionMap, type LesionOptions, matchLesion } from '../../../src/matching/lesion.ts';
import { makeMask, makeRegion, makeSeries } from './make-study.ts';

const region = (more: Partial<Region>) => ({
  mask: makeMask(),
  region: makeRegion(more),
  series: makeSeries('1.2'),
});
const patient = { PatientID: 'P1', IssuerOfPatientID: 'A' };
const pair = (before: Partial<Region>[], after: Partial<Region>[], map?: LesionMap) => {
  const result = matchLesion(before.map(region), after.map(region), patient, map && { map });
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

describe('regions that are certainly not, or not certainly, one lesion', () => {
  const uids = (...all: string[]) => all.map((trackingUid) => ({ trackingUid, name: 'GTV' }));

  it('one tracked lesion is found among others', () => {
    const found = pair([{ trackingUid: '1.9.1', name: 'a' }], uids('1.9.1', '1.9.2'));
    expect(found).toMatchObject({ by: 'trackingUid', followUp: { region: { trackingUid: '1.9.1' } } });
  });

  it('two tracked lesions are several; a tracking UID that one side has twice pairs nothing, not even by name', () => {
    expect(kind(uids('1.9.1', '1.9.2'), uids('1.9.2', '1.9.1'))).toBe('several');
    expect(
      kind(
        [{ trackingUid: '1.9.1', name: 'GTV' }],
        [...uids('1.9.1'), { trackingUid: '1.9.1', name: 'new' }],
      ),
    ).toBe('none');
  });

  it('regions that are tracked apart are never paired by name or as the only ones', () => {
    expect(kind(uids('1.9.1'), uids('1.9.2'))).toBe('none');
    const ids = (trackingId: string) => [{ trackingId, name: 'GTV' }];
    expect(kind(ids('Lesion A'), ids('Lesion B'))).toBe('none');
    expect(kind(ids('Lesion A'), ids('lesion_a'))).toBe('matched');
    expect(kind([{ trackingUid: '1.9.1', name: 'GTV' }], [{ name: 'GTV' }])).toBe('matched');
  });

  it.each([
    ['GTV right upper lobe', 'GTV left lower lobe', 'none'],
    ['Lesion 1', 'Lesion 2', 'none'],
    ['GTV', 'GTV-2', 'none'],
    ['GTV', 'GTV left lower lobe', 'matched'],
    ['Tumor', 'GTV_01', 'matched'],
    ['GTV1', 'GTV-1', 'matched'],
    ['', 'GTV left', 'matched'],
  ])('the only tumours, "%s" and "%s": %s', (before, after, expected) => {
    expect(kind([{ name: before }], [{ name: after }])).toBe(expected);
    expect(kind([{ name: after }], [{ name: before }])).toBe(expected);
  });

  const among = (
    [before, alsoBefore]: readonly [string[], string[]],
    [after, alsoAfter]: readonly [string[], string[]],
  ) => {
    const named = (names: string[]) => names.map((name) => region({ name }));
    const alsoThere: LesionOptions['alsoThere'] = {
      baseline: named(alsoBefore),
      followUp: named(alsoAfter),
    };
    const result = matchLesion(named(before), named(after), patient, { alsoThere });
    return result.kind === 'matched' ? result.pair.by : result.kind;
  };

  it('a tumour that ranks lower still means that the lesion is not the only one', () => {
    expect(among([['GTV'], []], [['Tumour'], []])).toBe('single');
    expect(among([['GTV'], ['Lesion 2']], [['Tumour'], []])).toBe('none');
    expect(among([['GTV'], []], [['Tumour'], ['Lesion 2']])).toBe('none');
  });

  it('regions that rank first are paired by name, and never across', () => {
    expect(among([['Lesion 1'], ['Lesion 2']], [['Lesion 1'], ['Lesion 2']])).toBe('name');
    expect(among([['Lesion 1'], ['Lesion 2']], [['Lesion 2'], ['Lesion 1']])).toBe('none');
    expect(among([['Lesion 1'], []], [['Lesion 1', 'Lesion 2'], []])).toBe('name');
    expect(among([['Lesion 1'], []], [['Lesion 1'], ['Lesion 1']])).toBe('none');
    expect(among([['Lesion 1', 'Lesion 2'], []], [['Lesion 1', 'Lesion 2', 'Lesion 2'], []])).toBe('none');
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
    const name = 'Cornerstone3DTools@^0.1.0:Length';
    const found = pair([{ name, trackingUid: 'x' }], [{ name }]);
    expect(found).toMatchObject({ trackingId: 'Lesion 1' });
    expect(isUid(found?.trackingUid)).toBe(true);
  });
});

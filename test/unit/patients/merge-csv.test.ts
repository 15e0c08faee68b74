import { describe, expect, it } from 'vitest';
import { type Merge, mergeOf, parseMergeCsv, resolvedMerges } from '../../../src/patients/merge-csv.ts';

const key = (PatientID: string, IssuerOfPatientID = '') => ({ PatientID, IssuerOfPatientID });
const merge = (old: string, now: string): Merge => ({ old: key(old), now: key(now) });

describe('a merge map as CSV', () => {
  it('names old and new identities, with issuers or without', () => {
    const text = 'oldPatientID,newPatientID,newIssuer,oldIssuer\nA, B ,HOSP,\n"C;1",D,,OLD\n';
    expect(parseMergeCsv(text)).toEqual([
      { old: key('A'), now: key('B', 'HOSP') },
      { old: key('C;1', 'OLD'), now: key('D') },
    ]);
    expect(parseMergeCsv('oldPatientID;newPatientID\nA;B\n')).toEqual([merge('A', 'B')]);
  });

  it.each([
    ['', /oldPatientID: is missing/],
    ['oldPatientID\nA\n', /newPatientID: is missing/],
    ['oldPatientID,newPatientID,name\n', /row 1, column 3/],
    ['oldPatientID,newPatientID,newPatientID\n', /there twice/],
    ['oldPatientID,newPatientID\nA\n', /row 2: 1 cells for 2 columns/],
    ['oldPatientID,newPatientID\n,B\n', /row 2, column oldPatientID: is empty/],
    ['oldPatientID,newPatientID\nA,\n', /row 2, column newPatientID: is empty/],
    ['oldPatientID,newPatientID\nA,A\n', /is the old identity/],
    ['oldPatientID,newPatientID\nA,B\nA,C\n', /row 3, column oldPatientID: repeats row 2/],
    ['oldPatientID,newPatientID\nA\\B,C\n', /no backslash/],
  ])('that does not fit is refused with its place, and without its values: %j', (text, message) => {
    expect(() => parseMergeCsv(text)).toThrow(/TABLE_INVALID/);
    expect(() => parseMergeCsv(text)).toThrow(message);
  });
});

describe('merges one after the other', () => {
  it('are followed to the identity at the end', () => {
    expect(resolvedMerges([merge('A', 'B')], [merge('B', 'C'), merge('C', 'D')])).toEqual([
      merge('A', 'D'),
      merge('B', 'D'),
      merge('C', 'D'),
    ]);
  });

  it('in a circle are refused', () => {
    expect(() => resolvedMerges([merge('A', 'B')], [merge('B', 'A')])).toThrow(/circle/);
    expect(() => resolvedMerges([], [merge('A', 'B'), merge('B', 'C'), merge('C', 'B')])).toThrow(/circle/);
  });

  it('in a circle that identities without an issuer close are refused, too', () => {
    const ring = [
      { old: key('A', 'X'), now: key('B') },
      { old: key('B', 'Y'), now: key('A') },
    ];
    expect(() => resolvedMerges([], ring)).toThrow(/circle/);
    const dropped = [{ old: key('A', 'X'), now: key('A') }];
    expect(resolvedMerges([], dropped)).toEqual(dropped);
  });

  it('follow an identity without issuer to the only one that is known for its ID', () => {
    const [first, second] = [
      { old: key('A', 'X'), now: key('B') },
      { old: key('B', 'Y'), now: key('C') },
    ];
    expect(resolvedMerges([first!], [second!])).toEqual([{ old: key('A', 'X'), now: key('C') }, second]);
  });

  it('can be corrected: the newer row of an old identity counts', () => {
    expect(resolvedMerges([merge('A', 'B')], [merge('A', 'C')])).toEqual([merge('A', 'C')]);
  });
});

describe('the merge of an identity', () => {
  const issued: Merge[] = [
    { old: key('1', 'X'), now: key('9') },
    { old: key('1', 'Y'), now: key('8') },
  ];
  it('is of the same issuer', () => {
    expect(mergeOf(key('1', 'Y'), issued)?.now).toEqual(key('8'));
    expect(mergeOf(key('1', 'Z'), issued)).toBeUndefined();
    expect(mergeOf(key('2', 'X'), issued)).toBeUndefined();
  });
  it('may leave the issuer out only when one is known for that ID', () => {
    expect(mergeOf(key('1'), issued)).toBeUndefined();
    expect(mergeOf(key('1'), [issued[0]!])?.now).toEqual(key('9'));
    expect(mergeOf(key('1', 'Z'), [issued[0]!])).toBeUndefined();
  });
  it('told when no issuer was known holds for objects without issuer, not for whoever comes with one', () => {
    expect(mergeOf(key('1'), [merge('1', '7')])?.now).toEqual(key('7'));
    expect(mergeOf(key('1', 'X'), [merge('1', '7')])).toBeUndefined();
  });
});

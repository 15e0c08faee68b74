import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  daysBetween,
  parseDa,
  parseDs,
  parseDsList,
  parseIs,
  parsePn,
  parseTm,
  parseUtcOffset,
} from '../../../src/dicom/values.ts';

describe('values of DICOM representations', () => {
  it('DA: a day that does not exist is no date', () => {
    expect(parseDa('20240229')).toEqual({ year: 2024, month: 2, day: 29 });
    expect(parseDa('2024.02.29')).toEqual({ year: 2024, month: 2, day: 29 });
    for (const text of ['20230229', '20241301', '2024', '00000000', '20240101-20240201', ''])
      expect(parseDa(text), text).toBeUndefined();
  });

  it('the lung pair lies 61 days apart, and the order gives the sign', () => {
    expect(daysBetween('20250902', '20251102')).toBe(61);
    expect(daysBetween('20251102', '20250902')).toBe(-61);
    expect(daysBetween('20240331', '20240401')).toBe(1);
    expect(daysBetween('', '20240401')).toBeUndefined();
  });

  it('daysBetween is the inverse of adding days', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40_000 }),
        fc.integer({ min: -20_000, max: 20_000 }),
        (start, days) => {
          const da = (day: number): string =>
            new Date(day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
          fc.pre(start + days > -700_000);
          expect(daysBetween(da(start), da(start + days))).toBe(days);
        },
      ),
    );
  });

  it('TM: seconds since midnight, missing parts are 0', () => {
    expect(parseTm('101500')).toBe(36_900);
    expect(parseTm('10')).toBe(36_000);
    expect(parseTm('10:15:00')).toBe(36_900);
    expect(parseTm('121905.999 ')).toBeCloseTo(44_345.999, 9);
    for (const text of ['24', '1060', '1', 'noon', '']) expect(parseTm(text), text).toBeUndefined();
  });

  it('TimezoneOffsetFromUTC (C.12.1.1.8): -1200 to +1400', () => {
    expect(parseUtcOffset('+0530 ')).toBe(19_800);
    expect(parseUtcOffset('-0330')).toBe(-12_600);
    expect(parseUtcOffset('+0000')).toBe(0);
    expect([parseUtcOffset('-1200'), parseUtcOffset('+1400')]).toEqual([-43_200, 50_400]);
    for (const text of ['', '+1401', '-1201', '0530', '+05:30', '+0560', '+99999'])
      expect(parseUtcOffset(text), text).toBeUndefined();
  });

  it('DS and IS: not a finite decimal, not a number', () => {
    expect(parseDs(' -1.5E+1 ')).toBe(-15);
    expect(parseDs('.5')).toBe(0.5);
    for (const text of ['', 'NaN', 'Infinity', '1e999', '0x10', '1,5', '1 2'])
      expect(parseDs(text), text).toBeUndefined();
    expect(parseDsList('1\\2.5\\-3')).toEqual([1, 2.5, -3]);
    expect(parseDsList('1\\\\3')).toBeUndefined();
    expect(parseIs('+00012')).toBe(12);
    expect(parseIs('12.0')).toBe(12);
    expect(parseIs('12.5')).toBeUndefined();
  });

  it('PN: the first component group that holds a name', () => {
    expect(parsePn('Yamada^Tarou=山田^太郎')).toMatchObject({ familyName: 'Yamada', givenName: 'Tarou' });
    expect(parsePn('^^=山田^太郎')).toMatchObject({ familyName: '山田', givenName: '太郎' });
    expect(parsePn('^^^^')).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptable, parseMediaType } from '../../../../adapters/dicomweb/media-type.ts';

const parsed = (text: string) => {
  const type = parseMediaType(text);
  return type && { name: type.name, ...Object.fromEntries(type.parameters) };
};

describe('RFC 9110 8.3: a media type', () => {
  it.each([
    ['multipart/related; type="application/dicom"; boundary=abc', 'application/dicom', 'abc'],
    ['Multipart/Related;TYPE=application/dicom;Boundary="a b=c;d"', 'application/dicom', 'a b=c;d'],
    [
      'multipart/related ; boundary=----=_Part_1.2 ;; type=application/dicom;',
      'application/dicom',
      '----=_Part_1.2',
    ],
    [
      'multipart/related; boundary="a\\"b"; type="application/dicom"; boundary=other',
      'application/dicom',
      'a"b',
    ],
  ])('%s', (text, type, boundary) =>
    expect(parsed(text)).toEqual({ name: 'multipart/related', type, boundary }),
  );

  it.each(['', 'text', '/dicom', 'multipart/related; boundary="open', 'a/b c', 'a/b; c'])(
    'is none: %j',
    (text) => expect(parsed(text)).toBeUndefined(),
  );

  it('of any text is read in a time that grows with its length', () => {
    const long = ['; a', ' ;', '="', '; a=b', '\\"', ' '].map((piece) => `a/b${piece.repeat(5000)}`);
    const start = performance.now();
    for (const text of long) parseMediaType(text);
    expect(performance.now() - start).toBeLessThan(2000);
    fc.assert(fc.property(fc.string(), (text) => void parseMediaType(text)));
  });
});

describe('RFC 9110 12.5.1: what the caller accepts', () => {
  const offers = ['application/dicom+json', 'application/dicom+xml'];
  it.each([
    [undefined, 'application/dicom+json'],
    ['', 'application/dicom+json'],
    ['*/*', 'application/dicom+json'],
    ['application/*', 'application/dicom+json'],
    ['application/dicom+xml', 'application/dicom+xml'],
    ['Application/DICOM+XML; charset=utf-8', 'application/dicom+xml'],
    ['application/dicom+json;q=0.5, application/dicom+xml', 'application/dicom+xml'],
    ['application/dicom+json;q=0, */*', 'application/dicom+xml'],
    ['text/html, */*;q=0.1', 'application/dicom+json'],
    ['text/html', undefined],
    ['application/dicom+json;q=0', undefined],
    ['application/dicom+json;q=2', undefined],
    ['nonsense', undefined],
  ])('%s: %s', (header, offer) => expect(acceptable(header, offers)).toBe(offer));
});

import { describe, expect, it } from 'vitest';
import { parsePart10 } from '../../../src/dicom/parse-part10.ts';
import { sameContent } from '../../../src/dicom/same-content.ts';
import { rtstructFile } from '../../support/mask-fixtures.ts';

/** A structure set with that many empty items behind its content: eight bytes of file each. */
function withEmptyItems(count: number): Uint8Array {
  const items = Buffer.alloc(8 * count, Buffer.from('feff00e000000000', 'hex'));
  const head = Buffer.from('083030005351000000000000', 'hex');
  head.writeUInt32LE(items.length, 8);
  return Buffer.concat([rtstructFile([]), head, items]);
}

describe('an object that is read whole', () => {
  it('may have many elements, but not so many that reading them takes the memory of the process', () => {
    expect(parsePart10(withEmptyItems(1000), 10_000).elements['x30080030']?.items).toHaveLength(1000);
    expect(() => parsePart10(withEmptyItems(10_000), 10_000)).toThrow(/DICOM_TOO_LARGE/);
  });

  it('two objects of very many elements are not compared, so they count as different', () => {
    expect(sameContent(withEmptyItems(1000), withEmptyItems(1000))).toBe(true);
    const started = performance.now();
    expect(sameContent(withEmptyItems(2_000_000), withEmptyItems(2_000_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1500);
  });
});

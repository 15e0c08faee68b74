import { describe, expect, it } from 'vitest';
import { DatasetWalk } from '../../../src/dicom/dataset-walk.ts';
import { Fault } from '../../../src/fault.ts';
import { ctSlice, datasetOf } from '../../support/ct-slice.ts';
import { rtstructFile, segFile } from '../../support/mask-fixtures.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const IMPLICIT = '1.2.840.10008.1.2';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const JPEG = '1.2.840.10008.1.2.4.70';

const hex = (...parts: readonly string[]): Buffer => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
const SQ = '0630 3900 5351 0000 ffffffff';
const ITEM = 'feff 00e0 ffffffff';
const ITEM_END = 'feff 0de0 00000000';
const SQ_END = 'feff dde0 00000000';
const NUMBER = '0630 2200 4953 0200 3120';

function outcome(dataset: Buffer, syntax = EXPLICIT, pieceBytes = dataset.length): string {
  try {
    const walk = new DatasetWalk(syntax);
    for (let at = 0; at < dataset.length; at += pieceBytes) walk.push(dataset.subarray(at, at + pieceBytes));
    walk.end();
    return 'whole';
  } catch (thrown) {
    return thrown instanceof Fault ? thrown.code : String(thrown);
  }
}

describe('the end of a data set (PS3.5 7.5)', () => {
  const whole: readonly (readonly [string, Buffer, string])[] = [
    ['a CT slice', datasetOf(ctSlice()), EXPLICIT],
    ['a structure set', datasetOf(Buffer.from(rtstructFile([{ points: [[1, 1, 1]] }]))), EXPLICIT],
    ['a segmentation', datasetOf(Buffer.from(segFile([{ segment: 1, slice: 0, bits: [1] }]))), EXPLICIT],
    [
      'sequences without lengths',
      hex(SQ, ITEM, SQ, ITEM, NUMBER, ITEM_END, SQ_END, ITEM_END, SQ_END, NUMBER),
      EXPLICIT,
    ],
    [
      'an implicit sequence',
      hex('0630 3900 ffffffff', ITEM, '0630 2200 02000000 3120', ITEM_END, SQ_END),
      IMPLICIT,
    ],
    [
      'a sequence written as UN (PS3.5 6.2.2)',
      hex('0630 3900 554e 0000 ffffffff', ITEM, '0630 2200 02000000 3120', ITEM_END, SQ_END, NUMBER),
      EXPLICIT,
    ],
    [
      'a big endian sequence',
      hex(
        '3006 0039 5351 0000 ffffffff',
        'fffe e000 ffffffff',
        '3006 0022 4953 0002 3120',
        'fffe e00d 00000000',
        'fffe e0dd 00000000',
      ),
      BIG_ENDIAN,
    ],
    [
      'encapsulated pixels',
      hex('e07f 1000 4f42 0000 ffffffff', 'feff 00e0 00000000', 'feff 00e0 02000000 ffd8', SQ_END),
      JPEG,
    ],
  ];
  it.each(whole)(
    '%s is whole, in pieces of any size, and truncated at every cut',
    (_name, dataset, syntax) => {
      for (const size of [1, 7, 12, 4096]) expect(outcome(dataset, syntax, size)).toBe('whole');
      const step = Math.max(1, Math.floor(dataset.length / 500));
      let boundaries = 0;
      for (let cut = 0; cut < dataset.length; cut += step) {
        const found = outcome(dataset.subarray(0, cut), syntax);
        if (found === 'whole') boundaries += 1;
        else expect(found, `cut at ${cut}`).toBe('DICOM_TRUNCATED');
      }
      // Between two elements nothing tells a cut from an end: few places, and every other one is seen.
      expect(boundaries).toBeLessThan(60);
    },
  );

  it('what stands behind the pixels is not looked at', () => {
    expect(outcome(Buffer.concat([datasetOf(ctSlice()), Buffer.alloc(3)]))).toBe('whole');
  });

  it.each([
    ['text', Buffer.from('Dear colleague, please find the images attached.\n'.repeat(20))],
    ['an element where an item must be', hex(SQ, NUMBER)],
    ['an item outside of a sequence', hex(ITEM)],
    ['an end of nothing', hex(ITEM_END)],
    ['the end of an item in a sequence', hex(SQ, ITEM_END)],
    ['pixels without a length', hex('e07f 1000 4f57 0000 ffffffff', ITEM)],
    ['sequences nested a hundred thousand deep', hex(...Array<string>(100_000).fill(SQ + ITEM))],
  ])('%s is no data set', (_name, dataset) => expect(outcome(dataset)).toBe('DICOM_UNPARSABLE'));

  it('says where the header ends, and names only its elements', () => {
    const tags: number[] = [];
    const walk = new DatasetWalk(EXPLICIT, ({ tag }) => tags.push(tag));
    const header = hex(
      '0800 6000 4353 0200 4354',
      '1800 1200 5351 0000 ffffffff',
      ITEM,
      NUMBER,
      ITEM_END,
      SQ_END,
    );
    walk.push(header);
    expect(walk.headerEnd).toBeUndefined();
    walk.push(hex(SQ, SQ_END, NUMBER));
    expect(tags).toEqual([0x00080060, 0x00180012]);
    expect(walk.headerEnd).toBe(header.length);
  });

  it('64 MiB of empty items take no memory, and the last of them no longer than the first', () => {
    const items = Buffer.from(
      Uint32Array.from({ length: 32_768 }, (_, at) => (at % 2 === 0 ? 0xe000fffe : 0)).buffer,
    );
    const walk = new DatasetWalk(EXPLICIT);
    walk.push(hex(SQ));
    const before = process.memoryUsage().heapUsed;
    const pushHalf = (): number => {
      const started = performance.now();
      for (let piece = 0; piece < 256; piece++) walk.push(items);
      return performance.now() - started;
    };
    const [first, last] = [pushHalf(), pushHalf()];
    walk.push(hex(SQ_END));
    walk.end();
    expect(last / first).toBeLessThan(10);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 2 ** 20);
  });
});

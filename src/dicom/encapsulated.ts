import { Fault } from '../fault.ts';
import type { ParsedFile } from './parse-part10.ts';

const ITEM = 0xe000fffe;
const SEQUENCE_DELIMITER = 0xe0ddfffe;
const HEAD_BYTES = 8;

const damaged = (detail: string): Fault => new Fault('PIXEL_DATA_DAMAGED', detail);

type Fragment = Readonly<{
  bytes: Uint8Array /** of its item, from the first item behind the offset table */;
  offset: number;
}>;

/**
 * The compressed bytes of every frame, in order: one frame takes all fragments, as many fragments as frames are one each,
 * otherwise the basic offset table tells. Every fragment must lie within the file.
 * Faults: PIXEL_DATA_DAMAGED, DICOM_MISSING_ATTRIBUTE.
 * @see PS3.5 A.4
 */
export function encapsulatedFrames(parsed: ParsedFile, frames: number): readonly Uint8Array[] {
  const { table, fragments } = itemsOf(parsed);
  if (fragments.length < frames) throw damaged(`${fragments.length} fragments for ${frames} frames`);
  if (fragments.length === frames) return fragments.map(({ bytes }) => bytes);
  if (frames === 1) return [joined(fragments)];
  if (table.length !== frames) throw damaged('frames of several fragments without an offset table');
  return table.map((start, k) => {
    const end = table[k + 1] ?? Number.POSITIVE_INFINITY;
    const own = fragments.filter(({ offset }) => offset >= start && offset < end);
    if (own[0]?.offset !== start) throw damaged('the offset table does not point at fragments');
    return joined(own);
  });
}

function joined(fragments: readonly Fragment[]): Uint8Array {
  const [first, second] = fragments;
  return first && !second ? first.bytes : Buffer.concat(fragments.map(({ bytes }) => bytes));
}

/** The basic offset table, and the fragments behind it. A missing sequence delimiter at the end of the file is tolerated. */
function itemsOf({ bytes, pixelData }: ParsedFile): {
  table: readonly number[];
  fragments: readonly Fragment[];
} {
  if (!pixelData) throw new Fault('DICOM_MISSING_ATTRIBUTE', 'PixelData');
  if (!pixelData.hadUndefinedLength)
    throw damaged('PixelData with a length under a compressed transfer syntax');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const items: Uint8Array[] = [];
  const starts: number[] = [];
  let at = pixelData.dataOffset;
  while (at + HEAD_BYTES <= bytes.length) {
    const tag = view.getUint32(at, true);
    if (tag === SEQUENCE_DELIMITER) break;
    if (tag !== ITEM) throw damaged('no item where a fragment must be');
    const length = view.getUint32(at + 4, true);
    const start = at + HEAD_BYTES;
    if (start + length > bytes.length) throw damaged('a fragment that is longer than the file');
    starts.push(at);
    items.push(bytes.subarray(start, start + length));
    at = start + length;
  }
  const [offsets, ...rest] = items;
  if (!offsets) throw damaged('no offset table');
  const words = new DataView(offsets.buffer, offsets.byteOffset, offsets.length);
  const table = Array.from({ length: offsets.length >> 2 }, (_, k) => words.getUint32(4 * k, true));
  const fragments = rest.map((fragment, k) => ({
    bytes: fragment,
    offset: (starts[k + 1] ?? 0) - (starts[1] ?? 0),
  }));
  return { table, fragments };
}

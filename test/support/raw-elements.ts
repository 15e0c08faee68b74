/** Elements by hand, Explicit VR Little Endian: many of them, or as no writer would have them (PS3.5 7.1, 7.5). */

const LONG = new Set(['SQ', 'UN', 'OB', 'OW', 'UT']);

/** `tag`: group and element as eight hex digits. A value that is too long for its VR is written as UN, as writers do (PS3.5 6.2.2). */
export function rawElement(tag: string, vr: string, value: Buffer | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value.length % 2 === 0 ? value : `${value} `) : value;
  const isLong = LONG.has(vr) || bytes.length > 0xffff;
  const head = Buffer.alloc(isLong ? 12 : 8);
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  head.write(isLong && !LONG.has(vr) ? 'UN' : vr, 4, 'latin1');
  if (isLong) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

const ITEM = Buffer.from('feff00e0', 'hex');

/** A sequence whose items have lengths. */
export const rawSequence = (tag: string, items: readonly Buffer[]): Buffer =>
  rawElement(
    tag,
    'SQ',
    Buffer.concat(
      items.flatMap((item) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(item.length);
        return [ITEM, length, item];
      }),
    ),
  );

/** A private sequence within itself, so many times. */
export function nestedSequences(levels: number): Buffer {
  const heads: Buffer[] = [];
  for (let level = 0, length = 0; level < levels; level++) {
    const head = Buffer.from('510010105351000000000000feff00e000000000', 'hex');
    head.writeUInt32LE(length + 8, 8);
    head.writeUInt32LE(length, 16);
    heads.push(head);
    length += head.length;
  }
  return Buffer.concat(heads.reverse());
}

/** The same without lengths, and without an end. */
export const endlessSequences = (levels: number): Buffer =>
  Buffer.from('5100101053510000fffffffffeff00e0ffffffff'.repeat(levels), 'hex');

/** Seeded damage to bytes: what a bad line, a bad disk, a bad writer or an attacker makes of an input. */
import type { Random } from '../../src/model/random.ts';

/** Lengths, counts and numbers at which readers break. */
const EXTREMES = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];
/** The same as they stand in text. */
const EXTREME_TEXTS = [
  '',
  '0',
  '-1',
  '1e308',
  '1e999',
  '-0',
  'NaN',
  '4294967295',
  '9'.repeat(40),
  '../../x',
  '\0',
  '\ufffd',
];
const MOST_BYTES = 256 * 1024;
/** Headers stand first: half of all changes hit them. */
const HEADER_BYTES = 600;

type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const place = (bytes: Buffer, random: Random): number =>
  random.index(2) === 0
    ? random.index(bytes.length + 1)
    : random.index(Math.min(bytes.length, HEADER_BYTES) + 1);

/** A piece of at most 512 bytes, often a short one. */
function piece(bytes: Buffer, random: Random): readonly [start: number, end: number] {
  const start = place(bytes, random);
  return [start, Math.min(bytes.length, start + 1 + random.index(random.index(2) === 0 ? 16 : 512))];
}

const put = (bytes: Buffer, at: number, write: (changed: Buffer) => void): Buffer => {
  if (at < 0 || at >= bytes.length) return bytes;
  const changed = Buffer.from(bytes);
  write(changed);
  return changed;
};

const spliced = (bytes: Buffer, start: number, end: number, middle: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, start), middle, bytes.subarray(end)]);

const flipBit: Mutation = (bytes, random) => {
  const at = place(bytes, random);
  return put(bytes, at, (changed) => {
    changed[at] = (changed[at] ?? 0) ^ (1 << random.index(8));
  });
};

const setByte: Mutation = (bytes, random) => {
  const at = place(bytes, random);
  return put(bytes, at, (changed) => {
    changed[at] = random.index(256);
  });
};

const truncate: Mutation = (bytes, random) => bytes.subarray(0, random.index(bytes.length + 1));

const remove: Mutation = (bytes, random) => {
  const [start, end] = piece(bytes, random);
  return spliced(bytes, start, end, Buffer.alloc(0));
};

const duplicate: Mutation = (bytes, random) => {
  const [start, end] = piece(bytes, random);
  const times = 1 + random.index(random.index(8) === 0 ? 60 : 3);
  return spliced(
    bytes,
    end,
    end,
    Buffer.concat(Array.from({ length: times }, () => bytes.subarray(start, end))),
  );
};

const move: Mutation = (bytes, random) => {
  const [start, end] = piece(bytes, random);
  const without = spliced(bytes, start, end, Buffer.alloc(0));
  const to = place(without, random);
  return spliced(without, to, to, bytes.subarray(start, end));
};

const overwriteWithOther: Mutation = (bytes, random, others) => {
  const other = others[random.index(others.length)];
  if (other === undefined || other.length === 0) return bytes;
  const [start, end] = piece(other, random);
  const at = place(bytes, random);
  const isInserted = random.index(2) === 0;
  return spliced(
    bytes,
    at,
    isInserted ? at : Math.min(bytes.length, at + end - start),
    other.subarray(start, end),
  );
};

/** One half of this, the other half of another. */
const crossOver: Mutation = (bytes, random, others) => {
  const other = others[random.index(others.length)] ?? bytes;
  return Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))]);
};

/** A number of two or four bytes in either order, at an even place as lengths in DICOM are. */
const extremeNumber: Mutation = (bytes, random) => {
  const width = random.index(2) === 0 ? 2 : 4;
  const at = place(bytes, random) & ~1;
  if (at + width > bytes.length) return bytes;
  const value = EXTREMES[random.index(EXTREMES.length)] ?? 0;
  const isLittle = random.index(2) === 0;
  return put(bytes, at, (changed) => {
    const written = width === 2 ? value & 0xffff : value;
    if (isLittle) changed.writeUIntLE(written, at, width);
    else changed.writeUIntBE(written, at, width);
  });
};

/** What was a number in text becomes another one. */
const extremeText: Mutation = (bytes, random) => {
  const from = place(bytes, random);
  const found = /[-+.\deE]+/.exec(bytes.toString('latin1', from, from + 400));
  if (!found) return bytes;
  const text = EXTREME_TEXTS[random.index(EXTREME_TEXTS.length)] ?? '';
  const start = from + found.index;
  const isSameLength = random.index(2) === 0;
  const written = isSameLength ? text.padEnd(found[0].length).slice(0, found[0].length) : text;
  return spliced(bytes, start, start + found[0].length, Buffer.from(written, 'utf8'));
};

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  truncate,
  remove,
  duplicate,
  move,
  overwriteWithOther,
  crossOver,
  extremeNumber,
  extremeNumber,
  extremeText,
];

/** One to six changes, one after the other; `others`: files whose bytes may come in. At most 256 KiB long. */
export function mutated(input: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let bytes = input;
  for (let left = 1 + random.index(random.index(3) === 0 ? 6 : 2); left > 0; left--) {
    const mutation = MUTATIONS[random.index(MUTATIONS.length)] ?? flipBit;
    bytes = mutation(bytes, random, others);
  }
  return Buffer.from(bytes.subarray(0, MOST_BYTES));
}

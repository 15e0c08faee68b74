import { Fault } from '../../fault.ts';
import type { Triple, Volume } from '../volume.ts';
import { bytesOf, gridFrom, type VoxelType, voxelsFrom } from './voxel-data.ts';

/** Undoes gzip. A few megabytes of it can hold gigabytes of nothing, so that a header is read before the rest. */
export type Inflate = Readonly<{
  /** the first bytes of what is packed, enough for a header; no more than a few megabytes */
  start(bytes: Uint8Array): Uint8Array;
  /** everything. Throws IMAGE_FILE_UNREADABLE when it is damaged, cut off, or much more than `expected` bytes */
  whole(bytes: Uint8Array, expected: number): Uint8Array;
}>;

/** Every name that the format has for a type. */
const TYPES: Readonly<Record<string, VoxelType>> = Object.fromEntries(
  (
    [
      ['int8', 'signed char', 'int8', 'int8_t'],
      ['uint8', 'uchar', 'unsigned char', 'uint8', 'uint8_t'],
      ['int16', 'short', 'short int', 'signed short', 'signed short int', 'int16', 'int16_t'],
      ['uint16', 'ushort', 'unsigned short', 'unsigned short int', 'uint16', 'uint16_t'],
      ['int32', 'int', 'signed int', 'int32', 'int32_t'],
      ['uint32', 'uint', 'unsigned int', 'uint32', 'uint32_t'],
      ['float32', 'float'],
      ['float64', 'double'],
    ] as const
  ).flatMap(([type, ...names]) => names.map((name) => [name, type])),
);

/** What turns each space's coordinates into LPS; without a space they are LPS. */
const TO_LPS: Readonly<Record<string, Triple>> = {
  'left-posterior-superior': [1, 1, 1],
  lps: [1, 1, 1],
  'right-anterior-superior': [-1, -1, 1],
  ras: [-1, -1, 1],
  'left-anterior-superior': [1, -1, 1],
  las: [1, -1, 1],
};

/** The longest header that is read; one is a few hundred bytes long. */
const MOST_HEADER_BYTES = 64 * 1024;

export function isNrrd(bytes: Uint8Array): boolean {
  return /^NRRD000\d/.test(latin(bytes.subarray(0, 8)));
}

/**
 * A three-dimensional NRRD with its data in the same file, raw or gzip, in its own pixel type.
 * Throws IMAGE_FILE_UNREADABLE, IMAGE_FILE_UNSUPPORTED, IMAGE_TOO_LARGE. @see NRRD format definition, teem.sourceforge.net/nrrd
 */
export function parseNrrd(bytes: Uint8Array, inflate: Inflate): Volume {
  const { fields, end } = headerOf(bytes);
  const field = (name: string): string | undefined => fields.get(name);
  const type = supported('type', TYPES[need(fields, 'type').toLowerCase()], need(fields, 'type'));
  refuseOthers(fields);
  const size = triple(need(fields, 'sizes').split(/\s+/).map(Number), 'sizes');
  const encoding = need(fields, 'encoding').toLowerCase();
  const needed = bytesOf(size, type);
  const grid = gridOf(size, fields);
  const stored = bytes.subarray(end);
  if (encoding !== 'raw' && encoding !== 'gzip' && encoding !== 'gz') {
    throw new Fault('IMAGE_FILE_UNSUPPORTED', `encoding "${encoding.slice(0, 20)}"`);
  }
  const endian = field('endian')?.toLowerCase() ?? (needed === size[0] * size[1] * size[2] ? 'little' : '');
  if (endian !== 'little' && endian !== 'big') throw new Fault('IMAGE_FILE_UNREADABLE', 'no "endian" field');
  const data = encoding === 'raw' ? stored : inflate.whole(stored, needed);
  return { ...grid, voxels: voxelsFrom(data, size, type, endian === 'little') };
}

function headerOf(bytes: Uint8Array): { fields: ReadonlyMap<string, string>; end: number } {
  const text = latin(bytes.subarray(0, MOST_HEADER_BYTES));
  const blank = /\r?\n\r?\n/.exec(text);
  const isDetached = /^data ?file:/im.test(text.slice(0, blank?.index));
  if (isDetached) throw new Fault('IMAGE_FILE_UNSUPPORTED', 'the header stands apart from the data');
  if (!blank) throw new Fault('IMAGE_FILE_UNREADABLE', 'the header does not end');
  const fields = new Map<string, string>();
  for (const line of text.slice(0, blank.index).split(/\r?\n/).slice(1)) {
    const field = /^([^#:]+):(?!=)\s*(.*?)\s*$/.exec(line);
    if (field) fields.set(field[1]!.trim().toLowerCase(), field[2]!);
  }
  return { fields, end: blank.index + blank[0].length };
}

/** A volume of one number a voxel, whose data follows the header at once. */
function refuseOthers(fields: ReadonlyMap<string, string>): void {
  const dimension = need(fields, 'dimension');
  if (dimension !== '3')
    throw new Fault(
      'IMAGE_FILE_UNSUPPORTED',
      `${dimension.slice(0, 10)} dimensions (colours, vectors or time)`,
    );
  for (const skip of ['line skip', 'lineskip', 'byte skip', 'byteskip']) {
    if (Number(fields.get(skip) ?? 0) !== 0) throw new Fault('IMAGE_FILE_UNSUPPORTED', `"${skip}"`);
  }
  const units = fields.get('space units');
  if (units !== undefined && /"(?!mm")[^"]*"/.test(units.replaceAll('""', ''))) {
    throw new Fault('IMAGE_FILE_UNSUPPORTED', 'space units other than mm');
  }
}

function gridOf(size: Triple, fields: ReadonlyMap<string, string>) {
  const directions = fields.get('space directions');
  if (directions === undefined) return plainGrid(size, fields);
  const space = fields.get('space')?.toLowerCase();
  const signs = space === undefined ? TO_LPS['lps'] : TO_LPS[space];
  const [sx, sy, sz] = supported('space', signs, space ?? '');
  const lps = ([x, y, z]: Triple): Triple => [sx * x, sy * y, sz * z];
  const steps = vectors(directions, 'space directions');
  if (steps.length !== 3) throw new Fault('IMAGE_FILE_UNREADABLE', 'field "space directions"');
  const [origin = [0, 0, 0] as Triple] = vectors(fields.get('space origin') ?? '(0,0,0)', 'space origin');
  return gridFrom(size, steps.map(lps), lps(origin));
}

/** Spacings without directions: axes are those of the patient. */
function plainGrid(size: Triple, fields: ReadonlyMap<string, string>) {
  const numbers = (name: string, missing: string) =>
    triple((fields.get(name) ?? missing).split(/\s+/).map(Number), name);
  const [dx, dy, dz] = numbers('spacings', '1 1 1');
  const origin = numbers('axis mins', '0 0 0');
  return gridFrom(
    size,
    [
      [dx, 0, 0],
      [0, dy, 0],
      [0, 0, dz],
    ],
    origin,
  );
}

/** `(1,0,0) (0,1,0)` */
function vectors(text: string, name: string): readonly Triple[] {
  return [...text.matchAll(/\(([^()]*)\)/g)].map((found) => triple(found[1]!.split(',').map(Number), name));
}

function triple(numbers: readonly number[], name: string): Triple {
  if (numbers.length !== 3 || !numbers.every(Number.isFinite)) {
    throw new Fault('IMAGE_FILE_UNREADABLE', `field "${name}" is not three numbers`);
  }
  return numbers as unknown as Triple;
}

function need(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name);
  if (value === undefined) throw new Fault('IMAGE_FILE_UNREADABLE', `no "${name}" field`);
  return value;
}

function supported<T>(name: string, value: T | undefined, text: string): T {
  if (value === undefined) throw new Fault('IMAGE_FILE_UNSUPPORTED', `${name} "${text.slice(0, 40)}"`);
  return value;
}

const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

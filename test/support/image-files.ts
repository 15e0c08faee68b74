import { gzipSync } from 'node:zlib';
import type { Triple } from '../../src/volume/volume.ts';

/** An NRRD of int16 voxels 0, 1, 2, ...; `lines` replace or add header fields. */
export function nrrdFile(size: Triple, lines: Readonly<Record<string, string>> = {}): Buffer {
  const fields: Record<string, string> = {
    type: 'short',
    dimension: '3',
    space: 'left-posterior-superior',
    sizes: size.join(' '),
    'space directions': '(0.5,0,0) (0,0.5,0) (0,0,2)',
    'space origin': '(-10,-20,30)',
    endian: 'little',
    encoding: 'raw',
    ...lines,
  };
  const header = Object.entries(fields).map(([name, value]) => (value === '' ? '' : `${name}: ${value}\n`));
  const data = Buffer.from(Int16Array.from({ length: size[0] * size[1] * size[2] }, (_, i) => i).buffer);
  const stored = fields['encoding'] === 'gzip' ? gzipSync(data) : data;
  return Buffer.concat([Buffer.from(`NRRD0004\n# made by a test\n${header.join('')}\n`), stored]);
}

type NiftiOptions = Readonly<{
  datatype?: number;
  isBigEndian?: boolean;
  dimensions?: readonly number[];
  qform?: boolean;
  /** mm that the sform's origin is off the qform's; undefined: no sform */
  sformOff?: number;
  slope?: number;
  inter?: number;
  magic?: string;
}>;

/** A NIfTI-1 of int16 voxels 0, 1, 2, ... of 0.5 x 0.5 x 2 mm, turned by 180 degrees about z (LPS axes), origin (-10, -20, 30) LPS. */
export function niftiFile(size: Triple, options: NiftiOptions = {}): Buffer {
  const {
    datatype = 4,
    isBigEndian = false,
    qform = true,
    sformOff,
    slope = 0,
    inter = 0,
    magic = 'n+1',
  } = options;
  const bytes = Buffer.alloc(352 + 2 * size[0] * size[1] * size[2]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const short = (at: number, value: number) => view.setInt16(at, value, !isBigEndian);
  const float = (at: number, value: number) => view.setFloat32(at, value, !isBigEndian);
  view.setInt32(0, 348, !isBigEndian);
  for (const [k, n] of (options.dimensions ?? [3, ...size, 1, 1, 1, 1]).entries()) short(40 + 2 * k, n);
  short(70, datatype);
  short(72, 16);
  for (const [k, mm] of [1, 0.5, 0.5, 2].entries()) float(76 + 4 * k, mm);
  float(108, 352);
  float(112, slope);
  float(116, inter);
  bytes[123] = 2;
  short(252, qform ? 1 : 0);
  short(254, sformOff === undefined ? 0 : 1);
  float(264, 1);
  for (const [k, mm] of [10, 20, 30].entries()) float(268 + 4 * k, mm);
  const off = sformOff ?? 0;
  const rows = [
    [-0.5, 0, 0, 10 + off],
    [0, -0.5, 0, 20],
    [0, 0, 2, 30],
  ];
  for (const [k, value] of rows.flat().entries()) float(280 + 4 * k, value);
  bytes.write(`${magic}\0`, 344, 'latin1');
  for (let i = 0; i < size[0] * size[1] * size[2]; i++) short(352 + 2 * i, i);
  return bytes;
}

import { Fault } from '../../fault.ts';
import { type Grid, isInteger, type Triple, type Volume } from '../volume.ts';
import { bytesOf, gridFrom, MOST_BYTES, type VoxelType, voxelsFrom } from './voxel-data.ts';

const HEADER_BYTES = 348;
const TYPES: Readonly<Record<number, VoxelType>> = {
  2: 'uint8',
  4: 'int16',
  8: 'int32',
  16: 'float32',
  64: 'float64',
  256: 'int8',
  512: 'uint16',
  768: 'uint32',
};
const OTHER_TYPES: Readonly<Record<number, string>> = {
  32: 'complex',
  128: 'RGB',
  1024: '64-bit',
  1280: '64-bit',
  2304: 'RGBA',
};
/** mm in a metre, a millimetre, a micrometre; without a unit it is millimetres. */
const MM: Readonly<Record<number, number>> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 };

/** mm by which sform and qform may put a corner of the volume apart: both are rounded to float32. */
const DISAGREEMENT = 0.05;

/** By which a matrix of float32 may differ from the spacing that was multiplied into it, as a fraction. */
const ROUNDING = 1e-5;

export function isNifti(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && endianOf(bytes) !== undefined;
}

/**
 * A three-dimensional NIfTI-1 in one file (.nii), in its own pixel type; scaled values (scl_slope, scl_inter) are float32.
 * Directions are those of the qform, else of the sform; when a file has both they must agree.
 * Throws IMAGE_FILE_UNREADABLE, IMAGE_FILE_UNSUPPORTED, IMAGE_TOO_LARGE. @see NIfTI-1 data format, nifti1.h
 */
export function parseNifti(bytes: Uint8Array): Volume {
  const { size, type, start, isLittleEndian, short, float } = headerOf(bytes);
  if (start > bytes.length) throw new Fault('IMAGE_FILE_UNREADABLE', 'vox_offset');
  const grid = gridOf(size, bytes[123]! & 7, short, float);
  const voxels = voxelsFrom(bytes.subarray(start), size, type, isLittleEndian);
  return scaled({ ...grid, voxels }, float(112), float(116));
}

/** Bytes of the whole file, from its first 348. Throws as parseNifti. */
export function niftiBytes(bytes: Uint8Array): number {
  const { size, type, start } = headerOf(bytes);
  return start + bytesOf(size, type);
}

function headerOf(bytes: Uint8Array) {
  const isLittleEndian = endianOf(bytes);
  if (isLittleEndian === undefined) throw new Fault('IMAGE_FILE_UNREADABLE', 'not a NIfTI-1 header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const short = (at: number) => view.getInt16(at, isLittleEndian);
  const float = (at: number) => view.getFloat32(at, isLittleEndian);
  const magic = String.fromCharCode(...bytes.subarray(344, 347));
  if (magic === 'ni1')
    throw new Fault('IMAGE_FILE_UNSUPPORTED', 'the header stands apart from the data (.hdr, .img)');
  if (magic !== 'n+1') throw new Fault('IMAGE_FILE_UNREADABLE', 'not a NIfTI-1 header');
  const size = sizeOf(short);
  const type = TYPES[short(70)];
  if (type === undefined) {
    throw new Fault('IMAGE_FILE_UNSUPPORTED', `voxels of type ${OTHER_TYPES[short(70)] ?? short(70)}`);
  }
  bytesOf(size, type);
  const start = float(108);
  if (!(start >= HEADER_BYTES && start <= MOST_BYTES)) throw new Fault('IMAGE_FILE_UNREADABLE', 'vox_offset');
  return { size, type, start, isLittleEndian, short, float };
}

/** Undefined: not a NIfTI-1 header in either byte order. */
function endianOf(bytes: Uint8Array): boolean | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizes = [view.getInt32(0, true), view.getInt32(0, false)];
  if (sizes.includes(540)) throw new Fault('IMAGE_FILE_UNSUPPORTED', 'NIfTI-2; convert it to NIfTI-1');
  const found = sizes.indexOf(HEADER_BYTES);
  return found < 0 ? undefined : found === 0;
}

function sizeOf(short: (at: number) => number): Triple {
  const dimensions = short(40);
  const sizes = Array.from({ length: Math.max(0, Math.min(7, dimensions)) }, (_, k) => short(42 + 2 * k));
  if (sizes.slice(3).some((n) => n > 1)) {
    throw new Fault('IMAGE_FILE_UNSUPPORTED', `${dimensions} dimensions (colours, vectors or time)`);
  }
  const [x = 0, y = 0, z = 1] = sizes;
  return [x, y, z];
}

function scaled(volume: Volume, slope: number, inter: number): Volume {
  const isPlain =
    slope === 0 || (slope === 1 && inter === 0) || !Number.isFinite(slope) || !Number.isFinite(inter);
  if (isPlain) return volume;
  const { voxels } = volume;
  const values = isInteger(voxels) ? new Float32Array(voxels.length) : voxels.slice();
  for (let i = 0; i < values.length; i++) values[i] = voxels[i]! * slope + inter;
  return { ...volume, voxels: values };
}

/** Steps between voxels along x, y, z and the first voxel's centre, RAS mm. */
type Affine = Readonly<{ steps: readonly Triple[]; origin: Triple }>;

function gridOf(
  size: Triple,
  unit: number,
  short: (at: number) => number,
  float: (at: number) => number,
): Grid {
  const mm = MM[unit] ?? 1;
  const spacing = [80, 84, 88].map((at) => Math.abs(float(at))) as unknown as Triple;
  const [qform, sform] = [
    short(252) > 0 ? qformOf(float, spacing) : undefined,
    short(254) > 0 ? sformOf(float) : undefined,
  ];
  if (qform && sform) checkAgreement(qform, sform, size);
  const affine = qform ?? sform ?? plain(spacing);
  const lps = ([x, y, z]: Triple): Triple => [-x * mm, -y * mm, z * mm];
  const grid = gridFrom(size, affine.steps.map(lps), lps(affine.origin));
  // the spacing stands in the header: through the matrix it would carry its rounding
  const stated: Triple = [spacing[0] * mm, spacing[1] * mm, spacing[2] * mm];
  const isStated = stated.every((n, axis) => n > 0 && Math.abs(n / grid.spacing[axis as 0]! - 1) < ROUNDING);
  return isStated ? { ...grid, spacing: stated } : grid;
}

/** Rotation from the quaternion (b, c, d), spacing from pixdim, pixdim[0] = -1 turns the last axis round. */
function qformOf(float: (at: number) => number, [dx, dy, dz]: Triple): Affine {
  let [b, c, d] = [float(256), float(260), float(264)];
  const rest = 1 - (b * b + c * c + d * d);
  const length = Math.sqrt(b * b + c * c + d * d);
  if (rest < 1e-7 && length > 0) [b, c, d] = [b / length, c / length, d / length];
  const a = rest < 1e-7 ? 0 : Math.sqrt(rest);
  const turned = float(76) < 0 ? -dz : dz;
  return {
    steps: [
      [(a * a + b * b - c * c - d * d) * dx, 2 * (b * c + a * d) * dx, 2 * (b * d - a * c) * dx],
      [2 * (b * c - a * d) * dy, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d + a * b) * dy],
      [2 * (b * d + a * c) * turned, 2 * (c * d - a * b) * turned, (a * a + d * d - c * c - b * b) * turned],
    ],
    origin: [float(268), float(272), float(276)],
  };
}

function sformOf(float: (at: number) => number): Affine {
  const row = (k: number) => [0, 1, 2, 3].map((column) => float(280 + 16 * k + 4 * column));
  const [x, y, z] = [row(0), row(1), row(2)];
  return {
    steps: [0, 1, 2].map((axis): Triple => [x[axis]!, y[axis]!, z[axis]!]),
    origin: [x[3]!, y[3]!, z[3]!],
  };
}

function plain([dx, dy, dz]: Triple): Affine {
  return {
    steps: [
      [-dx, 0, 0],
      [0, -dy, 0],
      [0, 0, dz],
    ],
    origin: [0, 0, 0],
  };
}

/** Both must put the corners of the volume into the same place. */
function checkAgreement(qform: Affine, sform: Affine, size: Triple): void {
  const apart = [0, 1, 2].map((row) => {
    const across = [0, 1, 2].map(
      (axis) =>
        Math.abs(qform.steps[axis]![row as 0]! - sform.steps[axis]![row as 0]!) * (size[axis as 0]! - 1),
    );
    return Math.abs(qform.origin[row as 0]! - sform.origin[row as 0]!) + Math.max(...across);
  });
  const most = Math.max(...apart);
  if (!(most <= DISAGREEMENT)) {
    throw new Fault(
      'IMAGE_FILE_UNSUPPORTED',
      `qform and sform disagree by ${most.toPrecision(3)} mm: correct the header, or clear one of their codes`,
    );
  }
}

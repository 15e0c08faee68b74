import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Grid, Mask, Triple, Volume } from '../../src/volume/volume.ts';

/** Header of a raw array of the reference: x fastest, little endian. */
type RawHeader = Grid & { dtype: keyof typeof ARRAYS; file: string; array_shape_C_order: number[] };

const ARRAYS = {
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  float32: Float32Array,
  float64: Float64Array,
};
type RawArray = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

const decompressed = (file: string): ArrayBuffer => {
  const bytes = gunzipSync(readFileSync(file));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
};

/** Any JSON file of the reference; its non-finite values are strings. */
export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T;
}

/** `<stem>.json` and `<stem>.raw.gz`. */
export function readRaw(...path: string[]): { header: RawHeader; values: RawArray } {
  const stem = join(...path);
  const header = readJson<RawHeader>(`${stem}.json`);
  return { header, values: new ARRAYS[header.dtype](decompressed(`${stem}.raw.gz`)) };
}

const gridOf = ({ size, spacing, origin, direction }: Grid): Grid => ({ size, spacing, origin, direction });

/** Image and mask of a phantom in `radiomics/cases`; another case's image when the mask was drawn on that. */
export function readCase(reference: string, name: string, imageName = name): { volume: Volume; mask: Mask } {
  const cases = join(reference, 'radiomics', 'cases');
  const image = readRaw(cases, `${imageName}_image`);
  const mask = readRaw(cases, `${name}_mask`);
  return {
    volume: { ...gridOf(image.header), voxels: image.values as Int16Array },
    mask: { ...gridOf(mask.header), voxels: mask.values as Uint8Array },
  };
}

/** Expected features, absent ones as undefined. */
export function readFeatures(reference: string, name: string): Record<string, number | string> {
  return readJson(reference, 'radiomics', `features_${name}.json`);
}

/** The float32 NIfTI of `nifti/<name>`, whose quaternion form makes its axes those of LPS. */
export function readNifti(reference: string, name: string): { volume: Volume; mask: Mask } {
  const image = niftiFile(join(reference, 'nifti', name, 'CT_image.nii.gz'));
  const mask = niftiFile(join(reference, 'nifti', name, 'CT_mask.nii.gz'));
  return {
    volume: { ...image.grid, voxels: Float32Array.from(image.values) },
    mask: { ...image.grid, voxels: Uint8Array.from(mask.values, (v) => Number(v > 0)) },
  };
}

function niftiFile(file: string): { grid: Grid; values: ArrayLike<number> & Iterable<number> } {
  const buffer = decompressed(file);
  const view = new DataView(buffer);
  const short = (at: number) => view.getInt16(at, true);
  const float = (at: number) => view.getFloat32(at, true);
  const size: Triple = [short(42), short(44), short(46)];
  const spacing: Triple = [float(80), float(84), float(88)];
  if ([256, 260, 264].map(float).join() !== '0,0,1')
    throw new Error('only NIfTI turned by 180 degrees about z');
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const origin: Triple = [-float(268), -float(272), float(276)];
  return { grid: { size, spacing, origin, direction }, values: niftiValues(buffer, short(70), float(108)) };
}

function niftiValues(buffer: ArrayBuffer, datatype: number, offset: number) {
  if (datatype === 2) return new Uint8Array(buffer, offset);
  if (datatype === 4) return new Int16Array(buffer, offset);
  if (datatype === 16) return new Float32Array(buffer, offset);
  throw new Error(`NIfTI data type ${datatype} is not read here`);
}

/** Whether a file of the reference is there. */
export function hasReference(...path: string[]): boolean {
  return existsSync(join(...path));
}

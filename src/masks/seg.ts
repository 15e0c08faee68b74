import { type DecodeFrame, frameReader, nativePixels, withoutCodecs } from '../dicom/frames.ts';
import type { ParsedFile } from '../dicom/parse-part10.ts';
import { items, text, uid, unsigned } from '../dicom/raw-dataset.ts';
import { isNative } from '../dicom/transfer-syntax.ts';
import { Fault } from '../fault.ts';
import { alongThird, patientToIndex } from '../volume/geometry.ts';
import type { Grid, Triple } from '../volume/volume.ts';
import type { Drawn } from './rasterise.ts';
import { framesOf, type PlacedFrame, type SegFrame, type Segment } from './seg-frames.ts';
import { refuseOutside, resampleSegment } from './seg-resample.ts';

/**
 * A segment of a binary, fractional (at least half of the maximum, with a finding) or label map segmentation.
 * Binary pixels are bits, least significant first, native frames not padded to bytes.
 * Faults: MASK_NO_REGION, MASK_UNREADABLE, TRANSFER_SYNTAX_UNSUPPORTED, PIXEL_DATA_DAMAGED, DICOM_TRUNCATED.
 * @see PS3.3 C.8.20.2, PS3.5 8.1.1 and D
 */
export function readSegment(
  parsed: ParsedFile,
  number: number,
  decode: DecodeFrame = withoutCodecs,
): Segment {
  const segments = items(parsed, 'SegmentSequence');
  if (!segments.some((each) => unsigned(each, 'SegmentNumber') === number))
    throw new Fault('MASK_NO_REGION', `no segment number ${number}`);
  const [rows, columns] = [unsigned(parsed, 'Rows') ?? 0, unsigned(parsed, 'Columns') ?? 0];
  if (rows === 0 || columns === 0) throw new Fault('MASK_UNREADABLE', 'Rows or Columns missing');
  const all = framesOf(parsed);
  const { isIn, findings } = pixelsOf(parsed, number, { rows, columns }, all.length, decode);
  const frames = all.filter((frame) => (frame.segment ?? number) === number).map(placed);
  const FrameOfReferenceUID = uid(parsed, 'FrameOfReferenceUID') || undefined;
  return { number, FrameOfReferenceUID, rows, columns, frames, isIn, findings };
}

function placed(frame: SegFrame): PlacedFrame {
  const { position, axes, pixelSpacing } = frame;
  if (!position || !axes || !pixelSpacing)
    throw new Fault('MASK_UNREADABLE', 'a frame without position, orientation or pixel spacing');
  return { ...frame, position, axes, pixelSpacing };
}

type Pixels = Pick<Segment, 'isIn' | 'findings'>;
/** The value of a pixel of a frame. */
type Value = (frame: number, pixel: number) => number;

function pixelsOf(
  parsed: ParsedFile,
  number: number,
  size: FrameSize,
  frames: number,
  decode: DecodeFrame,
): Pixels {
  const bits = unsigned(parsed, 'BitsAllocated') ?? 0;
  if (!parsed.pixelData) throw new Fault('MASK_UNREADABLE', 'no PixelData');
  const type = text(parsed, 'SegmentationType') || 'BINARY';
  switch (`${type} ${bits}`) {
    case 'BINARY 1': {
      const value = sampleReader(parsed, size, 1, frames, decode);
      return { isIn: (f, i) => value(f, i) === 1, findings: [] };
    }
    case 'FRACTIONAL 8':
      return fractional(
        sampleReader(parsed, size, 8, frames, decode),
        unsigned(parsed, 'MaximumFractionalValue') ?? 255,
      );
    case 'LABELMAP 8':
    case 'LABELMAP 16': {
      const value = sampleReader(parsed, size, bits === 8 ? 8 : 16, frames, decode);
      return { isIn: (f, i) => value(f, i) === number, findings: [] };
    }
    default:
      throw new Fault('MASK_UNREADABLE', 'segmentation type and bits allocated do not go together');
  }
}

/** What a compressed segmentation may unpack to; one of a thousand slices with two bytes a pixel has half of it. */
const MAX_DECODED_BYTES = 1024 ** 3;

type FrameSize = Readonly<{ rows: number; columns: number }>;

/** Native frames of bits are not padded to bytes; compressed frames stand alone and are decoded when first asked for. */
function sampleReader(
  parsed: ParsedFile,
  { rows, columns }: FrameSize,
  bitsAllocated: 1 | 8 | 16,
  frames: number,
  decode: DecodeFrame,
): Value {
  const pixels = rows * columns;
  if (isNative(parsed.TransferSyntaxUID)) {
    const data = nativePixels(parsed, Math.ceil((frames * pixels * bitsAllocated) / 8));
    const at = SAMPLE[bitsAllocated];
    return (f, i) => at(data, f * pixels + i);
  }
  if ((frames * pixels * bitsAllocated) / 8 > MAX_DECODED_BYTES)
    throw new Fault('MASK_UNREADABLE', `more than ${MAX_DECODED_BYTES / 2 ** 20} MiB of pixels`);
  const shape = { rows, columns, bitsAllocated, bitsStored: bitsAllocated, isSigned: false };
  const read = frameReader(parsed, shape, frames, decode);
  const kept: Uint8Array[] = [];
  const at = SAMPLE[bitsAllocated];
  return (f, i) => {
    const samples = kept[f] ?? read(f);
    kept[f] = samples;
    return at(samples, i);
  };
}

const SAMPLE = {
  1: (data: Uint8Array, at: number): number => (data[Math.floor(at / 8)]! >> (at % 8)) & 1,
  8: (data: Uint8Array, at: number): number => data[at]!,
  16: (data: Uint8Array, at: number): number => data[2 * at]! + 256 * data[2 * at + 1]!,
};

const fractional = (value: Value, maximum: number): Pixels => ({
  isIn: (f, i) => value(f, i) >= maximum / 2,
  findings: ['fractional segmentation: pixels of at least half of the maximum are in'],
});

/** Positions and pixel centres this close are the same, mm. */
const SAME_MM = 0.01;

/**
 * A segment as a mask on the image grid. Frames on the image's own lattice are copied pixel by pixel, by position;
 * otherwise the nearest segment pixel decides, with a finding. Missing and empty frames are empty. No frame: an empty mask.
 * Faults: MASK_OUTSIDE when a pixel of the segment lies where the image has no voxel, as in a series that is not complete.
 */
export function segmentToMask(segment: Segment, grid: Grid, slicePositionsMm: readonly number[]): Drawn {
  const offsets = segment.frames.map((frame) => latticeOffset(frame, segment, grid, slicePositionsMm));
  const isElsewhere = segment.frames.some((frame, k) => !offsets[k] && hasPixels(frame, segment));
  if (isElsewhere) return resampleSegment(segment, grid, slicePositionsMm);
  const [columns, rows, slices] = grid.size;
  const voxels = new Uint8Array(columns * rows * slices);
  let outside = 0;
  for (const [k, frame] of segment.frames.entries()) {
    const offset = offsets[k];
    if (offset) outside += copyFrame(voxels, grid, offset, frame, segment);
  }
  refuseOutside(outside);
  const { size, spacing, origin, direction } = grid;
  return { mask: { size, spacing, origin, direction, voxels }, findings: [] };
}

function hasPixels({ index }: PlacedFrame, { rows, columns, isIn }: Segment): boolean {
  for (let pixel = 0; pixel < rows * columns; pixel++) if (isIn(index, pixel)) return true;
  return false;
}

/** Sets the voxels of a frame; the number of its pixels that lie beside the image. */
function copyFrame(
  voxels: Uint8Array,
  { size: [columns, rows] }: Grid,
  [x0, y0, z]: Triple,
  { index }: PlacedFrame,
  segment: Segment,
): number {
  let outside = 0;
  for (let pixel = 0; pixel < segment.rows * segment.columns; pixel++) {
    if (!segment.isIn(index, pixel)) continue;
    const x = x0 + (pixel % segment.columns);
    const y = y0 + Math.floor(pixel / segment.columns);
    if (x >= 0 && x < columns && y >= 0 && y < rows) voxels[(z * rows + y) * columns + x] = 1;
    else outside++;
  }
  return outside;
}

/** Image index of the frame's first pixel when the frame's pixels are image voxels of one slice; else undefined. */
function latticeOffset(
  frame: PlacedFrame,
  { rows, columns }: Segment,
  grid: Grid,
  slicePositionsMm: readonly number[],
): Triple | undefined {
  const corners = [0, 1].map((end) => {
    const [x, y] = [end * (columns - 1) * frame.pixelSpacing[1], end * (rows - 1) * frame.pixelSpacing[0]];
    const { row, column } = frame.axes;
    const at = (i: 0 | 1 | 2): number => frame.position[i] + row[i] * x + column[i] * y;
    return [at(0), at(1), at(2)] as const;
  });
  const [first, last] = corners.map((corner) => patientToIndex(grid, corner));
  const [x0, y0] = [Math.round(first![0]), Math.round(first![1])];
  const isClose = (index: number, whole: number, spacing: number): boolean =>
    Math.abs(index - whole) * spacing <= SAME_MM;
  const onLattice =
    isClose(first![0], x0, grid.spacing[0]) &&
    isClose(first![1], y0, grid.spacing[1]) &&
    isClose(last![0], x0 + columns - 1, grid.spacing[0]) &&
    isClose(last![1], y0 + rows - 1, grid.spacing[1]);
  if (!onLattice) return undefined;
  const z = slicePositionsMm.findIndex((mm) =>
    corners.every((corner) => Math.abs(alongThird(grid, corner) - mm) <= SAME_MM),
  );
  return z < 0 ? undefined : [x0, y0, z];
}

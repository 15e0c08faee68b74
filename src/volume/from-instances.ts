import { type DecodeFrame, withoutCodecs } from '../dicom/frames.ts';
import type { Header } from '../dicom/header.ts';
import { isLossy } from '../dicom/transfer-syntax.ts';
import { Fault } from '../fault.ts';
import { acquisitionOfMask, overlapOf } from './acquisitions.ts';
import {
  along,
  gridOf,
  type SeriesGeometry,
  type Slice,
  seriesGeometry,
  sliceAxes,
  sliceOrder,
  triple,
} from './geometry.ts';
import { type SliceRescale, toHounsfield } from './hounsfield.ts';
import { readStack, rescaleOf } from './slice-stack.ts';
import type { Volume } from './volume.ts';

export type CtVolume = Readonly<{
  volume: Volume;
  geometry: SeriesGeometry;
  /** of the first slice after sorting */
  header: Header;
  /** headers of all slices, sorted along the normal */
  instances: readonly Header[];
  /** position of each slice along the normal, mm; equidistant only when the series has no gap */
  slicePositionsMm: readonly number[];
  /** what was tolerated, in words without patient data */
  findings: readonly string[];
  /** HU that are pixel padding in a slice, both ends included; undefined when it declares none */
  paddingHu: (slice: number) => readonly [number, number] | undefined;
}>;

export type ReadingOptions = Readonly<{
  /** decodes compressed frames; without it only native and RLE pixels are read */
  decode?: DecodeFrame;
  /** SOPInstanceUIDs that the mask was drawn on: asked when slices share positions */
  drawnOn?: () => ReadonlySet<string>;
}>;

/**
 * The CT volume of `count` instances in any order, HU; a multi-frame instance is as many slices as it has frames. `read`
 * gives the whole file of one of them and is called once each, so that one file is held beside the volume. Slices are
 * sorted along cross(row, column); the same instance twice counts once, as does a legacy converted frame beside the image
 * that it was made of. Where acquisitions overlap, the one that the mask was drawn on is taken, if that is told.
 * One slice: the spacing is its thickness, else 1 mm, with a finding.
 * Faults: IMAGE_NOT_CT, IMAGE_GEOMETRY, IMAGE_PIXELS_UNSUPPORTED, IMAGE_TOO_LARGE, TRANSFER_SYNTAX_UNSUPPORTED,
 * PIXEL_DATA_DAMAGED, and those of reading a file.
 */
export function volumeFromInstances(
  count: number,
  read: (index: number) => Uint8Array,
  { decode = withoutCodecs, drawnOn = () => new Set() }: ReadingOptions = {},
): CtVolume {
  const stack = readStack(count, read, decode);
  const sorted = sliceOrder(stack.headers.map(sliceOf));
  const { order, findings: split } = oneAcquisition(stack.headers, sorted, drawnOn);
  const stored = inOrder(stack.stored, sorted, order);
  const headers = order.map((i) => stack.headers[i]!);
  const slices = headers.map(sliceOf);
  const rescales = headers.map(rescaleOf);
  const geometry = seriesGeometry(slices);
  const { Columns, Rows } = headers[0]!;
  const remaining = order.map((i) => stack.remaining[i]!);
  const { voxels, findings } = toHounsfield(stored, remaining);
  return {
    volume: { ...gridOf(slices, Columns!, Rows!, geometry.sliceSpacingMm), voxels },
    geometry,
    header: headers[0]!,
    instances: headers,
    slicePositionsMm: slices.map(({ position }) => along(slices[0]!.axes.normal, position)),
    findings: [...stack.findings, ...split, ...findings, ...headerFindings(headers)],
    paddingHu: (slice) => paddingHu(headers[slice]!, rescales[slice]!),
  };
}

/** The slices to use, sorted: all of them, or those of the acquisition that the mask was drawn on. */
function oneAcquisition(
  headers: readonly Header[],
  sorted: readonly number[],
  drawnOn: () => ReadonlySet<string>,
): { order: readonly number[]; findings: readonly string[] } {
  const slices = sorted.map((i) => sliceOf(headers[i]!));
  const positions = slices.map(({ position }) => along(slices[0]!.axes.normal, position));
  const inSortedOrder = sorted.map((i) => headers[i]!);
  const overlap = overlapOf(inSortedOrder, positions);
  if (overlap === 'none') return { order: sorted, findings: [] };
  const found = acquisitionOfMask(inSortedOrder, positions, drawnOn());
  // Doubled positions are a fact that the rules ask for; slices between each other would look like one fine scan.
  if (!found && overlap === 'interleaved')
    throw new Fault('IMAGE_GEOMETRY', 'acquisitions whose slices lie between each other');
  if (!found) return { order: sorted, findings: [] };
  return {
    order: found.slices.map((k) => sorted[k]!),
    findings: [
      `the series holds ${found.count} acquisitions (${found.by}): taken is the one that the mask names`,
    ],
  };
}

/** Slices in the order asked; all of them change places in place, fewer are copied. */
function inOrder(stored: Uint16Array, sorted: readonly number[], order: readonly number[]): Uint16Array {
  if (order.length === sorted.length) {
    reorderSlices(stored, order);
    return stored;
  }
  const pixels = stored.length / sorted.length;
  const kept = new Uint16Array(order.length * pixels);
  for (const [k, i] of order.entries()) kept.set(stored.subarray(i * pixels, (i + 1) * pixels), k * pixels);
  return kept;
}

/** Faults: IMAGE_GEOMETRY when position, orientation or spacing is missing or malformed. */
function sliceOf(header: Header): Slice {
  const position = triple(header.ImagePositionPatient);
  const axes = sliceAxes(header.ImageOrientationPatient);
  const [betweenRows = 0, betweenColumns = 0] = header.PixelSpacing ?? [];
  if (!position) throw new Fault('IMAGE_GEOMETRY', 'ImagePositionPatient');
  if (!axes) throw new Fault('IMAGE_GEOMETRY', 'ImageOrientationPatient');
  if (!(betweenRows > 0 && betweenColumns > 0)) throw new Fault('IMAGE_GEOMETRY', 'PixelSpacing');
  const thickness = header.SliceThickness ?? 0;
  return {
    position,
    axes,
    pixelSpacing: [betweenRows, betweenColumns],
    FrameOfReferenceUID: header.FrameOfReferenceUID,
    sliceThicknessMm: thickness > 0 ? thickness : null,
    gantryTiltDegrees: header.GantryDetectorTilt ?? null,
  };
}

/** Slice k becomes what was slice order[k], in place, with one slice of extra memory. */
function reorderSlices(stored: Uint16Array, order: readonly number[]): void {
  const pixels = stored.length / order.length;
  const slice = (k: number): Uint16Array => stored.subarray(k * pixels, (k + 1) * pixels);
  const done = new Set<number>();
  for (const start of order.keys()) {
    if (done.has(start) || order[start] === start) continue;
    const kept = slice(start).slice();
    let k = start;
    while (order[k] !== start) {
      slice(k).set(slice(order[k]!));
      done.add(k);
      k = order[k]!;
    }
    slice(k).set(kept);
    done.add(k);
  }
}

function headerFindings(headers: readonly Header[]): string[] {
  const findings: string[] = [];
  const lacks = headers.filter(
    ({ RescaleSlope, RescaleIntercept }) => RescaleSlope === undefined || RescaleIntercept === undefined,
  );
  if (lacks.length > 0)
    findings.push(`rescale slope or intercept missing in ${lacks.length} slices: taken as 1 and 0`);
  const lossy = headers.filter(isLossy).length;
  if (lossy > 0 && lossy < headers.length)
    findings.push(`${lossy} of ${headers.length} slices were compressed with loss`);
  if (headers.length === 1)
    findings.push('a single slice: its thickness, or 1 mm, is taken as slice spacing');
  return findings;
}

function paddingHu(
  header: Header,
  { slope, intercept }: SliceRescale,
): readonly [number, number] | undefined {
  const from = header.PixelPaddingValue;
  if (from === undefined) return undefined;
  const ends = [from, header.PixelPaddingRangeLimit ?? from].map((stored) => slope * stored + intercept);
  return [Math.min(...ends), Math.max(...ends)];
}

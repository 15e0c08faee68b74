import type { Header } from '../dicom/header.ts';
import { type ParsedFile, parsePart10 } from '../dicom/parse-part10.ts';
import { headerOf } from '../dicom/read-header.ts';
import { CT_IMAGE, ENHANCED_CT_IMAGE, LEGACY_CONVERTED_ENHANCED_CT_IMAGE } from '../dicom/sop-class.ts';
import { Fault } from '../fault.ts';
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
import { copyPixels, sampleEncoding } from './stored-pixels.ts';
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

/** 1 GiB of voxels; a chest at 0.5 mm has a quarter of that. */
const MAX_VOXELS = 2 ** 29;

/**
 * The CT volume of `count` single-frame instances in any order, HU. `read` gives the whole file of one of them and is
 * called once each, so that one file is held beside the volume. Slices are sorted along cross(row, column); the same
 * instance twice counts once. One slice: the spacing is its thickness, else 1 mm, with a finding.
 * Faults: IMAGE_NOT_CT, IMAGE_GEOMETRY, IMAGE_PIXELS_UNSUPPORTED, IMAGE_TOO_LARGE, TRANSFER_SYNTAX_UNSUPPORTED, and
 * those of reading a file.
 */
export function volumeFromInstances(count: number, read: (index: number) => Uint8Array): CtVolume {
  const stack = readStack(count, read);
  const order = sliceOrder(stack.headers.map(sliceOf));
  reorderSlices(stack.stored, order);
  const headers = order.map((i) => stack.headers[i]!);
  const slices = headers.map(sliceOf);
  const rescales = headers.map(rescaleOf);
  const geometry = seriesGeometry(slices);
  const { Columns, Rows } = headers[0]!;
  const remaining = order.map((i) => stack.remaining[i]!);
  const { voxels, findings } = toHounsfield(stack.stored, remaining);
  return {
    volume: { ...gridOf(slices, Columns!, Rows!, geometry.sliceSpacingMm), voxels },
    geometry,
    header: headers[0]!,
    instances: headers,
    slicePositionsMm: slices.map(({ position }) => along(slices[0]!.axes.normal, position)),
    findings: [...stack.findings, ...findings, ...headerFindings(headers)],
    paddingHu: (slice) => paddingHu(headers[slice]!, rescales[slice]!),
  };
}

type Stack = {
  headers: Header[];
  /** HU, or the stored values of slices whose rescale remains */
  stored: Uint16Array;
  remaining: SliceRescale[];
  findings: string[];
};

/** Slices in the order of reading, each instance once. */
function readStack(count: number, read: (index: number) => Uint8Array): Stack {
  if (count === 0) throw new Fault('IMAGE_GEOMETRY', 'no slice');
  const headers: Header[] = [];
  const remaining: SliceRescale[] = [];
  const seen = new Set<string>();
  let stored = new Uint16Array(0);
  let pixels = 0;
  for (let i = 0; i < count; i++) {
    const parsed = parsePart10(read(i));
    const header = ctHeader(parsed);
    if (seen.has(header.SOPInstanceUID)) continue;
    seen.add(header.SOPInstanceUID);
    const encoding = sampleEncoding(header);
    if (i === 0) {
      pixels = encoding.rows * encoding.columns;
      if (pixels * count > MAX_VOXELS)
        throw new Fault('IMAGE_TOO_LARGE', `${count} slices of ${pixels} pixels`);
      stored = new Uint16Array(pixels * count);
    }
    const first = headers[0] ?? header;
    if (header.Rows !== first.Rows || header.Columns !== first.Columns)
      throw new Fault('IMAGE_GEOMETRY', 'slices of different Rows or Columns');
    const target = stored.subarray(headers.length * pixels, (headers.length + 1) * pixels);
    remaining.push(copyPixels(parsed, encoding, rescaleOf(header), target));
    headers.push(header);
  }
  const again = count - headers.length;
  const findings = again > 0 ? [`${again} instances were given more than once`] : [];
  return { headers, stored: stored.subarray(0, headers.length * pixels), remaining, findings };
}

function ctHeader(parsed: ParsedFile): Header {
  const header = headerOf(parsed);
  const { SOPClassUID } = header;
  if (SOPClassUID === ENHANCED_CT_IMAGE || SOPClassUID === LEGACY_CONVERTED_ENHANCED_CT_IMAGE)
    throw new Fault('IMAGE_PIXELS_UNSUPPORTED', 'multi-frame CT');
  if (SOPClassUID !== CT_IMAGE) throw new Fault('IMAGE_NOT_CT', `SOP class ${SOPClassUID}`);
  return header;
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

const rescaleOf = (header: Header): SliceRescale => ({
  slope: header.RescaleSlope ?? 1,
  intercept: header.RescaleIntercept ?? 0,
  isSigned: header.PixelRepresentation === 1,
  bitsStored: header.BitsStored ?? header.BitsAllocated ?? 16,
});

function headerFindings(headers: readonly Header[]): string[] {
  const findings: string[] = [];
  const lacks = headers.filter(
    ({ RescaleSlope, RescaleIntercept }) => RescaleSlope === undefined || RescaleIntercept === undefined,
  );
  if (lacks.length > 0)
    findings.push(`rescale slope or intercept missing in ${lacks.length} slices: taken as 1 and 0`);
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

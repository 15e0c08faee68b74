import type { Header } from '../dicom/header.ts';
import { type ParsedFile, parsePart10 } from '../dicom/parse-part10.ts';
import { headerOf } from '../dicom/read-header.ts';
import { CT_IMAGE, ENHANCED_CT_IMAGE, LEGACY_CONVERTED_ENHANCED_CT_IMAGE } from '../dicom/sop-class.ts';
import { Fault } from '../fault.ts';
import { gridOf, type SeriesGeometry, type Slice, seriesGeometry, sliceAxes, sliceOrder, triple, along } from './geometry.ts';
import { type SliceRescale, toHounsfield } from './hounsfield.ts';
import { reorderSlices } from './reorder-slices.ts';
import { copyStoredValues, sampleEncoding } from './stored-pixels.ts';
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
  /** HU from (inclusive) to (inclusive) that are pixel padding in a slice; undefined when it has none */
  paddingHu: (slice: number) => readonly [number, number] | undefined;
}>;

/** 1 GiB of voxels; a chest at 0.5 mm has a quarter of that. */
const MAX_VOXELS = 2 ** 29;

type Read = { header: Header; slice: Slice };

/**
 * The CT volume of `count` single-frame instances in any order, HU; `read` gives the whole file of one of them and
 * is called once each, so that no more than one file is held beside the volume. Slices are sorted along
 * cross(row, column). The same instance twice counts once. One slice: spacing is its thickness, else 1 mm.
 * Faults: IMAGE_NOT_CT, IMAGE_GEOMETRY, IMAGE_PIXELS_UNSUPPORTED, IMAGE_TOO_LARGE, TRANSFER_SYNTAX_UNSUPPORTED, and
 * those of reading a file.
 */
export function volumeFromInstances(count: number, read: (index: number) => Uint8Array): CtVolume {
  const stack = readStack(count, read);
  const order = sliceOrder(stack.map(({ slice }) => slice));
  const sorted = order.map((i) => stack[i]!);
  reorderSlices(stack.stored, stack.pixels, order);
  const { rows, columns } = stack;
  const slices = sorted.map(({ slice }) => slice);
  const geometry = seriesGeometry(slices);
  const rescales = sorted.map(({ header }) => rescaleOf(header));
  const stored = stack.stored.subarray(0, sorted.length * stack.pixels);
  const { voxels, findings } = toHounsfield(stored, rescales);
  const { normal } = slices[0]!.axes;
  return {
    volume: { ...gridOf(slices, columns, rows, geometry.sliceSpacingMm), voxels },
    geometry,
    header: sorted[0]!.header,
    instances: sorted.map(({ header }) => header),
    slicePositionsMm: slices.map(({ position }) => along(normal, position)),
    findings: [...stack.findings, ...findings, ...headerFindings(sorted)],
    paddingHu: (slice) => paddingHu(sorted[slice]!.header, rescales[slice]!),
  };
}

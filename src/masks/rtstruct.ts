import { element, integer, items, latin1, type RawDataset, text, uid } from '../dicom/raw-dataset.ts';
import { parseDs } from '../dicom/values.ts';
import { Fault } from '../fault.ts';

/** A closed planar contour in patient space. */
export type Contour = Readonly<{
  /** x, y, z of each point, LPS mm; the closing edge is implied */
  points: Float64Array;
  /** CLOSEDPLANAR_XOR: combined with the others of its plane by exclusive or */
  isXor: boolean;
}>;

export type RtRoi = Readonly<{
  number: number;
  /** ReferencedFrameOfReferenceUID of the ROI */
  FrameOfReferenceUID: string | undefined;
  contours: readonly Contour[];
  findings: readonly string[];
}>;

const CLOSED = ['CLOSED_PLANAR', 'CLOSEDPLANAR_XOR'];

/**
 * The closed contours of an ROI, joined on ROINumber; open ones and points are left out with a finding, contours of
 * fewer than three points and repeated ones in silence. Faults: MASK_NO_REGION, MASK_UNREADABLE.
 * @see PS3.3 C.8.8.5, C.8.8.6
 */
export function readRoi(dataset: RawDataset, number: number): RtRoi {
  const roi = items(dataset, 'StructureSetROISequence').find((each) => integer(each, 'ROINumber') === number);
  if (!roi) throw new Fault('MASK_NO_REGION', `no ROI number ${number}`);
  const drawn = contourItems(dataset, number);
  const closed = drawn.filter((contour) => CLOSED.includes(text(contour, 'ContourGeometricType') ?? ''));
  const open = drawn.length - closed.length;
  const distinct = new Map<string, Contour>();
  for (const contour of closed) {
    const source = contourText(contour);
    const points = contourPoints(source);
    const isXor = text(contour, 'ContourGeometricType') === 'CLOSEDPLANAR_XOR';
    if (points.length >= 9) distinct.set(source, { points, isXor });
  }
  return {
    number,
    FrameOfReferenceUID: uid(roi, 'ReferencedFrameOfReferenceUID') || undefined,
    contours: [...distinct.values()],
    findings: open > 0 ? [`${open} points or open contours were left out`] : [],
  };
}

/** The contour items of an ROI. */
export function contourItems(dataset: RawDataset, number: number): readonly RawDataset[] {
  return items(dataset, 'ROIContourSequence')
    .filter((each) => integer(each, 'ReferencedROINumber') === number)
    .flatMap((each) => items(each, 'ContourSequence'));
}

function contourText(contour: RawDataset): string {
  const found = element(contour, 'ContourData');
  return found ? latin1(contour.bytes, found.dataOffset, found.length) : '';
}

function contourPoints(source: string): Float64Array {
  if (source === '') return new Float64Array(0);
  const values = source.split('\\').map(parseDs);
  const isBroken = values.length % 3 !== 0 || values.includes(undefined);
  if (isBroken) throw new Fault('MASK_UNREADABLE', 'ContourData is not a list of x, y, z');
  return Float64Array.from(values as number[]);
}

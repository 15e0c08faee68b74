import { type ParsedFile, parsePart10 } from '../dicom/parse-part10.ts';
import { codes, integer, items, type RawDataset, text, uid, unsigned } from '../dicom/raw-dataset.ts';
import { headerOf } from '../dicom/read-header.ts';
import { LABEL_MAP_SEGMENTATION, RT_STRUCTURE_SET, SEGMENTATION } from '../dicom/sop-class.ts';
import type { Keyword } from '../dicom/tags.ts';
import { Fault } from '../fault.ts';
import type { MaskDescription, Region } from './region.ts';
import { contourItems } from './rtstruct.ts';
import { framesOf } from './seg-frames.ts';

/**
 * What an RTSTRUCT or SEG says about itself and its regions; nothing is drawn. A region without contours or frames is
 * listed with the count 0. Faults: MASK_UNREADABLE for other SOP classes, and those of reading a file.
 * @see PS3.3 C.8.8.5, C.8.20.2
 */
export function describeMask(bytes: Uint8Array): MaskDescription {
  const parsed = parsePart10(bytes);
  return describeParsed(parsed);
}

/** The same for a file that is parsed already. */
export function describeParsed(parsed: ParsedFile): MaskDescription {
  const { SOPClassUID, SOPInstanceUID, SeriesInstanceUID, StudyInstanceUID, ...header } = headerOf(parsed);
  const identity = {
    SOPClassUID,
    SOPInstanceUID,
    SeriesInstanceUID,
    StudyInstanceUID,
    Manufacturer: header.Manufacturer || undefined,
    ManufacturerModelName: header.ManufacturerModelName || undefined,
    SoftwareVersions: header.SoftwareVersions || undefined,
  };
  if (SOPClassUID === RT_STRUCTURE_SET) return { kind: 'RTSTRUCT', ...identity, ...structureSet(parsed) };
  if (SOPClassUID === SEGMENTATION || SOPClassUID === LABEL_MAP_SEGMENTATION)
    return { kind: 'SEG', ...identity, ...segmentation(parsed) };
  throw new Fault('MASK_UNREADABLE', 'neither RTSTRUCT nor SEG');
}

/**
 * SOPInstanceUIDs of the images that one region was drawn on, as its contours or frames name them; when they name none,
 * every image that the object names. Faults: those of reading a file.
 */
export function imagesOfRegion(bytes: Uint8Array, region: number): ReadonlySet<string> {
  const parsed = parsePart10(bytes);
  const contours = contourItems(parsed, region).flatMap((each) => items(each, 'ContourImageSequence'));
  const frames = framesOf(parsed).filter(({ segment }) => (segment ?? region) === region);
  const named = [
    ...contours.map((each) => uid(each, 'ReferencedSOPInstanceUID') ?? ''),
    ...frames.flatMap(({ sourceInstances }) => sourceInstances),
  ].filter(Boolean);
  return new Set(named.length > 0 ? named : describeParsed(parsed).referencedInstances);
}

/** Non-empty texts, each once. */
const distinct = (values: readonly (string | undefined)[]): string[] => [
  ...new Set(values.filter((value): value is string => Boolean(value))),
];

/** Date and time of the drawing, else of the object; a time goes with its own date only. */
function drawnAt(
  dataset: RawDataset,
  date: Keyword,
  time: Keyword,
): Pick<MaskDescription, 'drawnDate' | 'drawnTime'> {
  const drawnDate = text(dataset, date);
  if (drawnDate) return { drawnDate, drawnTime: text(dataset, time) || undefined };
  return {
    drawnDate: text(dataset, 'InstanceCreationDate') || undefined,
    drawnTime: text(dataset, 'InstanceCreationTime') || undefined,
  };
}

function structureSet(dataset: RawDataset) {
  const series = items(dataset, 'ReferencedFrameOfReferenceSequence')
    .flatMap((frame) => items(frame, 'RTReferencedStudySequence'))
    .flatMap((study) => items(study, 'RTReferencedSeriesSequence'));
  const contours = items(dataset, 'ROIContourSequence').flatMap((roi) => items(roi, 'ContourSequence'));
  const images = [...series, ...contours].flatMap((each) => items(each, 'ContourImageSequence'));
  return {
    referencedSeries: distinct(series.map((each) => uid(each, 'SeriesInstanceUID'))),
    referencedInstances: distinct(images.map((each) => uid(each, 'ReferencedSOPInstanceUID'))),
    ApprovalStatus: text(dataset, 'ApprovalStatus') || undefined,
    reviewer: text(dataset, 'ReviewerName') || undefined,
    reviewDate: text(dataset, 'ReviewDate') || undefined,
    reviewTime: text(dataset, 'ReviewTime') || undefined,
    author: text(dataset, 'OperatorsName') || text(dataset, 'ReviewerName') || undefined,
    ...drawnAt(dataset, 'StructureSetDate', 'StructureSetTime'),
    label: text(dataset, 'StructureSetLabel') || undefined,
    regions: roiRegions(dataset),
  };
}

/** Joined by number once for all: a hostile object has a hundred thousand of each. */
function roiRegions(dataset: RawDataset): Region[] {
  const observations = new Map<number | undefined, RawDataset[]>();
  for (const each of items(dataset, 'RTROIObservationsSequence')) {
    const number = integer(each, 'ReferencedROINumber');
    const known = observations.get(number);
    if (known) known.push(each);
    else observations.set(number, [each]);
  }
  const contours = new Map<number | undefined, number>();
  for (const each of items(dataset, 'ROIContourSequence')) {
    const number = integer(each, 'ReferencedROINumber');
    contours.set(number, (contours.get(number) ?? 0) + items(each, 'ContourSequence').length);
  }
  return items(dataset, 'StructureSetROISequence').flatMap((roi): Region[] => {
    const number = integer(roi, 'ROINumber');
    if (number === undefined) return [];
    return [roiRegion(roi, number, observations.get(number) ?? [], contours.get(number) ?? 0)];
  });
}

function roiRegion(
  roi: RawDataset,
  number: number,
  observations: readonly RawDataset[],
  contourOrFrameCount: number,
): Region {
  const types = observations.map((each) => text(each, 'RTROIInterpretedType'));
  const interpreters = observations.map((each) => text(each, 'ROIInterpreter'));
  return {
    number,
    name: text(roi, 'ROIName') ?? '',
    FrameOfReferenceUID: uid(roi, 'ReferencedFrameOfReferenceUID') || undefined,
    trackingId: undefined,
    trackingUid: undefined,
    interpretedType: types.find(Boolean),
    interpreter: interpreters.find(Boolean),
    typeCodes: observations.flatMap((each) => [
      ...codes(each, 'RTROIIdentificationCodeSequence'),
      ...codes(each, 'SegmentedPropertyTypeCodeSequence'),
    ]),
    contourOrFrameCount,
  };
}

function segmentation(dataset: RawDataset) {
  const series = items(dataset, 'ReferencedSeriesSequence');
  const frames = framesOf(dataset);
  const framesOfSegment = new Map<number | undefined, number>();
  for (const { segment } of frames) framesOfSegment.set(segment, (framesOfSegment.get(segment) ?? 0) + 1);
  // A frame of a label map belongs to every segment.
  const ofEvery = framesOfSegment.get(undefined) ?? 0;
  const listed = series.flatMap((each) => items(each, 'ReferencedInstanceSequence'));
  return {
    referencedSeries: distinct(series.map((each) => uid(each, 'SeriesInstanceUID'))),
    referencedInstances: distinct([
      ...listed.map((each) => uid(each, 'ReferencedSOPInstanceUID')),
      ...frames.flatMap(({ sourceInstances }) => sourceInstances),
    ]),
    author: text(dataset, 'ContentCreatorName') || text(dataset, 'OperatorsName') || undefined,
    ...drawnAt(dataset, 'ContentDate', 'ContentTime'),
    label: text(dataset, 'ContentLabel') || undefined,
    regions: items(dataset, 'SegmentSequence').flatMap((segment): Region[] => {
      const number = unsigned(segment, 'SegmentNumber');
      if (number === undefined) return [];
      return [
        {
          number,
          name: text(segment, 'SegmentLabel') ?? '',
          FrameOfReferenceUID: uid(dataset, 'FrameOfReferenceUID') || undefined,
          trackingId: text(segment, 'TrackingID') || undefined,
          trackingUid: uid(segment, 'TrackingUID') || undefined,
          interpretedType: undefined,
          typeCodes: codes(segment, 'SegmentedPropertyTypeCodeSequence'),
          contourOrFrameCount: (framesOfSegment.get(number) ?? 0) + ofEvery,
        },
      ];
    }),
  };
}

/** Frames of a multi-frame CT as if each were an image of its own. */
import type { Header } from '../dicom/header.ts';
import type { ParsedFile } from '../dicom/parse-part10.ts';
import {
  decimal,
  decimals,
  integer,
  item,
  items,
  type RawDataset,
  text,
  texts,
  uid,
  unsigned,
  unsignedLong,
} from '../dicom/raw-dataset.ts';
import type { Keyword } from '../dicom/tags.ts';
import { Fault } from '../fault.ts';

export type FrameHeader = Readonly<{
  header: Header;
  /** SOPInstanceUID of the single-frame image that a legacy converted frame was made of */
  convertedFrom: string | undefined;
}>;

/**
 * One header for each frame of an Enhanced or Legacy Converted CT, in the order of the pixels: every macro is taken from the
 * frame's own functional groups, else from the shared ones. What Legacy Converted objects leave unassigned is looked up last.
 * Faults: IMAGE_PIXELS_UNSUPPORTED when there are not as many groups as frames.
 * @see PS3.3 C.7.6.16, A.38, A.70
 */
export function frameHeaders(parsed: ParsedFile, header: Header): readonly FrameHeader[] {
  const frames = items(parsed, 'PerFrameFunctionalGroupsSequence');
  if (frames.length === 0 || frames.length !== header.NumberOfFrames)
    throw new Fault('IMAGE_PIXELS_UNSUPPORTED', 'not as many functional groups as frames');
  const shared = item(parsed, 'SharedFunctionalGroupsSequence');
  const sharedMacros = new Map<Keyword, RawDataset | undefined>();
  const sharedMacro = (name: Keyword): RawDataset | undefined => {
    if (!sharedMacros.has(name)) sharedMacros.set(name, item(shared, name));
    return sharedMacros.get(name);
  };
  return frames.map((own, index) =>
    frameHeader({ ...header, FrameNumber: index + 1 }, (name) => item(own, name) ?? sharedMacro(name)),
  );
}

type Macro = (name: Keyword) => RawDataset | undefined;
type Read<T> = (dataset: RawDataset, keyword: Keyword) => T | undefined;

function frameHeader(header: Header, macro: Macro): FrameHeader {
  const read = <T>(sequence: Keyword, keyword: Keyword, how: Read<T>): T | undefined => {
    const found = macro(sequence);
    return found && how(found, keyword);
  };
  /** Attributes of the single-frame original that have no place in a macro. */
  const unassigned = <T>(keyword: Keyword, how: Read<T>): T | undefined =>
    read('UnassignedPerFrameConvertedAttributesSequence', keyword, how) ??
    read('UnassignedSharedConvertedAttributesSequence', keyword, how);
  const acquired = read('FrameContentSequence', 'FrameAcquisitionDateTime', text);
  return {
    convertedFrom: read('ConversionSourceAttributesSequence', 'ReferencedSOPInstanceUID', uid) || undefined,
    header: {
      ...header,
      NumberOfFrames: 1,
      ImageType: read('CTImageFrameTypeSequence', 'FrameType', texts) ?? header.ImageType,
      ImagePositionPatient: read('PlanePositionSequence', 'ImagePositionPatient', decimals),
      ImageOrientationPatient: read('PlaneOrientationSequence', 'ImageOrientationPatient', decimals),
      PixelSpacing: read('PixelMeasuresSequence', 'PixelSpacing', decimals),
      SliceThickness: read('PixelMeasuresSequence', 'SliceThickness', decimal) ?? header.SliceThickness,
      RescaleSlope: read('PixelValueTransformationSequence', 'RescaleSlope', decimal),
      RescaleIntercept: read('PixelValueTransformationSequence', 'RescaleIntercept', decimal),
      RescaleType: read('PixelValueTransformationSequence', 'RescaleType', text),
      ConvolutionKernel:
        read('CTReconstructionSequence', 'ConvolutionKernel', text) ??
        unassigned('ConvolutionKernel', text) ??
        header.ConvolutionKernel,
      KVP: read('CTXRayDetailsSequence', 'KVP', decimal) ?? unassigned('KVP', decimal) ?? header.KVP,
      GantryDetectorTilt:
        read('CTAcquisitionDetailsSequence', 'GantryDetectorTilt', decimal) ??
        unassigned('GantryDetectorTilt', decimal) ??
        header.GantryDetectorTilt,
      AcquisitionNumber:
        read('FrameContentSequence', 'FrameAcquisitionNumber', unsigned) ??
        unassigned('AcquisitionNumber', integer) ??
        header.AcquisitionNumber,
      TemporalPositionIdentifier:
        read('FrameContentSequence', 'TemporalPositionIndex', unsignedLong) ??
        unassigned('TemporalPositionIdentifier', integer) ??
        header.TemporalPositionIdentifier,
      AcquisitionTime: acquired?.slice(8) || unassigned('AcquisitionTime', text) || header.AcquisitionTime,
    },
  };
}

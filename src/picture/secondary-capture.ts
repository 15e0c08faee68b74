/** The page as a Secondary Capture Image, which every viewer shows (PS3.3 A.8.1). */
import { type Dataset, writePart10 } from '../dicom/part10.ts';
import { SECONDARY_CAPTURE_IMAGE } from '../dicom/sop-class.ts';
import { Fault } from '../fault.ts';
import type { RenderedReport } from '../sr/report.ts';
import { commonModules, dcm, identityOf, type PictureOfReport, referenceTo } from './picture-of-report.ts';
import type { RenderedPage } from './rendered-page.ts';

const SERIES_NUMBER = 9102;

/**
 * The page as 8-bit RGB, alone in its series, in the study of the follow-up CT. It points to its report (General
 * Reference, C.12.4) and to the images that it shows. Equal arguments give equal bytes. Faults: PICTURE_INVALID.
 */
export function secondaryCapture(page: RenderedPage, of: PictureOfReport): RenderedReport {
  const { columns, rows, rgb } = page;
  if (!(rgb.length > 0) || rgb.length !== columns * rows * 3)
    throw new Fault('PICTURE_INVALID', 'as many pixels as rows and columns say');
  const identity = identityOf(of, 'picture', SECONDARY_CAPTURE_IMAGE);
  const bytes = writePart10({
    ...commonModules(of, identity, SERIES_NUMBER),
    Modality: 'OT',
    // unpaired, so that no Laterality is asked for
    BodyPartExamined: 'CHEST',
    // General Image
    ImageType: ['DERIVED', 'SECONDARY'],
    PatientOrientation: '',
    DerivationDescription: 'Picture page of a structured report: rendered, not acquired',
    LossyImageCompression: '00',
    ...references(of),
    // SC Image
    DateOfSecondaryCapture: of.completed.date,
    TimeOfSecondaryCapture: of.completed.time,
    // Image Pixel
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    Rows: rows,
    Columns: columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    _vrMap: { PixelData: 'OB' },
    PixelData: evenLength(rgb),
  });
  return { ...identity, bytes };
}

function references({ report, sources }: PictureOfReport): Dataset {
  const named = sources.filter(({ SOPInstanceUID }) => SOPInstanceUID !== '');
  const images = named.map((source) => ({
    ...referenceTo(source),
    ...(source.FrameNumber !== undefined && { ReferencedFrameNumber: source.FrameNumber }),
    PurposeOfReferenceCodeSequence: dcm('121322', 'Source image for image processing operation'),
  }));
  return {
    ...(images.length > 0 && { SourceImageSequence: images }),
    ReferencedInstanceSequence: [
      { ...referenceTo(report), PurposeOfReferenceCodeSequence: dcm('121112', 'Source of Measurement') },
    ],
  };
}

function evenLength(bytes: Uint8Array): ArrayBuffer {
  const even = new Uint8Array(bytes.length + (bytes.length % 2));
  even.set(bytes);
  return even.buffer;
}

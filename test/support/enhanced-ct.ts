/** The slices of the small CT series (mask-fixtures.ts) as the frames of one multi-frame object. */

import { type Dataset, readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { ENHANCED_CT_IMAGE, LEGACY_CONVERTED_ENHANCED_CT_IMAGE } from '../../src/dicom/sop-class.ts';
import { COLUMNS, ctFile, ROWS } from './mask-fixtures.ts';

export type MultiFrameOptions = Readonly<{
  /** functional groups of frame k, beside those of its slice */
  own?: (k: number) => Dataset;
  /** functional groups of all frames, beside measures and orientation */
  shared?: Dataset;
  overrides?: Dataset;
}>;

/** An Enhanced CT of these slices; each frame has its place and its pixel values of its own, the rest is shared. */
export function enhancedCtFile(
  slices: readonly number[],
  { own = () => ({}), shared = {}, overrides = {} }: MultiFrameOptions = {},
): Uint8Array {
  const single = readPart10(ctFile(0));
  const pixels = new Int16Array(slices.length * ROWS * COLUMNS);
  for (const [k, slice] of slices.entries()) {
    for (let i = 0; i < ROWS * COLUMNS; i++)
      pixels[k * ROWS * COLUMNS + i] = (i % COLUMNS) + 10 * Math.floor(i / COLUMNS) + 100 * slice;
  }
  const {
    ImagePositionPatient: _,
    ImageOrientationPatient: __,
    PixelSpacing: ___,
    SliceThickness: ____,
    RescaleSlope: _____,
    RescaleIntercept: ______,
    ...kept
  } = single;
  return writePart10({
    ...kept,
    SOPClassUID: ENHANCED_CT_IMAGE,
    SOPInstanceUID: '2.25.55.1',
    NumberOfFrames: String(slices.length),
    ImageType: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'],
    SharedFunctionalGroupsSequence: [
      {
        PixelMeasuresSequence: [{ PixelSpacing: ['0.5', '0.25'], SliceThickness: '2' }],
        PlaneOrientationSequence: [{ ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'] }],
        ...shared,
      },
    ],
    PerFrameFunctionalGroupsSequence: slices.map((slice, k) => ({
      PlanePositionSequence: [{ ImagePositionPatient: ['-8', '4', String(10 + 2 * slice)] }],
      PixelValueTransformationSequence: [{ RescaleSlope: '1', RescaleIntercept: '-1000', RescaleType: 'HU' }],
      CTImageFrameTypeSequence: [{ FrameType: ['ORIGINAL', 'PRIMARY', 'AXIAL', 'NONE'] }],
      ...own(k),
    })),
    PixelData: pixels.buffer,
    _vrMap: { PixelData: 'OW' },
    ...overrides,
  });
}

/** A Legacy Converted Enhanced CT: every frame names the single-frame image that it was made of. */
export const legacyCtFile = (slices: readonly number[], overrides: Dataset = {}): Uint8Array =>
  enhancedCtFile(slices, {
    own: (k) => ({
      ConversionSourceAttributesSequence: [
        {
          ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
          ReferencedSOPInstanceUID: `2.25.50.${(slices[k] ?? 0) + 1}`,
        },
      ],
      UnassignedPerFrameConvertedAttributesSequence: [{ AcquisitionNumber: '7' }],
    }),
    shared: { UnassignedSharedConvertedAttributesSequence: [{ ConvolutionKernel: 'B30f', KVP: '120' }] },
    overrides: { SOPClassUID: LEGACY_CONVERTED_ENHANCED_CT_IMAGE, SOPInstanceUID: '2.25.56.1', ...overrides },
  });

/** Single-frame slices of one series as one Enhanced CT, in the order given. */
export function asEnhanced(files: readonly Uint8Array[], overrides: Dataset = {}): Uint8Array {
  const singles = files.map(readPart10);
  const [first = {}] = singles;
  const {
    ImagePositionPatient: _,
    RescaleSlope: __,
    RescaleIntercept: ___,
    PixelData: ____,
    ...kept
  } = first;
  const pixels = Buffer.concat(singles.map(({ PixelData }) => Buffer.from((PixelData as ArrayBuffer[])[0]!)));
  return writePart10({
    ...kept,
    SOPClassUID: ENHANCED_CT_IMAGE,
    SOPInstanceUID: `${String(first['SOPInstanceUID']).slice(0, 60)}.1`,
    NumberOfFrames: String(files.length),
    SharedFunctionalGroupsSequence: [
      {
        PixelMeasuresSequence: [
          { PixelSpacing: first['PixelSpacing'], SliceThickness: first['SliceThickness'] },
        ],
        PlaneOrientationSequence: [{ ImageOrientationPatient: first['ImageOrientationPatient'] }],
        CTReconstructionSequence: [{ ConvolutionKernel: first['ConvolutionKernel'] }],
        CTXRayDetailsSequence: [{ KVP: first['KVP'] }],
        CTImageFrameTypeSequence: [{ FrameType: first['ImageType'] }],
      },
    ],
    PerFrameFunctionalGroupsSequence: singles.map((single) => ({
      PlanePositionSequence: [{ ImagePositionPatient: single['ImagePositionPatient'] }],
      PixelValueTransformationSequence: [
        {
          RescaleSlope: single['RescaleSlope'],
          RescaleIntercept: single['RescaleIntercept'],
          RescaleType: 'HU',
        },
      ],
    })),
    PixelData: Uint8Array.from(pixels).buffer,
    _vrMap: { PixelData: 'OW' },
    ...overrides,
  });
}

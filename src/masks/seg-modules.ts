/** Parts of a binary Segmentation that are the same whoever writes one (PS3.3 A.51, C.8.20). */
import type { Dataset } from '../dicom/part10.ts';

const code = (CodeValue: string, CodingSchemeDesignator: string, CodeMeaning: string): Dataset => ({
  CodeValue,
  CodingSchemeDesignator,
  CodeMeaning,
});
/** Image type and pixels: bits, one a pixel (C.8.20.2). */
export const BINARY_IMAGE: Dataset = {
  ImageType: ['DERIVED', 'PRIMARY'],
  LossyImageCompression: '00',
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  PixelRepresentation: 0,
  BitsAllocated: 1,
  BitsStored: 1,
  HighBit: 0,
  SegmentationType: 'BINARY',
};

/** Category of every tumour (CID 7150). */
export const ABNORMAL: Dataset = {
  SegmentedPropertyCategoryCodeSequence: [code('49755003', 'SCT', 'Morphologically Abnormal Structure')],
};

/** Attribute tags (AT): group and element of what is pointed at, and of the functional group that holds it. */
const DIMENSIONS = [
  { pointer: 'ReferencedSegmentNumber', index: 0x0062000b, functionalGroup: 0x0062000a },
  { pointer: 'ImagePositionPatient', index: 0x00200032, functionalGroup: 0x00209113 },
] as const;

/** Frames are ordered by segment, then by position (C.7.6.17). */
export function dimensions(DimensionOrganizationUID: string): Dataset {
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID }],
    DimensionIndexSequence: DIMENSIONS.map(({ pointer, index, functionalGroup }) => ({
      DimensionOrganizationUID,
      DimensionIndexPointer: index,
      FunctionalGroupPointer: functionalGroup,
      DimensionDescriptionLabel: pointer,
    })),
  };
}

/** Item of DerivationImageSequence: a frame is the segmentation of that image, a Table 10-3 reference (C.7.6.16.2.6). */
export const segmentationOf = (image: Dataset): Dataset => ({
  SourceImageSequence: [
    {
      ...image,
      PurposeOfReferenceCodeSequence: [code('121322', 'DCM', 'Source image for image processing operation')],
    },
  ],
  DerivationCodeSequence: [code('113076', 'DCM', 'Segmentation')],
});

/** PS3.5 8.1.1 and C.7.6.3.1.5: least significant bit first, frames end to end, the whole padded to even length. */
export function packBits(frames: readonly Uint8Array[]): ArrayBuffer {
  const bits = frames.reduce((sum, { length }) => sum + length, 0);
  const packed = new Uint8Array(2 * Math.ceil(bits / 16));
  let bit = 0;
  for (const voxels of frames) {
    for (const voxel of voxels) {
      if (voxel === 1) packed[bit >> 3] = (packed[bit >> 3] ?? 0) | (1 << (bit & 7));
      bit += 1;
    }
  }
  return packed.buffer;
}

/** CT slices for the wire, made from a seed. Not anatomy: noise of the right size. */
import { type Dataset, writePart10 } from '../../src/dicom/part10.ts';

export type SliceOptions = Readonly<{ index?: number; size?: number; seed?: number; study?: string }>;

/** Mulberry32, a 32-bit generator: the same seed gives the same pixels. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** One slice of `size` x `size` 16-bit pixels, 5 mm apart, as a Part 10 file in Explicit VR Little Endian. */
export function ctSlice({ index = 0, size = 64, seed = 1, study = '2.25.1' }: SliceOptions = {}): Buffer {
  const next = generator(seed + index);
  const pixels = new Int16Array(size * size);
  for (let at = 0; at < pixels.length; at++) pixels[at] = (next() % 2000) - 1000;
  const dataset: Dataset = {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID: `${study}.2.${index + 1}`,
    StudyInstanceUID: study,
    SeriesInstanceUID: `${study}.1`,
    FrameOfReferenceUID: `${study}.3`,
    PatientName: 'Phantom^Receive',
    PatientID: 'RECEIVE-1',
    PatientBirthDate: '19600101',
    PatientSex: 'F',
    StudyDate: '20260102',
    StudyTime: '101500',
    Modality: 'CT',
    SeriesNumber: 1,
    InstanceNumber: index + 1,
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    ImagePositionPatient: [-160, -160, -5 * index],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    PixelSpacing: [0.7, 0.7],
    SliceThickness: 5,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: size,
    Columns: size,
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    RescaleSlope: 1,
    RescaleIntercept: 0,
    PixelData: pixels.buffer,
    _vrMap: { PixelData: 'OW' },
  };
  return Buffer.from(writePart10(dataset));
}

/** What C-STORE carries: the file without preamble and file meta information. */
export const datasetOf = (file: Buffer): Buffer => file.subarray(144 + file.readUInt32LE(140));

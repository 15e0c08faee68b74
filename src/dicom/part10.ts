/** The only door to dcmjs: naturalised datasets (DICOM keywords as names) to Part 10 bytes and back. */
import dcmjs from 'dcmjs';

const { DicomMetaDictionary, DicomDict, DicomMessage } = dcmjs.data;

export const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

/** UIDs below the root 2.25 (PS3.5 B.2); the implementation is named in every file that we write (PS3.7 D.3.3.2). */
export const IMPLEMENTATION_CLASS_UID = '2.25.265471458411300745237959157210908904015';
export const IMPLEMENTATION_VERSION_NAME = 'EARSHOT_0_1';

/** A dataset by DICOM keyword; sequences are arrays of datasets, PixelData an ArrayBuffer. */
export type Dataset = Record<string, unknown>;

/**
 * A Part 10 file in Explicit VR Little Endian. Every item of the dataset is written as given: nothing is added
 * but the file meta information, so that the same dataset gives the same bytes.
 */
export function writePart10(dataset: Dataset): Uint8Array {
  const meta = DicomMetaDictionary.denaturalizeDataset({
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    MediaStorageSOPClassUID: dataset['SOPClassUID'],
    MediaStorageSOPInstanceUID: dataset['SOPInstanceUID'],
    TransferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
    ImplementationClassUID: IMPLEMENTATION_CLASS_UID,
    ImplementationVersionName: IMPLEMENTATION_VERSION_NAME,
  });
  const file = new DicomDict(meta);
  file.dict = DicomMetaDictionary.denaturalizeDataset(dataset);
  return new Uint8Array(file.write());
}

/** The whole file as a naturalised dataset. For objects that we wrote ourselves; foreign headers go through header.ts. */
export function readPart10(bytes: Uint8Array): Dataset {
  const copy = bytes.slice().buffer;
  return DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(copy).dict);
}

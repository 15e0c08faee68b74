/** The only door to dcmjs: naturalised datasets (DICOM keywords as names) to Part 10 bytes and back. */
import dcmjs from 'dcmjs';

const { DicomMetaDictionary, DicomDict, DicomMessage } = dcmjs.data;

// It prints what it finds in the objects of others.
for (const log of [dcmjs.log, ...Object.values(dcmjs.log.getLoggers())]) log.setLevel('silent');

const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

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
  // Patient and study values are copied from the scanner as they are, also those that are too long for their VR.
  return new Uint8Array(file.write({ allowInvalidVRLength: true }));
}

/** The whole file as a naturalised dataset. For objects that we wrote ourselves; foreign headers go through header.ts. */
export function readPart10(bytes: Uint8Array): Dataset {
  // Not slice: a Buffer would give the pool that it lies in.
  const copy = new Uint8Array(bytes).buffer;
  const dataset = DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(copy).dict);
  return dataset['SpecificCharacterSet'] === 'ISO_IR 192' ? withItemsAsUtf8(dataset, false) : dataset;
}

/** dcmjs 0.50 forgets the character set inside of sequence items and reads their text as Latin-1; this undoes it. */
function withItemsAsUtf8(dataset: Dataset, isItem: boolean): Dataset {
  const entries = Object.entries(dataset).map(([keyword, value]) => {
    if (Array.isArray(value) && DicomMetaDictionary.nameMap[keyword]?.vr === 'SQ')
      return [keyword, value.map((item: Dataset) => withItemsAsUtf8(item, true))];
    return [keyword, isItem ? latin1AsUtf8(value) : value];
  });
  return Object.fromEntries(entries);
}

const LATIN_1 = new TextDecoder('latin1').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));

function latin1AsUtf8(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(latin1AsUtf8);
  if (typeof value !== 'string') return value;
  return Buffer.from(Array.from(value, (character) => LATIN_1.indexOf(character))).toString('utf8');
}

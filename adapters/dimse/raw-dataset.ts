import dicomParser from 'dicom-parser';
import { Fault } from '../../src/fault.ts';
import { library } from './library.ts';

/** A Part 10 file split at the end of its file meta information; the dataset's bytes are not copied. */
export type RawInstance = Readonly<{
  SOPClassUID: string;
  SOPInstanceUID: string;
  TransferSyntaxUID: string;
  dataset: Buffer;
}>;

/** Throws DICOM_UNPARSABLE when the bytes do not begin as PS3.10 7.1 says. */
export function rawInstance(file: Uint8Array): RawInstance {
  const meta = readMeta(file);
  const [SOPClassUID, SOPInstanceUID, TransferSyntaxUID] = ['x00020002', 'x00020003', 'x00020010'].map(
    (tag) => meta.string(tag),
  );
  if (!SOPClassUID || !SOPInstanceUID || !TransferSyntaxUID) {
    throw new Fault('DICOM_UNPARSABLE', 'the file meta information lacks a UID');
  }
  const dataset = Buffer.from(file.buffer, file.byteOffset + meta.position, file.byteLength - meta.position);
  return { SOPClassUID, SOPInstanceUID, TransferSyntaxUID, dataset };
}

function readMeta(file: Uint8Array): dicomParser.DataSet & { position: number } {
  try {
    return dicomParser.readPart10Header(file) as dicomParser.DataSet & { position: number };
  } catch (thrown) {
    throw new Fault('DICOM_UNPARSABLE', 'no Part 10 file', { cause: thrown });
  }
}

/** Goes over the wire exactly as it is on disk: the library's own encoder would rewrite numbers and drop private elements. */
export class RawDataset extends library.Dataset {
  readonly #bytes: Buffer;

  constructor({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID, dataset }: RawInstance) {
    super({ SOPClassUID, SOPInstanceUID }, TransferSyntaxUID);
    this.#bytes = dataset;
  }

  override getDenaturalizedDataset(): Buffer {
    return this.#bytes;
  }
}

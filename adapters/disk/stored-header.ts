/** The header of an object on the disk: its beginning is read, as much as the header needs, and never its pixels. */
import type { Header } from '../../src/dicom/header.ts';
import { readFileMeta } from '../../src/dicom/parse-part10.ts';
import { readHeader } from '../../src/dicom/read-header.ts';
import { DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN } from '../../src/dicom/transfer-syntax.ts';
import { Fault } from '../../src/fault.ts';
import { readDeflatedHeader } from './deflated-file.ts';
import { openStored } from './stored-file.ts';

/** A CT header fits; twice as much is read while it does not. */
const FIRST_BYTES = 16 * 1024;

export async function readStoredHeader(path: string): Promise<Header> {
  const file = await openStored(path);
  try {
    const { size } = await file.stat();
    for (let length = FIRST_BYTES; ; length *= 2) {
      const bytes = Buffer.alloc(Math.min(length, size));
      await file.read(bytes, 0, bytes.length, 0);
      const meta = readFileMeta(bytes);
      if (meta?.TransferSyntaxUID === DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
        return await readDeflatedHeader(path, meta.datasetOffset, {
          SOPClassUID: meta.MediaStorageSOPClassUID ?? '',
          SOPInstanceUID: meta.MediaStorageSOPInstanceUID ?? '',
          TransferSyntaxUID: meta.TransferSyntaxUID,
        });
      const read = readHeader(bytes, size);
      if (read) return read.header;
      if (bytes.length === size) throw new Fault('DICOM_TRUNCATED');
    }
  } finally {
    await file.close();
  }
}

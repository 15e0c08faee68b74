import { Fault } from '../fault.ts';
import { readFileMeta } from './parse-part10.ts';
import { DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN } from './transfer-syntax.ts';

/** Inflates a raw deflate stream (RFC 1951) of at most `maxBytes`. Faults: DICOM_TOO_LARGE, DICOM_TRUNCATED, DICOM_UNPARSABLE. */
export type InflateRaw = (deflated: Uint8Array, maxBytes: number) => Uint8Array;

/** A deflated object may unpack a thousandfold; a segmentation of a thousand slices with a byte a pixel has half of it. */
export const MAX_INFLATED_BYTES = 512 * 1024 * 1024;

/**
 * The same Part 10 file with its data set inflated and Explicit VR Little Endian as its transfer syntax, which is what
 * the deflated one is defined by; any other file as it is. Faults: those of `inflate`.
 * @see PS3.5 A.5
 */
export function inflatedPart10(bytes: Uint8Array, inflate: InflateRaw): Uint8Array {
  if (!isDeflated(bytes)) return bytes;
  const datasetOffset = readFileMeta(bytes)?.datasetOffset ?? bytes.length;
  const dataset = inflate(bytes.subarray(datasetOffset), MAX_INFLATED_BYTES);
  return Buffer.concat([explicitMeta(), dataset]);
}

function isDeflated(bytes: Uint8Array): boolean {
  try {
    return readFileMeta(bytes)?.TransferSyntaxUID === DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
  } catch (thrown) {
    // What is no DICOM file is told by whoever parses it.
    if (thrown instanceof Fault) return false;
    throw thrown;
  }
}

/** Preamble, prefix and the transfer syntax: enough of the file meta information to be read. */
function explicitMeta(): Buffer {
  const value = Buffer.from(`${EXPLICIT_VR_LITTLE_ENDIAN}\0`, 'latin1');
  const head = Buffer.from([2, 0, 0x10, 0, 0x55, 0x49, value.length, 0]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), head, value]);
}

import { constants, gunzipSync, inflateRawSync } from 'node:zlib';
import type { InflateRaw } from '../../src/dicom/deflated.ts';
import { Fault } from '../../src/fault.ts';
import type { Inflate } from '../../src/volume/formats/nrrd.ts';

/** Of deflate at most a thousandfold comes out. */
const START_BYTES = 4096;
/** Behind the data that a header speaks of some writers leave a little more. */
const SURPLUS = 64 * 1024;

export const inflate: Inflate = {
  start: (bytes) => unzip(bytes.subarray(0, START_BYTES), { finishFlush: constants.Z_SYNC_FLUSH }),
  whole: (bytes, expected) => unzip(bytes, { maxOutputLength: expected + SURPLUS }),
};

function unzip(bytes: Uint8Array, options: Parameters<typeof gunzipSync>[1]): Uint8Array {
  try {
    return gunzipSync(bytes, options);
  } catch (cause) {
    const isTooMuch = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    const what = isTooMuch
      ? 'there is more data than its header speaks of'
      : 'the gzip data is damaged or cut off';
    throw new Fault('IMAGE_FILE_UNREADABLE', what, { cause });
  }
}

/** One deflated data set or frame. Faults: DICOM_TOO_LARGE, DICOM_TRUNCATED, DICOM_UNPARSABLE. */
export const inflateRaw: InflateRaw = (deflated, maxBytes) => {
  try {
    return inflateRawSync(deflated, { maxOutputLength: maxBytes });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new Fault('DICOM_TOO_LARGE', `more than ${maxBytes} bytes when inflated`, { cause });
    if (code === 'Z_BUF_ERROR') throw new Fault('DICOM_TRUNCATED', 'deflated data', { cause });
    throw new Fault('DICOM_UNPARSABLE', 'deflated data', { cause });
  }
};

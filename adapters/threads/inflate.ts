import { gunzipSync } from 'node:zlib';
import { Fault } from '../../src/fault.ts';

/** Undoes gzip. Throws IMAGE_FILE_UNREADABLE when the data is damaged or cut off, IMAGE_TOO_LARGE beyond `maxBytes`. */
export function inflate(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Fault('IMAGE_TOO_LARGE', `more than ${maxBytes} bytes when unpacked`, { cause });
    }
    throw new Fault('IMAGE_FILE_UNREADABLE', 'the gzip data is damaged or cut off', { cause });
  }
}

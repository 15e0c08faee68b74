import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** More than any certificate, key or chain of them. */
const MOST_BYTES = 2 ** 20;

/**
 * The text of a regular file of at most 1 MiB, which `look` may refuse. The place may be of somebody's choice: a pipe would be waited for,
 * and a device, or a file of the kernel, need not end. Throws errors with a `code`.
 */
export function readSmallFile(file: string, look: (found: Stats) => void = () => undefined): string {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw coded('not a regular file');
    look(found);
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (length > MOST_BYTES) throw coded('larger than 1 MiB');
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(descriptor);
  }
}

const coded = (code: string): Error => Object.assign(new Error(code), { code });

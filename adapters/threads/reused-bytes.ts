import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A slice has half a MiB; what is far larger has memory of its own, which is given back. */
const MOST_KEPT_BYTES = 16 * 2 ** 20;

/**
 * Reads whole files one after the other into the same memory, so that hundreds of slices are no garbage of hundreds of buffers, each
 * of which would count towards the next full collection. What it gives is good until the next call.
 */
export function reusedBytes(): (path: string) => Uint8Array {
  let kept = Buffer.alloc(0);
  return (path) => {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const room = size <= kept.length ? kept : Buffer.allocUnsafeSlow(size);
      if (size <= MOST_KEPT_BYTES) kept = room;
      return room.subarray(0, readAll(file, room.subarray(0, size)));
    } finally {
      closeSync(file);
    }
  };
}

/** How many bytes there were: fewer than room for them when the file has become shorter. */
function readAll(file: number, room: Uint8Array): number {
  for (let at = 0; ; ) {
    const count = at < room.length ? readSync(file, room, at, room.length - at, null) : 0;
    if (count === 0) return at;
    at += count;
  }
}

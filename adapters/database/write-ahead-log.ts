/** SQLite's write-ahead log as it lies on the disk (sqlite.org/fileformat2.html, section 4). */
import { closeSync, openSync, readSync } from 'node:fs';

const HEAD_BYTES = 32;
const FRAME_HEAD_BYTES = 24;
const MAGIC = 0x377f0682;
/** Of every catalogue: SQLite's default. */
const PAGE_BYTES = 4096;

/**
 * How many transactions stand behind a frame that is not what was written. SQLite takes a log as ended at the first such frame, without a
 * word. After a power cut there may be one: the transaction that nobody was told of. More were committed, and synced, each before the
 * next began.
 */
export function transactionsBehindDamage(file: string): number {
  const log = `${file}-wal`;
  const handle = opened(log);
  if (handle === undefined) return 0;
  try {
    return countBehind((bytes, at) => readSync(handle, bytes, 0, bytes.length, at) === bytes.length);
  } finally {
    closeSync(handle);
  }
}

/** Undefined: there is none. Whoever closes the catalogue last takes it away. */
function opened(log: string): number | undefined {
  try {
    return openSync(log, 'r');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** `read` fills the bytes from that place on; false: the file ends before. */
function countBehind(read: (bytes: Buffer, at: number) => boolean): number {
  const head = Buffer.alloc(HEAD_BYTES);
  if (!read(head, 0)) return 0;
  const salts = head.subarray(16, 24);
  const sums = new Sums((head.readUInt32BE(0) & 1) === 1);
  sums.add(head.subarray(0, 24));
  let isWhole = (head.readUInt32BE(0) & ~1) >>> 0 === MAGIC && sums.are(head, 24);
  const frame = Buffer.alloc(FRAME_HEAD_BYTES + (isWhole ? head.readUInt32BE(8) : PAGE_BYTES));
  let behind = 0;
  for (let at = HEAD_BYTES; read(frame, at); at += frame.length) {
    // What is left of the log's last turn has other salts.
    const isOfThisTurn = frame.subarray(8, 16).equals(salts);
    if (isWhole) {
      sums.add(frame.subarray(0, 8));
      sums.add(frame.subarray(FRAME_HEAD_BYTES));
      isWhole = isOfThisTurn && sums.are(frame, 16);
    }
    const isCommit = frame.readUInt32BE(4) > 0;
    if (!isWhole && isOfThisTurn && isCommit) behind += 1;
  }
  return behind;
}

/** The running checksum over all frames before. */
class Sums {
  #first = 0;
  #second = 0;
  readonly #isBigEndian: boolean;

  constructor(isBigEndian: boolean) {
    this.#isBigEndian = isBigEndian;
  }

  add(bytes: Buffer): void {
    let [first, second] = [this.#first, this.#second];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < bytes.length; at += 8) {
      first = (first + view.getUint32(at, !this.#isBigEndian) + second) >>> 0;
      second = (second + view.getUint32(at + 4, !this.#isBigEndian) + first) >>> 0;
    }
    [this.#first, this.#second] = [first, second];
  }

  are(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#first && bytes.readUInt32BE(at + 4) === this.#second;
  }
}

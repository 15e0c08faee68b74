import { closeSync, fdatasync, fsync, openSync, read, write, writeSync, writev } from 'node:fs';
import { promisify } from 'node:util';

const [writevAsync, writeAsync, readAsync, fdatasyncAsync, fsyncAsync] = [
  promisify(writev),
  promisify(write),
  promisify(read),
  promisify(fdatasync),
  promisify(fsync),
];

/**
 * A file that did not exist before: a name of ours is never shared and never followed through a link.
 * Opening, closing and what changes a few bytes are synchronous: they take microseconds, a turn through the thread pool takes many
 * more, and one object is received after the other. What waits for the disk is asynchronous. A file server that does not answer
 * stops the process in them (docs/DEPLOYMENT.md).
 */
export class NewFile {
  #descriptor: number | undefined;
  readonly #pending = new Set<Promise<unknown>>();

  constructor(path: string) {
    this.#descriptor = openSync(path, 'wx+', 0o640);
  }

  /** All of it: writev may write less than asked (a signal, a nearly full disk), the rest is written one by one. */
  async write(chunks: readonly Uint8Array[], bytes: number): Promise<void> {
    let { bytesWritten } = await this.#run((descriptor) => writevAsync(descriptor, chunks));
    if (bytesWritten === bytes) return;
    for (const chunk of chunks) {
      const skipped = Math.min(bytesWritten, chunk.length);
      bytesWritten -= skipped;
      for (let at = skipped; at < chunk.length; ) {
        const rest = await this.#run((descriptor) => writeAsync(descriptor, chunk, at, chunk.length - at));
        at += rest.bytesWritten;
      }
    }
  }

  /** Other bytes where some have been written, a few of them: they are in the cache of the file system. */
  replace(bytes: Uint8Array, at: number): void {
    if (this.#descriptor === undefined) throw new Error('the file is closed');
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, at + done);
  }

  /** The first bytes of the file, at most as many as fit. */
  async beginning(into: Buffer): Promise<void> {
    await this.#run((descriptor) => readAsync(descriptor, into, 0, into.length, 0));
  }

  /** Bytes and size on stable storage. */
  async sync(): Promise<void> {
    await this.#run((descriptor) => fdatasyncAsync(descriptor));
  }

  /** Waits for what is under way: a descriptor that is closed too early may be another file's by then. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#pending);
    if (this.#descriptor === undefined) return;
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    closeSync(descriptor);
  }

  async #run<Result>(call: (descriptor: number) => Promise<Result>): Promise<Result> {
    if (this.#descriptor === undefined) throw new Error('the file is closed');
    const running = call(this.#descriptor);
    this.#pending.add(running);
    try {
      return await running;
    } finally {
      this.#pending.delete(running);
    }
  }
}

/** Makes the names in a folder durable (fsync of the folder itself, as the Linux manual of fsync(2) asks). */
export async function syncFolder(path: string): Promise<void> {
  const descriptor = openSync(path, 'r');
  try {
    await fsyncAsync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

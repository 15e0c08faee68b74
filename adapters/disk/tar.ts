/** Tar archives (POSIX pax, IEEE Std 1003.1-2017), written and read as streams: no entry is held in memory. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { Fault } from '../../src/fault.ts';
import { storageFault } from './data-folder.ts';

export type TarWriter = AsyncDisposable &
  Readonly<{
    /** `content` must have so many bytes. Faults: those of `content`, STORAGE_FULL, STORAGE_FAILED. */
    add(name: string, bytes: number, content: AsyncIterable<Uint8Array>): Promise<void>;
    /** The archive is whole and on stable storage. */
    finish(): Promise<void>;
  }>;

/** For its owner alone. A file of that name is not replaced: STORAGE_FAILED, EEXIST. */
export async function createTar(path: string): Promise<TarWriter> {
  const handle = await open(path, 'wx', 0o600).catch((thrown) => {
    throw storageFault(thrown);
  });
  const pack = tar.pack();
  let broken: unknown;
  const writing = pipeline(pack, handle.createWriteStream()).catch((thrown) => {
    broken = storageFault(thrown);
  });
  return {
    add: async (name, bytes, content) => {
      const entry = pack.entry({ name, size: bytes, mode: 0o600 });
      // The last entry may be waiting for a disk that took nothing any more.
      await Promise.race([pipeline(Readable.from(content), entry), writing]);
      if (broken) throw broken;
    },
    finish: async () => {
      pack.finalize();
      await writing;
      if (broken) throw broken;
      await syncFile(path).catch((thrown) => {
        throw storageFault(thrown);
      });
    },
    [Symbol.asyncDispose]: async () => {
      pack.destroy();
      await writing;
    },
  };
}

/** The stream has closed its own descriptor by then. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

export type TarEntry = Readonly<{ name: string; bytes: number; content: AsyncIterable<Uint8Array> }>;

/** Regular files only, in their order; each must be read before the next. Faults: BACKUP_INVALID, STORAGE_FAILED. */
export async function* readTar(path: string): AsyncGenerator<TarEntry> {
  const extract = tar.extract();
  let failed: unknown;
  const reading = pipeline(createReadStream(path), extract).catch((thrown) => {
    failed = thrown;
  });
  /** The file itself tells more than the stream that it ended. */
  const told = (thrown: unknown): Fault => {
    const cause = failed ?? thrown;
    if (cause instanceof Fault) return cause;
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (/^E[A-Z]+$/.test(code)) return storageFault(cause);
    return new Fault('BACKUP_INVALID', 'it is no whole tar archive', { cause });
  };
  try {
    for await (const entry of extract) {
      const { name, size = 0, type } = entry.header;
      if (type !== 'file') throw new Fault('BACKUP_INVALID', `it holds a ${type}`);
      yield { name, bytes: size, content: chunksOf(entry as AsyncIterable<Uint8Array>, told) };
    }
    await reading;
    if (failed !== undefined) throw failed;
  } catch (thrown) {
    throw told(thrown);
  } finally {
    extract.destroy();
    await reading;
  }
}

async function* chunksOf(
  entry: AsyncIterable<Uint8Array>,
  told: (thrown: unknown) => Fault,
): AsyncGenerator<Uint8Array> {
  try {
    yield* entry;
  } catch (thrown) {
    throw told(thrown);
  }
}

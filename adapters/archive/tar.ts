/** Tar archives (POSIX pax, IEEE Std 1003.1-2017), written and read as streams: no entry is held in memory. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { Fault } from '../../src/fault.ts';
import { storageFault } from '../disk/data-folder.ts';

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
  const writing = pipeline(pack, handle.createWriteStream({ autoClose: false })).catch((thrown) => {
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
      await handle.sync().catch((thrown) => {
        throw storageFault(thrown);
      });
    },
    [Symbol.asyncDispose]: async () => {
      pack.destroy();
      await writing;
      await handle.close();
    },
  };
}

export type TarEntry = Readonly<{ name: string; bytes: number; content: AsyncIterable<Uint8Array> }>;

/** Regular files only, in their order; each must be read before the next. Faults: BACKUP_INVALID, STORAGE_FAILED. */
export async function* readTar(path: string): AsyncGenerator<TarEntry> {
  const extract = tar.extract();
  let failed: unknown;
  const reading = pipeline(createReadStream(path), extract).catch((thrown) => {
    failed = thrown;
  });
  try {
    for await (const entry of extract) {
      const { name, size = 0, type } = entry.header;
      if (type !== 'file') throw new Fault('BACKUP_INVALID', `it holds a ${type}`);
      yield { name, bytes: size, content: entry as AsyncIterable<Uint8Array> };
    }
  } catch (thrown) {
    failed ??= thrown;
  } finally {
    extract.destroy();
    await reading;
  }
  if (failed === undefined) return;
  if (failed instanceof Fault) throw failed;
  const { code } = failed as NodeJS.ErrnoException;
  if (code?.startsWith('E') && !code.startsWith('ERR_')) throw storageFault(failed);
  throw new Fault('BACKUP_INVALID', 'it is no whole tar archive', { cause: failed });
}

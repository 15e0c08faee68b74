/** One object on its way to the disk: few large writes, a bounded buffer, one fdatasync. */
import { createHash } from 'node:crypto';
import { readFile, unlink } from 'node:fs/promises';
import { DatasetWalk } from '../../src/dicom/dataset-walk.ts';
import type { Header } from '../../src/dicom/header.ts';
import { MAX_HEADER_BYTES, readHeader } from '../../src/dicom/read-header.ts';
import { DIGEST_BYTES } from '../../src/dicom/stored-digest.ts';
import { DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN } from '../../src/dicom/transfer-syntax.ts';
import { Fault } from '../../src/fault.ts';
import type { IncomingInstance, InstanceFile, Received } from '../../src/ports.ts';
import { type DataFolder, storageFault } from './data-folder.ts';
import { readDeflatedHeader } from './deflated-file.ts';
import { fileMeta } from './file-meta.ts';
import { NewFile } from './new-file.ts';

export type IncomingLimits = Readonly<{
  /** Chunks are gathered to about this size before they are written. */
  writeBytes: number;
  /** `write` answers false from here on; memory per association is this and one chunk at most. */
  bufferBytes: number;
  /** A larger object is refused. */
  instanceBytes: number;
  /** This much of the beginning stays in memory for the header. */
  headBytes: number;
  /** After so many bytes it is asked again whether there is room for more. */
  roomEveryBytes: number;
  /** False: nothing more is written, and the object is refused (STORAGE_FULL). */
  hasRoom?: (() => Promise<boolean>) | undefined;
}>;
export type Meta = Readonly<{ SOPClassUID: string; SOPInstanceUID: string; TransferSyntaxUID: string }>;
/** Enough behind the header to see that it has ended. */
const LOOK_AHEAD_BYTES = 12;

export class IncomingFile implements IncomingInstance {
  readonly #folder: DataFolder;
  readonly #path: string;
  readonly #limits: IncomingLimits;
  readonly #meta: Meta;
  readonly #hash = createHash('sha256');
  readonly #fileMeta: Uint8Array;
  #walk: DatasetWalk | undefined;
  #file: NewFile | undefined;
  #waiting: Uint8Array[];
  #waitingBytes: number;
  #flyingBytes = 0;
  #fileBytes: number;
  #bytesSinceRoom = 0;
  #head: Uint8Array[];
  #headBytes: number;
  #failure: Fault | undefined;
  #work: Promise<void> | undefined;
  #wake: (() => void)[] = [];
  #state: 'open' | 'finished' | 'kept' | 'discarded' = 'open';

  constructor(folder: DataFolder, path: string, meta: Meta, limits: IncomingLimits) {
    this.#folder = folder;
    this.#path = path;
    this.#limits = limits;
    this.#meta = meta;
    this.#fileMeta = fileMeta(meta, { hasDigest: true });
    this.#waiting = [this.#fileMeta];
    this.#head = [this.#fileMeta];
    this.#waitingBytes = this.#fileBytes = this.#headBytes = this.#fileMeta.length;
    try {
      if (!this.#isDeflated()) this.#walk = new DatasetWalk(meta.TransferSyntaxUID);
      this.#file = new NewFile(path);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  write(chunk: Uint8Array): boolean {
    if (this.#failure !== undefined || this.#state !== 'open' || chunk.length === 0) return true;
    this.#fileBytes += chunk.length;
    if (this.#fileBytes > this.#limits.instanceBytes) {
      this.#fail(new Fault('DICOM_TOO_LARGE', `limit ${this.#limits.instanceBytes} bytes`));
      return true;
    }
    if (!this.#follow(chunk)) return true;
    const missing = this.#limits.headBytes - this.#headBytes;
    if (missing > 0) {
      const head = chunk.subarray(0, missing);
      this.#head.push(head);
      this.#headBytes += head.length;
    }
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= this.#limits.writeBytes) this.#work ??= this.#writeOut(this.#limits.writeBytes);
    return this.#buffered() < this.#limits.bufferBytes;
  }

  async drained(): Promise<void> {
    while (this.#buffered() >= this.#limits.bufferBytes / 2 && this.#work !== undefined) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async finish(): Promise<Received> {
    if (this.#state !== 'open') throw new Fault('INTERNAL', 'finish of a closed file');
    this.#state = 'finished';
    const written = this.#writeAll();
    try {
      // The header is read while the disk is busy; a header that is refused still waits for the disk.
      const [header] = await Promise.all([this.#readHeader(written), written]);
      const { SOPClassUID, SOPInstanceUID } = this.#meta;
      if (header.SOPClassUID !== SOPClassUID || header.SOPInstanceUID !== SOPInstanceUID) {
        throw new Fault('SOP_CLASS_MISMATCH');
      }
      const digest = this.#hash.digest();
      this.#file?.replace(digest, this.#fileMeta.length - DIGEST_BYTES);
      return { header, digest: digest.toString('hex'), bytes: this.#fileBytes };
    } catch (thrown) {
      this.#fail(thrown);
      throw this.#failure;
    } finally {
      this.#forget();
    }
  }

  async keep(place: InstanceFile, elsewhere?: InstanceFile): Promise<InstanceFile> {
    const file = this.#file;
    if (this.#state !== 'finished' || this.#failure !== undefined || file === undefined) {
      throw new Fault('INTERNAL', 'keep before finish');
    }
    try {
      const sync = () => file.sync();
      const isNew = elsewhere !== undefined && (await this.#folder.settleNew(this.#path, place, sync));
      const lasting = isNew ? place : (elsewhere ?? place);
      if (!isNew) await this.#folder.settle(this.#path, lasting, sync);
      this.#state = 'kept';
      return lasting;
    } catch (thrown) {
      this.#fail(thrown);
      throw this.#failure;
    } finally {
      await this.#close();
    }
  }

  async content(): Promise<Uint8Array> {
    if (this.#state !== 'finished') throw new Fault('INTERNAL', 'content before finish');
    return readFile(this.#path).catch((thrown: unknown) => {
      throw storageFault(thrown);
    });
  }

  async discard(): Promise<void> {
    if (this.#state === 'kept' || this.#state === 'discarded') return;
    this.#state = 'discarded';
    this.#forget();
    await this.#work;
    if (this.#file === undefined) return;
    await this.#close();
    await unlink(this.#path).catch(() => undefined);
  }

  /** What is deflated is walked when all of it is there. */
  #isDeflated(): boolean {
    return this.#meta.TransferSyntaxUID === DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
  }

  #buffered(): number {
    return this.#waitingBytes + this.#flyingBytes;
  }

  #forget(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#head = [];
  }

  #fail(thrown: unknown): void {
    this.#failure ??= storageFault(thrown);
    this.#forget();
  }

  /** Writes as long as `least` bytes wait. Never throws: the failure is kept for `finish`. */
  async #writeOut(least: number): Promise<void> {
    const file = this.#file;
    while (file !== undefined && this.#waitingBytes >= least && this.#waitingBytes > 0) {
      const chunks = this.#waiting;
      this.#flyingBytes = this.#waitingBytes;
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        await this.#requireRoom(this.#flyingBytes);
        const written = file.write(chunks, this.#flyingBytes);
        // Meanwhile: writing is the thread pool's.
        this.#digest(chunks);
        await written;
      } catch (thrown) {
        this.#fail(thrown);
      }
      this.#flyingBytes = 0;
      for (const wake of this.#wake.splice(0)) wake();
    }
    this.#work = undefined;
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** One object may be larger than all the room that is kept free: whoever asks before it comes asks too early. */
  async #requireRoom(bytes: number): Promise<void> {
    const { hasRoom, roomEveryBytes } = this.#limits;
    this.#bytesSinceRoom += bytes;
    if (hasRoom === undefined || this.#bytesSinceRoom < roomEveryBytes) return;
    this.#bytesSinceRoom = 0;
    if (!(await hasRoom())) throw new Fault('STORAGE_FULL', 'below the free space that is kept');
  }

  /** Of the dataset as it came: what stands before it in the file is ours. */
  #digest(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) if (chunk !== this.#fileMeta) this.#hash.update(chunk);
  }

  /** Every byte is with the operating system. */
  async #writeAll(): Promise<void> {
    await this.#work;
    this.#work = this.#writeOut(1);
    await this.#work;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The structure is checked as the bytes pass, so that no object is ever parsed whole; false: it is refused. */
  #follow(chunk: Uint8Array): boolean {
    try {
      this.#walk?.push(chunk);
      if (this.#walk && this.#walk.headerEnd === undefined && this.#fileBytes > MAX_HEADER_BYTES)
        throw new Fault('DICOM_TOO_LARGE', 'header');
    } catch (thrown) {
      this.#fail(thrown);
    }
    return this.#failure === undefined;
  }

  /** From the beginning kept in memory; a longer header is read from the file. */
  async #readHeader(written: Promise<void>): Promise<Header> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isDeflated()) {
      await written;
      return readDeflatedHeader(this.#path, this.#fileMeta.length, this.#meta);
    }
    this.#walk?.end();
    const headerEnd = this.#fileMeta.length + (this.#walk?.headerEnd ?? Number.POSITIVE_INFINITY);
    const needed = Math.min(headerEnd + LOOK_AHEAD_BYTES, this.#fileBytes);
    let bytes: Uint8Array = Buffer.concat(this.#head);
    if (needed > bytes.length) {
      await written;
      const longer = Buffer.alloc(needed);
      await this.#file?.beginning(longer);
      bytes = longer;
    }
    const read = readHeader(bytes, this.#fileBytes);
    if (read === undefined) throw new Fault('INTERNAL', 'the header does not end where it ended');
    return read.header;
  }

  async #close(): Promise<void> {
    await this.#file?.close().catch(() => undefined);
  }
}

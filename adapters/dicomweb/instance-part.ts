/** One part of a Store request: a whole Part 10 file, whose dataset goes to the disk as it comes. */

import { type FileMeta, readFileMeta } from '../../src/dicom/parse-part10.ts';
import { sopClass, transferSyntaxesFor } from '../../src/dicom/sop-class.ts';
import { StudySpotter } from '../../src/dicom/study-spotter.ts';
import { isUid } from '../../src/dicom/uid.ts';
import { asFault, Fault } from '../../src/fault.ts';
import { type IncomingInstance, lookingAt } from '../../src/ports.ts';

type Meta = Readonly<{ SOPClassUID: string; SOPInstanceUID: string; TransferSyntaxUID: string }>;
/** What became of a part; a UID is undefined where the part names none that is valid. */
export type Outcome = Readonly<{
  SOPClassUID: string | undefined;
  SOPInstanceUID: string | undefined;
  fault: Fault | undefined;
}>;

export type InstanceWorld = Readonly<{
  openIncoming(meta: Meta): IncomingInstance;
  /** Resolves when the object is durable; only then it is answered as stored. */
  receive(
    incoming: IncomingInstance,
    announced: Readonly<{ SOPClassUID: string; SOPInstanceUID: string; from: string }>,
  ): Promise<unknown>;
  /** false: the disk is below its watermark */
  hasRoom(): Promise<boolean>;
  /** An object of an ignored SOP class was taken and dropped. */
  onIgnored?(): void;
}>;
export type Target = Readonly<{
  /** Objects of other studies are refused. */
  study: string | undefined;
  from: string;
  /** Called as soon as the dataset names its study. */
  onStudy(study: string): void;
}>;

/** File meta information has some hundred bytes. */
const MAX_META_BYTES = 64 * 1024;
const FIRST_TRY_BYTES = 512;

export class InstancePart {
  readonly #world: InstanceWorld;
  readonly #target: Target;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tryAtBytes = FIRST_TRY_BYTES;
  #uids: Pick<Outcome, 'SOPClassUID' | 'SOPInstanceUID'> = {
    SOPClassUID: undefined,
    SOPInstanceUID: undefined,
  };
  #fault: Fault | undefined;
  #isIgnored = false;
  #incoming: IncomingInstance | undefined;
  #spotter: StudySpotter | undefined;

  /** `refused`: the bytes are read and dropped. */
  constructor(world: InstanceWorld, target: Target, refused?: Fault) {
    this.#world = world;
    this.#target = target;
    this.#fault = refused;
  }

  /** Resolves when more may come. Never rejects: the fault is kept for `end`. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#fault !== undefined || this.#isIgnored) return;
    if (this.#incoming !== undefined) {
      await this.#pass(bytes);
      return;
    }
    this.#head.push(bytes);
    this.#headBytes += bytes.length;
    if (this.#headBytes >= this.#tryAtBytes) await this.#open(false);
  }

  /** Resolves when the object is durable or refused. Never rejects. */
  async end(): Promise<Outcome> {
    if (this.#fault === undefined && !this.#isIgnored && this.#incoming === undefined) await this.#open(true);
    const { SOPClassUID = '', SOPInstanceUID = '' } = this.#uids;
    if (this.#isIgnored) this.#world.onIgnored?.();
    if (this.#incoming !== undefined) {
      const { from } = this.#target;
      await this.#world
        .receive(this.#noting(this.#incoming), { SOPClassUID, SOPInstanceUID, from })
        .catch((thrown: unknown) => {
          this.#fault = asFault(thrown);
        });
      await this.drop();
    }
    return { ...this.#uids, fault: this.#fault };
  }

  /** What was not kept is removed. */
  async drop(): Promise<void> {
    await this.#incoming?.discard().catch(() => undefined);
  }

  async #pass(bytes: Buffer): Promise<void> {
    const study = this.#spotter?.push(bytes);
    if (study !== undefined) this.#target.onStudy(study);
    if (this.#incoming?.write(bytes) === false) await this.#incoming.drained();
  }

  /** Tries to read the file meta information from what is here. */
  async #open(isWhole: boolean): Promise<void> {
    const bytes = Buffer.concat(this.#head);
    this.#head = [bytes];
    this.#tryAtBytes = 2 * bytes.length;
    try {
      const meta = readFileMeta(bytes);
      if (meta !== undefined) {
        this.#head = [];
        await this.#start(meta);
        if (this.#incoming !== undefined) await this.#pass(bytes.subarray(meta.datasetOffset));
      } else if (isWhole) {
        throw new Fault('DICOM_TRUNCATED', 'file meta information');
      } else if (bytes.length > MAX_META_BYTES) {
        throw new Fault('DICOM_UNPARSABLE', 'file meta information without an end');
      }
    } catch (thrown) {
      this.#fault = asFault(thrown);
      this.#head = [];
    }
  }

  async #start({ MediaStorageSOPClassUID, MediaStorageSOPInstanceUID, ...meta }: FileMeta): Promise<void> {
    const SOPClassUID = valid(MediaStorageSOPClassUID);
    const SOPInstanceUID = valid(MediaStorageSOPInstanceUID);
    this.#uids = { SOPClassUID, SOPInstanceUID };
    if (SOPClassUID === undefined || SOPInstanceUID === undefined)
      throw new Fault('DICOM_BAD_UID', 'file meta information');
    const row = sopClass(SOPClassUID);
    if (row === undefined) throw new Fault('SOP_CLASS_UNSUPPORTED');
    this.#isIgnored = row.action === 'ignore';
    if (this.#isIgnored) return;
    const { TransferSyntaxUID } = meta;
    if (row.action === 'keep' && !transferSyntaxesFor(SOPClassUID).includes(TransferSyntaxUID))
      throw new Fault('TRANSFER_SYNTAX_UNSUPPORTED');
    if (!(await this.#world.hasRoom())) throw new Fault('STORAGE_FULL');
    this.#spotter = new StudySpotter(TransferSyntaxUID);
    this.#incoming = this.#world.openIncoming({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID });
  }

  /** The same object, refused when it is of another study than the address. */
  #noting(incoming: IncomingInstance): IncomingInstance {
    const { study, onStudy } = this.#target;
    return lookingAt(incoming, ({ header: { StudyInstanceUID } }) => {
      if (study !== undefined && study !== StudyInstanceUID) throw new Fault('STUDY_MISMATCH');
      onStudy(StudyInstanceUID);
    });
  }
}

const valid = (uid: string | undefined): string | undefined => (isUid(uid) ? uid : undefined);

import { DatasetWalk } from './dataset-walk.ts';
import { latin1 } from './raw-dataset.ts';
import { TAGS } from './tags.ts';
import { isUid } from './uid.ts';

const STUDY_INSTANCE_UID = Number.parseInt(TAGS.StudyInstanceUID.slice(1), 16);
/** The study stands within the first kilobytes, unless something very long stands before it. */
const MAX_BYTES = 64 * 1024;

/** Finds the study of a data set that is still arriving. */
export class StudySpotter {
  readonly #walk: DatasetWalk | undefined;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #value: Readonly<{ from: number; to: number }> | undefined;
  #isDone = false;

  constructor(TransferSyntaxUID: string) {
    try {
      this.#walk = new DatasetWalk(TransferSyntaxUID, ({ tag, length, dataOffset }) => {
        if (tag === STUDY_INSTANCE_UID) this.#value = { from: dataOffset, to: dataOffset + length };
      });
    } catch {
      this.#isDone = true;
    }
  }

  /** The next bytes; answers the StudyInstanceUID once, when its last byte is here. Never throws. */
  push(piece: Uint8Array): string | undefined {
    if (this.#isDone || this.#walk === undefined) return undefined;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    try {
      this.#walk.push(piece);
    } catch {
      this.#isDone = true;
    }
    const { from, to } = this.#value ?? { from: 0, to: Number.POSITIVE_INFINITY };
    const isHere = this.#bytes >= to;
    if (!isHere && this.#bytes < MAX_BYTES && this.#walk.headerEnd === undefined) return undefined;
    this.#isDone = true;
    const study = isHere ? latin1(Buffer.concat(this.#pieces), from, to - from) : undefined;
    this.#pieces = [];
    return isUid(study) ? study : undefined;
  }
}

/** DIMSE statuses as tables: what we answer, and what a peer's answer means. */
import { STATUS } from '../../src/dicom/store-status.ts';
import { Fault, type FaultCode } from '../../src/fault.ts';

/** (0000,0902) is an LO: 64 characters. The sentence of the table only, never a detail: that may be the sender's text. */
export const errorComment = (code: FaultCode, sentence: string): string =>
  `${code}: ${sentence}`.slice(0, 64).trimEnd();

export type StoreMeaning = 'taken' | 'takenWithWarning' | 'busy' | 'refused';

/** Warnings of PS3.4 table B.2-1 and PS3.7 Annex C: the object is stored. */
const WARNINGS: ReadonlySet<number> = new Set([0xb000, 0xb006, 0xb007, 0x0107, 0x0116]);

/** Nothing is wrong with the object: archives answer so while their database or disk is away, and take it later. */
const TRANSIENT: ReadonlySet<number> = new Set([STATUS.processingFailure, STATUS.resourceLimitation]);

/** What a peer's C-STORE status means to the sender. 0x0111: it has that very instance, which is what we want. */
export function storeMeaning(status: number): StoreMeaning {
  if (status === STATUS.success || status === STATUS.duplicateSopInstance) return 'taken';
  if (WARNINGS.has(status)) return 'takenWithWarning';
  const isTransient = (status & 0xff00) === STATUS.outOfResources || TRANSIENT.has(status);
  return isTransient ? 'busy' : 'refused';
}

/** What a peer says when it will not answer: that it cannot just now, or that it does not. */
export const notAnswered = (operation: string, status: number): Fault =>
  new Fault(
    storeMeaning(status) === 'busy' ? 'PEER_BUSY' : 'PEER_REFUSED',
    `${operation} status ${hexStatus(status)}`,
  );

/** As PS3.7 writes it: four hexadecimal digits. */
export const hexStatus = (status: number): string =>
  `0x${status.toString(16).toUpperCase().padStart(4, '0')}`;

/** The peer's own words: an LO, so 64 characters and nothing that a terminal would obey. */
export const printable = (comment: string | undefined): string | undefined =>
  comment?.replace(/[^\x20-\x7e]/g, '?').slice(0, 64) || undefined;

/** @see PS3.8 table 9-21: result, source, reason of A-ASSOCIATE-RJ */
export const REJECTION = {
  callingAeTitle: [1, 1, 3],
  calledAeTitle: [1, 1, 7],
  applicationContext: [1, 1, 2],
  noReason: [1, 1, 1],
  congestion: [2, 3, 1],
  localLimit: [2, 3, 2],
} as const;
export type RejectionName = keyof typeof REJECTION;

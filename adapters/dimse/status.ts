/** DIMSE statuses as tables: what we answer, and what a peer's answer means. */
import type { Fault, FaultCode } from '../../src/fault.ts';

/** @see PS3.7 Annex C, PS3.4 table B.2-1 */
export const STATUS = {
  success: 0x0000,
  processingFailure: 0x0110,
  duplicateSopInstance: 0x0111,
  noSuchSopInstance: 0x0112,
  noSuchEventType: 0x0113,
  invalidArgument: 0x0115,
  invalidSopInstance: 0x0117,
  noSuchSopClass: 0x0118,
  sopClassNotSupported: 0x0122,
  notAuthorised: 0x0124,
  unrecognisedOperation: 0x0211,
  resourceLimitation: 0x0213,
  outOfResources: 0xa700,
  dataSetDoesNotMatchSopClass: 0xa900,
  cannotUnderstand: 0xc000,
} as const;

/** Faults that have a status of their own; every other fault follows its disposition. */
const STATUS_OF_FAULT: Readonly<Partial<Record<FaultCode, number>>> = {
  STORAGE_FULL: STATUS.outOfResources,
  STORAGE_FAILED: STATUS.outOfResources,
  DICOM_TOO_LARGE: STATUS.outOfResources,
  SOP_CLASS_MISMATCH: STATUS.dataSetDoesNotMatchSopClass,
  DICOM_UNPARSABLE: STATUS.cannotUnderstand,
  DICOM_TRUNCATED: STATUS.cannotUnderstand,
  DICOM_MISSING_ATTRIBUTE: STATUS.cannotUnderstand,
  TRANSFER_SYNTAX_UNSUPPORTED: STATUS.cannotUnderstand,
  DICOM_BAD_UID: STATUS.invalidSopInstance,
  INTERNAL: STATUS.processingFailure,
};

const STATUS_OF_DISPOSITION = {
  refuse: STATUS.cannotUnderstand,
  retry: STATUS.outOfResources,
  hold: STATUS.processingFailure,
} as const;

/** The C-STORE status that tells the sender what became of its object. */
export const storeStatus = (fault: Fault): number =>
  STATUS_OF_FAULT[fault.code] ?? STATUS_OF_DISPOSITION[fault.disposition];

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

/** As PS3.7 writes it: four hexadecimal digits. */
export const hexStatus = (status: number): string =>
  `0x${status.toString(16).toUpperCase().padStart(4, '0')}`;

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

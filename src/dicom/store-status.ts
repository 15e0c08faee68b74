/** What becomes of an object, as its sender hears it: DIMSE statuses, which STOW-RS gives as failure reasons. */
import type { Fault, FaultCode } from '../fault.ts';

/** @see PS3.7 Annex C, PS3.4 table B.2-1, PS3.18 table I.2-2 */
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
  transferSyntaxNotSupported: 0xc122,
} as const;

/** Faults that have a status of their own; every other fault follows its disposition. */
const STATUS_OF_FAULT: Readonly<Partial<Record<FaultCode, number>>> = {
  STORAGE_FULL: STATUS.outOfResources,
  STORAGE_FAILED: STATUS.outOfResources,
  DICOM_TOO_LARGE: STATUS.outOfResources,
  SOP_CLASS_MISMATCH: STATUS.dataSetDoesNotMatchSopClass,
  SOP_CLASS_UNSUPPORTED: STATUS.sopClassNotSupported,
  STUDY_MISMATCH: STATUS.dataSetDoesNotMatchSopClass,
  DICOM_UNPARSABLE: STATUS.cannotUnderstand,
  DICOM_TRUNCATED: STATUS.cannotUnderstand,
  DICOM_MISSING_ATTRIBUTE: STATUS.cannotUnderstand,
  TRANSFER_SYNTAX_UNSUPPORTED: STATUS.cannotUnderstand,
  DICOM_BAD_UID: STATUS.invalidSopInstance,
  TEST_PATIENT_CLOSED: STATUS.notAuthorised,
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

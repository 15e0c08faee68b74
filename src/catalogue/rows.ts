import type { Header } from '../dicom/header.ts';
import type { SopClassRole } from '../dicom/sop-class.ts';
import type { MaskDescription } from '../masks/region.ts';
import type { Received } from '../ports.ts';
import type { Language } from '../sr/language.ts';
import type { CompanionKind } from '../sr/report-choice.ts';
import type { StudyState } from '../study/lifecycle.ts';

/** Why a case is where it is: a code to search for and a sentence to read. No patient data. */
export type Reason = Readonly<{ code: string; text: string }>;

export type StudyRow = Readonly<{
  StudyInstanceUID: string;
  PatientID: string;
  IssuerOfPatientID: string;
  PatientBirthDate: string;
  PatientSex: string;
  StudyDate: string;
  StudyTime: string;
  state: StudyState;
  reasons: readonly Reason[];
  /** what was decided about this case: baseline, masks, the rejected candidates; null before the first decision */
  decision: unknown;
  /** instances of this study disagree about the patient */
  identityConflict: boolean;
  firstReceivedAt: Date;
  lastReceivedAt: Date;
  stateChangedAt: Date;
  attempts: number;
}>;

export type SeriesRow = Readonly<{
  SeriesInstanceUID: string;
  StudyInstanceUID: string;
  role: SopClassRole;
  /** header of the first instance that arrived */
  header: Header;
  instanceCount: number;
}>;

export type InstanceRow = Readonly<{
  SOPInstanceUID: string;
  SOPClassUID: string;
  SeriesInstanceUID: string;
  StudyInstanceUID: string;
  TransferSyntaxUID: string;
  role: SopClassRole;
  /** relative path below the data folder */
  file: string;
  /** SHA-256 of the dataset's bytes */
  digest: string;
  /** size of the file */
  bytes: number;
}>;

/** An object that has its file, on the way into the catalogue. */
export type NewInstance = Readonly<{ received: Received; role: SopClassRole; file: string; from: string }>;

export type MaskRow = Readonly<{
  SOPInstanceUID: string;
  StudyInstanceUID: string;
  file: string;
  digest: string;
  bytes: number;
  receivedAt: Date;
  description: MaskDescription | null;
  /** code of the fault that reading it met; both null: not read yet */
  fault: string | null;
}>;

/** sr: a report; note: a rejection note; the others go beside a report. */
export type ReportKind = 'sr' | 'note' | CompanionKind;

/** An object beside the SR, and who gets it. */
export type CompanionWish = Readonly<{
  kind: CompanionKind;
  /** with `language` the form of the SR beside which it goes; absent: it goes beside the report itself */
  SOPClassUID?: string | undefined;
  language: Language;
  destinations: readonly string[];
}>;

export type ReportRow = Readonly<{
  SOPInstanceUID: string;
  SOPClassUID: string;
  SeriesInstanceUID: string;
  StudyInstanceUID: string;
  file: string;
  digest: string;
  /** digest of the objects that were scored (images, masks, baseline) */
  inputs: string;
  result: unknown;
  ContentDate: string;
  kind: ReportKind;
  language: Language;
  /** the report beside which it goes; null: a report or a rejection note */
  companionOf: string | null;
  /** of a report that tells why its case is held: those reasons. It goes out while the case is held for them. */
  heldBecause: readonly Reason[] | null;
  /** of a report that is on its way: what is still to be made beside it; null: nothing */
  due: readonly CompanionWish[] | null;
  /** size of the object; absent: it was not kept */
  bytes?: number | undefined;
}>;

/** An object that carries a report: the report itself, or the same in another SOP class or language. */
export type ReportObject = Pick<
  ReportRow,
  'SOPInstanceUID' | 'SOPClassUID' | 'SeriesInstanceUID' | 'StudyInstanceUID' | 'file' | 'language'
>;

/** A report that a person took back. */
export type WithdrawalRow = Readonly<{
  /** of the report */
  SOPInstanceUID: string;
  /** SOP Instance UID of the rejection note */
  note: string;
  StudyInstanceUID: string;
  reason: string;
  text: string;
  author: string;
}>;

/** Other bytes under known SOP Instance UIDs of a study; uncompared: some of them were too large for a comparison. */
export type Conflict = 'none' | 'compared' | 'uncompared';

/**
 * taken: the peer said success and is asked whether it keeps it; superseded: a newer report of the study took its place
 * before it was sent, a person cancelled its case, or that was not eligible any more when it was retired; withdrawn: a person took the report back
 * before it was sent; notTaken: the peer takes no objects of that SOP class, and nobody asked for them by name.
 */
export type DeliveryState =
  | 'waiting'
  | 'taken'
  | 'delivered'
  | 'gaveUp'
  | 'superseded'
  | 'withdrawn'
  | 'notTaken';
/** Not ended yet. */
export const OPEN_DELIVERY: ReadonlySet<DeliveryState> = new Set(['waiting', 'taken']);
export type DeliveryRow = Readonly<{
  SOPInstanceUID: string;
  destination: string;
  StudyInstanceUID: string;
  state: DeliveryState;
  attempts: number;
  refusals: number;
  nextAttemptAt: Date;
  status: number | null;
  comment: string | null;
  fault: string | null;
  warning: boolean;
  /** since when the peer may have the object; null: a try was never begun, or each was clearly refused */
  begunAt: Date | null;
  /** since when a try is under way of which no end is written */
  sendingSince: Date | null;
}>;
/** A delivery that was given up, or that waits for a node to which nothing goes out now. */
export type DeadLetter = DeliveryRow &
  Readonly<{
    /** since when it stands as it does */
    since: Date;
    kind: ReportKind;
    companionOf: string | null;
    /** a newer report took its place, or it was withdrawn */
    isOutdated: boolean;
  }>;

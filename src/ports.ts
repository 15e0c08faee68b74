/** Everything the core asks of the outside world. An interface lives here or nowhere. */
import type { Header } from './dicom/header.ts';
import type { MaskDescription } from './masks/region.ts';
import type {
  FileMeasurement,
  MeasureFilesRequest,
  Measurement,
  MeasureRequest,
} from './radiomics/measurement.ts';

// Database -----------------------------------------------------------------------------------------
export type SqlValue = string | number | null;
/** `mustChange`: when it changes no row, the whole batch is undone and answers false. */
export type Statement = Readonly<{ text: string; values?: readonly SqlValue[]; mustChange?: boolean }>;
/** One SQL text for both databases: `$1` placeholders, quoted names, text and number columns only. */
export type Sql = {
  query<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** All or nothing, in one transaction. A list cannot interleave with other work; a callback could. */
  batch(statements: readonly Statement[]): Promise<boolean>;
  close(): Promise<void>;
};

// Jobs ---------------------------------------------------------------------------------------------
export type JobKind = 'assess' | 'measure' | 'score' | 'deliver';
/** A wake-up, never the truth: the state is in the catalogue. `key` is unique among waiting jobs of its kind. */
export type Job = Readonly<{ kind: JobKind; key: string }>;
export type JobQueue = {
  /** False when that job already waits. */
  put(job: Job, options?: { notBefore?: Date }): Promise<boolean>;
  /** A handler that throws has the job again later, after a growing pause. */
  work(kind: JobKind, handler: (job: Job, signal: AbortSignal) => Promise<void>): Promise<AsyncDisposable>;
  waiting(): Promise<{ count: number; oldestSeconds: number }>;
};

// Instances on disk --------------------------------------------------------------------------------
/** A file below the data folder, as the catalogue stores it: a relative path with `/`. */
export type InstanceFile = string;

/** An object being received. Nothing is promised before `keep` resolves. */
export type IncomingInstance = {
  /** False: the buffer is full, wait for `drained`. */
  write(chunk: Uint8Array): boolean;
  drained(): Promise<void>;
  /** All bytes written under a temporary name; returns header, digest of the dataset, size of the file. */
  finish(): Promise<Received>;
  /** Moves the finished file to its lasting place; bytes and name are on stable storage when it resolves. */
  keep(place: InstanceFile): Promise<void>;
  /** Drops what was written. Safe at any time, also twice. */
  discard(): Promise<void>;
};
export type Received = Readonly<{ header: Header; digest: string; bytes: number }>;
export type InstanceFiles = {
  /** Starts a Part 10 file; the dataset's bytes follow by `write`. */
  receive(
    meta: Readonly<{ SOPClassUID: string; SOPInstanceUID: string; TransferSyntaxUID: string }>,
  ): IncomingInstance;
  /** Writes a whole small file durably (a report). */
  put(place: InstanceFile, bytes: Uint8Array): Promise<void>;
  read(file: InstanceFile): Promise<Uint8Array>;
  absolute(file: InstanceFile): string;
  /** Free bytes of the file system that holds the data folder. */
  freeBytes(): Promise<number>;
};

// Computing ----------------------------------------------------------------------------------------
/** Paths in, numbers out: voxels never cross a thread. Absolute paths. */
export type Radiomics = {
  measure(request: MeasureRequest, signal: AbortSignal): Promise<Measurement>;
  measureFiles(request: MeasureFilesRequest, signal: AbortSignal): Promise<FileMeasurement>;
  describeMask(file: string, signal: AbortSignal): Promise<MaskDescription>;
};

// Peers --------------------------------------------------------------------------------------------
type NodeRole = 'source' | 'archive' | 'destination' | 'annotator';
export type Node = Readonly<{
  name: string;
  roles: readonly NodeRole[];
  aeTitle?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  dicomWeb?: string | undefined;
  /** how the peer is asked whether it keeps what it took; default none */
  confirm?: 'none' | 'auto' | 'commitment' | 'readBack' | undefined;
}>;
/** The peer's own answer: a DIMSE status or an HTTP status, with its comment. */
export type PeerAnswer = Readonly<{ status: number; comment?: string | undefined; warning: boolean }>;
/** Throws a Fault when the object was not taken; its disposition says whether to try again. */
export type Destination = {
  name: string;
  /** SOP Class UIDs of the report, the preferred one first, the others when the peer refuses it; absent: the report's own */
  srSopClasses?: readonly string[];
  send(file: string, signal: AbortSignal): Promise<PeerAnswer>;
  /** Asks whether the peer keeps an object that it took; absent: it is not asked. Throws a Fault when it cannot be asked. */
  prove?(request: ProofRequest, signal: AbortSignal): Promise<Proof>;
};
export type ProofRequest = Readonly<{
  SOPClassUID: string;
  SOPInstanceUID: string;
  SeriesInstanceUID: string;
  StudyInstanceUID: string;
  /** under which storage commitment is asked for; new for each sending */
  TransactionUID: string;
}>;
/** `result` absent: it comes later, on an association that the peer opens. */
export type Proof =
  | Readonly<{ kind: 'commitment'; result?: CommitmentResult | undefined }>
  | Readonly<{ kind: 'readBack'; isFound: boolean }>
  | Readonly<{ kind: 'notOffered' }>;
/** The content of an N-EVENT-REPORT of storage commitment (PS3.4 J.3.3). */
export type CommitmentResult = Readonly<{
  TransactionUID: string;
  committed: readonly string[];
  failed: readonly Readonly<{ SOPInstanceUID: string; FailureReason: number }>[];
}>;

export type Clock = () => Date;
/** Structured, without patient data. */
export type Log = {
  info(event: string, fields?: Readonly<Record<string, string | number | boolean | null>>): void;
  warn(event: string, fields?: Readonly<Record<string, string | number | boolean | null>>): void;
  error(event: string, fields?: Readonly<Record<string, string | number | boolean | null>>): void;
};

/** What operators count. Labels come from closed lists; never a patient, never a UID. */
export type Meter = {
  received(result: 'added' | 'duplicate' | 'conflict' | 'ignored' | 'refused'): void;
  scored(category: string): void;
  delivered(destination: string, result: 'delivered' | 'retry' | 'gaveUp'): void;
  stage(name: 'assess' | 'measure' | 'score' | 'deliver', seconds: number): void;
};

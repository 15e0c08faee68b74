/** Everything the core asks of the outside world. An interface lives here or nowhere. */
import type { Header } from './dicom/header.ts';
import type { RenderedObject } from './dicom/rendered-object.ts';
import type { MaskDescription } from './masks/region.ts';
import type { SegmentationRequest } from './masks/segment-regions.ts';
import type { Message } from './notifications/message.ts';
import type { KeyView, ViewRequest } from './picture/key-view.ts';
import type { PageContent } from './picture/page-content.ts';
import type { PdfAbout, RenderedPage } from './picture/rendered-page.ts';
import type {
  FileMeasurement,
  MeasureFilesRequest,
  Measurement,
  MeasureRequest,
} from './radiomics/measurement.ts';
import type { Language } from './sr/language.ts';
import type { Outcome, Sendable } from './sr/report-choice.ts';

// Database -----------------------------------------------------------------------------------------
export type SqlValue = string | number | null;
/** `mustChange`: when it changes no row, the whole batch is undone and answers false. */
export type Statement = Readonly<{ text: string; values?: readonly SqlValue[]; mustChange?: boolean }>;
/**
 * One SQL text for both databases: `$1` placeholders, quoted names, text and number columns only. Each `query` and each `batch` has the
 * effect that it would have if no other were under way. Text may lose U+0000 and unpaired surrogates to U+FFFD.
 */
export type Sql = {
  query<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** All or nothing, in one transaction. A list cannot interleave with other work; a callback could. */
  batch(statements: readonly Statement[]): Promise<boolean>;
  /** Runs a task that changes the schema while no other process does; absent: the database belongs to one process. */
  migrating?<T>(task: () => Promise<T>): Promise<T>;
  /**
   * Runs tasks of one key one after the other, whatever process they are of; absent: the database belongs to one process. Within one
   * process the caller sees to that. When the connection is lost another process may begin before the task has ended: its effect must
   * stand that.
   */
  locked?<T>(key: string, task: () => Promise<T>): Promise<T>;
  /** What was deleted is not in the log of the database any more, unless somebody reads it just now; absent: the server sees to its log. */
  emptyLog?(): Promise<void>;
  close(): Promise<void>;
};

// Jobs ---------------------------------------------------------------------------------------------
export type JobKind =
  | 'assess'
  | 'measure'
  | 'score'
  | 'beside'
  | 'deliver'
  | 'fetch'
  | 'request'
  | 'count'
  | 'poll';
/** A wake-up, never the truth: the state is in the catalogue. `key` is unique among waiting jobs of its kind. */
export type Job = Readonly<{ kind: JobKind; key: string }>;
/** `deaths`: how often a process died while this job ran; a fault that was thrown is none, and neither is a stop. */
export type RunningJob = Job & Readonly<{ deaths: number }>;
export type JobHandler = (job: RunningJob, signal: AbortSignal) => Promise<void>;
export type JobQueue = {
  /** False when that job already waits. */
  put(job: Job, options?: { notBefore?: Date }): Promise<boolean>;
  /** A handler that throws has the job again later, after a growing pause. */
  work(kind: JobKind, handler: JobHandler): Promise<AsyncDisposable>;
  /** What could run now, and for how long the first of them could: a job for later, or one that is tried again, since its time came. */
  waiting(): Promise<{ count: number; oldestSeconds: number }>;
};

// Leases -------------------------------------------------------------------------------------------
/** `lost` aborts when another process may have it. Disposing frees it. */
export type Lease = AsyncDisposable &
  Readonly<{
    lost: AbortSignal;
    /** Says something else of it from now on. */
    tell(detail: string): Promise<void>;
  }>;
/**
 * What one process at a time has, among those that share a database: names like `duties`, `slot/pacs/1`. What a process held that
 * died is free after a while.
 */
export type Leases = AsyncDisposable &
  Readonly<{
    /** this process, as long as it runs */
    holder: string;
    /** Undefined while any process has it, this one too. `detail`: what others may read of it. */
    take(name: string, detail?: string): Promise<Lease | undefined>;
    /** What any process holds of the names that begin so. */
    held(prefix: string): Promise<readonly Readonly<{ name: string; detail: string }>[]>;
  }>;

// Instances on disk --------------------------------------------------------------------------------
/** A file below the data folder, as the catalogue stores it: a relative path with `/`. */
export type InstanceFile = string;

/** `bytes`: how many it has at least. */
export type PlacedFile = Readonly<{ file: InstanceFile; bytes?: number | undefined }>;

/** An object being received. Nothing is promised before `keep` resolves. */
export type IncomingInstance = {
  /** False: the buffer is full, wait for `drained`. */
  write(chunk: Uint8Array): boolean;
  drained(): Promise<void>;
  /** All bytes written under a temporary name; returns header, digest of the dataset, size of the file. */
  finish(): Promise<Received>;
  /**
   * Moves the finished file to its lasting place; bytes and name are on stable storage when it resolves. `elsewhere`: where it goes
   * when a file is at the place already, which then stays as it is; without it that file is replaced. Answers where it lies.
   */
  keep(place: InstanceFile, elsewhere?: InstanceFile): Promise<InstanceFile>;
  /** The finished file, whole: for objects whose size, which `finish` tells, is small. */
  content(): Promise<Uint8Array>;
  /** Drops what was written. Safe at any time, also twice. */
  discard(): Promise<void>;
};
export type Received = Readonly<{ header: Header; digest: string; bytes: number }>;
/** The same object; what `finish` finds is looked at first, and what `look` throws refuses the object. */
export const lookingAt = (
  incoming: IncomingInstance,
  look: (received: Received) => void,
): IncomingInstance => ({
  write: (chunk) => incoming.write(chunk),
  drained: () => incoming.drained(),
  finish: async () => {
    const received = await incoming.finish();
    look(received);
    return received;
  },
  keep: (place, elsewhere) => incoming.keep(place, elsewhere),
  content: () => incoming.content(),
  discard: () => incoming.discard(),
});

export type InstanceFiles = {
  /** Starts a Part 10 file; the dataset's bytes follow by `write`. */
  receive(
    meta: Readonly<{ SOPClassUID: string; SOPInstanceUID: string; TransferSyntaxUID: string }>,
  ): IncomingInstance;
  /** Writes a whole small file durably (a report). */
  put(place: InstanceFile, bytes: Uint8Array): Promise<void>;
  read(file: InstanceFile): Promise<Uint8Array>;
  /** The header of an object, without reading the rest. */
  header(file: InstanceFile): Promise<Header>;
  /** False: it is not there, or its bytes are not those that were received. It is read whole. */
  isAsReceived(file: InstanceFile): Promise<boolean>;
  /** Takes a file off the disk, with the folders that it leaves empty; one that is gone already is no fault. */
  remove(file: InstanceFile): Promise<void>;
  absolute(file: InstanceFile): string;
  /**
   * The absolute path for somebody who opens it: STORAGE_FAILED for what is no regular file, or for a link out of the folder. Of one
   * that is not there whoever opens it tells.
   */
  regular(file: InstanceFile): Promise<string>;
  /**
   * Those that cannot be read here, or not whole, though it was waited for them: another machine wrote them. Throws when it is aborted.
   * Absent: the folder is of one machine, and shows at once what it has.
   */
  awaited?(files: readonly PlacedFile[], signal: AbortSignal): Promise<readonly InstanceFile[]>;
  /** Free bytes of the file system that holds the data folder. */
  freeBytes(): Promise<number>;
};

// Computing ----------------------------------------------------------------------------------------
/** Paths in, numbers out: volumes never cross a thread. Absolute paths. */
export type Radiomics = {
  measure(request: MeasureRequest, signal: AbortSignal): Promise<Measurement>;
  measureFiles(request: MeasureFilesRequest, signal: AbortSignal): Promise<FileMeasurement>;
  describeMask(file: string, signal: AbortSignal): Promise<MaskDescription>;
  /** Of a file that nobody has looked at yet: to walk a hostile one takes seconds. Faults: those of `readHeader`. */
  readHeader(file: string, signal: AbortSignal): Promise<Header>;
  /** Regions of a series, as they are measured, as a file of ours. */
  segmentation(request: SegmentationRequest, signal: AbortSignal): Promise<RenderedObject>;
  /** The key slice of a lesion and its filtered plane: two small pictures. */
  view(request: ViewRequest, signal: AbortSignal): Promise<KeyView>;
};

/** The picture page of a report as pixels and as a document. Equal content gives equal bytes. */
export type PageRenderer = {
  render(content: PageContent, signal: AbortSignal): Promise<RenderedPage>;
  /** The page as PDF with its text and lines, not their pixels. */
  renderPdf(content: PageContent, about: PdfAbout, signal: AbortSignal): Promise<Uint8Array>;
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
  tls?: TlsMaterial | undefined;
  /** value of the Authorization header of a DICOMweb node */
  authorization?: string | undefined;
  /** how a DIMSE archive is asked for objects; default: move */
  retrieve?: 'move' | 'get' | undefined;
  /** the information model of a DIMSE archive; default: study */
  queryModel?: 'study' | 'patient' | undefined;
  /** how the peer is asked whether it keeps what it took; default none */
  confirm?: 'none' | 'auto' | 'commitment' | 'readBack' | undefined;
}>;
/** PEM. `ca`: authorities to trust instead of the system's; empty: the system's. */
export type TlsMaterial = Readonly<{
  ca: readonly string[];
  cert?: string | undefined;
  key?: string | undefined;
}>;
/** The peer's own answer: a DIMSE status or an HTTP status, with its comment. */
export type PeerAnswer = Readonly<{ status: number; comment?: string | undefined; warning: boolean }>;
/** Throws a Fault when the object was not taken; its disposition says whether to try again. */
export type Destination = {
  name: string;
  /** SOP Class UIDs of the report, the preferred one first, the others when the peer refuses it; absent: the report's own */
  srSopClasses?: readonly string[];
  /** of the text; absent: the report's own */
  language?: Language;
  /** absent: the SR alone */
  sends?: readonly Sendable[];
  /** `sends` was asked for by name: what the peer does not take is given up. Else it ends as notTaken. */
  areSendsChosen?: boolean;
  /** absent: every outcome but notEvaluable */
  reportsOn?: readonly Outcome[];
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

/** A peer that takes many objects to work with them (an annotator). Throws a Fault when one was not taken. */
export type Recipient = Readonly<{
  name: string;
  /** Absolute paths of Part 10 files. */
  sendAll(files: readonly string[], signal: AbortSignal): Promise<void>;
}>;

// Archives ------------------------------------------------------------------------------------------
/** Matching keys of a study query; what is absent matches everything. UIDs and IDs are exact, never a wildcard. */
export type StudyQuery = Readonly<{
  PatientID?: string | undefined;
  IssuerOfPatientID?: string | undefined;
  ModalitiesInStudy?: string | undefined;
  /** DA or a range of DA (PS3.4 C.2.2.2.5) */
  StudyDate?: string | undefined;
}>;
/** What an archive says of a study; '' and an empty list: it does not say. */
export type ArchivedStudy = Readonly<{
  StudyInstanceUID: string;
  PatientID: string;
  IssuerOfPatientID: string;
  StudyDate: string;
  StudyTime: string;
  ModalitiesInStudy: readonly string[];
}>;
export type ArchivedSeries = Readonly<{
  SeriesInstanceUID: string;
  Modality: string;
  /** NumberOfSeriesRelatedInstances; undefined: it does not say */
  instances: number | undefined;
}>;
export type StudyKey = Readonly<{ PatientID: string; StudyInstanceUID: string }>;
/** Where retrieved objects go: opened as a C-STORE's are, kept by the one door (pipeline/receive.ts). */
export type Intake = Readonly<{
  open: InstanceFiles['receive'];
  /** Resolves when the object is durable. */
  receive(
    incoming: IncomingInstance,
    announced: Readonly<{ SOPClassUID: string; SOPInstanceUID: string; from: string }>,
  ): Promise<unknown>;
}>;
/** A peer that can be asked for studies. Every way of going wrong is a Fault. */
export type Archive = Readonly<{
  name: string;
  /** What it sends comes to our own listener (C-MOVE), perhaps after it said that all was sent. */
  sendsToListener?: boolean;
  findStudies(query: StudyQuery, signal: AbortSignal): Promise<ArchivedStudy[]>;
  findSeries(study: StudyKey, signal: AbortSignal): Promise<ArchivedSeries[]>;
  /**
   * Resolves when the archive says that all of the series was sent: into `intake`, or to our own listener (C-MOVE). What
   * really arrived, the catalogue knows.
   */
  retrieve(
    series: StudyKey & Readonly<{ SeriesInstanceUID: string }>,
    intake: Intake,
    signal: AbortSignal,
  ): Promise<void>;
}>;

// Audit and login -----------------------------------------------------------------------------------
/** A DICOM audit message; `isAlarming` raises its severity from notice to warning. */
export type CollectorMessage = Readonly<{ at: Date; xml: string; isAlarming: boolean }>;
/** Keeps audit messages elsewhere. */
export type AuditCollector = AsyncDisposable & {
  /**
   * Resolves when they were handed over in this order. What was handed over just before a connection broke is sent again:
   * each arrives at least once. Throws AUDIT_FAILED: all of them are to be given again.
   */
  send(messages: readonly CollectorMessage[], signal: AbortSignal): Promise<void>;
};

/** What is kept, on our side alone, while a person is away at the identity provider. */
export type PendingLogin = Readonly<{ state: string; nonce: string; verifier: string }>;
/** `issuer` and `subject` say who it is, for ever; `name` is what the provider calls the person now. */
type ProvidedPerson = Readonly<{ issuer: string; subject: string; name: string; groups: string[] }>;
/** Logs people in by OpenID Connect. Every way of going wrong is OIDC_FAILED, its detail for the log only. */
export type IdentityProvider = {
  /** Where the browser is to be sent. */
  start(): Promise<Readonly<{ url: string; pending: PendingLogin }>>;
  /** `callbackUrl`: the address to which the provider sent the browser back, with its query string. */
  finish(callbackUrl: string, pending: PendingLogin): Promise<ProvidedPerson>;
  /** What it calls itself, which need not be the address that is configured; with braces where each tenant has an issuer of its own. */
  issuer(): Promise<string>;
};
type SeriesKey = StudyKey & Readonly<{ SeriesInstanceUID: string }>;
/** An archive that can be asked for single objects too: to see whether anything really comes. */
export type ArchiveOfInstances = Archive &
  Readonly<{
    /** SOP Instance UIDs of a series. */
    findInstances(series: SeriesKey, signal: AbortSignal): Promise<string[]>;
    /** As `retrieve`, of one object. */
    retrieveInstance(
      instance: SeriesKey & Readonly<{ SOPInstanceUID: string }>,
      intake: Intake,
      signal: AbortSignal,
    ): Promise<void>;
  }>;
/** What a DICOMweb server answers to small requests, one after the other. `status` null: not asked, `text` says why. */
export type WebProbe = Readonly<{
  service: 'QIDO-RS' | 'WADO-RS' | 'STOW-RS';
  status: number | null;
  text: string;
  isOffered: boolean | undefined;
}>;

// Notifications -------------------------------------------------------------------------------------
/** A way to people. Answers with the server's own words; throws NOTIFICATION_FAILED when the message was not taken. */
export type Messenger = Readonly<{
  name: 'email' | 'webhook';
  send(message: Message, signal: AbortSignal): Promise<string>;
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
  received(result: 'added' | 'duplicate' | 'corrected' | 'conflict' | 'ignored' | 'refused'): void;
  scored(category: string): void;
  delivered(destination: string, result: 'delivered' | 'retry' | 'gaveUp' | 'notTaken'): void;
  stage(name: 'assess' | 'measure' | 'score' | 'beside' | 'deliver', seconds: number): void;
  /** a result of a storage commitment that somebody else brought than the destination that was asked */
  disbelieved(destination: string): void;
};

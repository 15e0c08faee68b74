/** docs/CONFORMANCE.md: a DICOM conformance statement in the outline of PS3.2, its tables made from the program's own. */

import { STORAGE_COMMITMENT } from '../../adapters/dimse/commitment.ts';
import { GUARD_LIMITS } from '../../adapters/dimse/guard.ts';
import { library } from '../../adapters/dimse/library.ts';
import { modelOf } from '../../adapters/dimse/query.ts';
import { hexStatus, REJECTION, storeMeaning } from '../../adapters/dimse/status.ts';
import { EVENT, type EventName } from '../../src/audit/code.ts';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../src/dicom/part10.ts';
import { BCP_195 } from '../../src/dicom/secure-transport.ts';
import {
  KEY_OBJECT_SELECTION,
  SOP_CLASSES,
  sopClass,
  transferSyntaxesFor,
} from '../../src/dicom/sop-class.ts';
import { STATUS, storeStatus } from '../../src/dicom/store-status.ts';
import { transferSyntax } from '../../src/dicom/transfer-syntax.ts';
import { FAULTS, Fault, type FaultCode } from '../../src/fault.ts';
import { SR_SOP_CLASSES } from '../../src/sr/identity.ts';
import { configSchema } from '../../src/startup/config.ts';

const { SopClass } = library.constants;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const code = (text: string): string => `\`${text}\``;

/** Names that the table of decoded syntaxes does not have: only taken for objects that are dropped. */
const OTHER_SYNTAXES: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.4.100': 'MPEG2 Main Profile at Main Level',
  '1.2.840.10008.1.2.4.102': 'MPEG-4 AVC/H.264 High Profile',
};
const syntaxName = (uid: string): string => transferSyntax(uid)?.name ?? OTHER_SYNTAXES[uid] ?? uid;

const kept = SOP_CLASSES.filter(({ action }) => action === 'keep');
const looked = SOP_CLASSES.filter(({ action }) => action === 'look');
const ignored = SOP_CLASSES.filter(({ action }) => action === 'ignore');
const syntaxRows = (uid: string) =>
  transferSyntaxesFor(uid).map((syntax) => [
    syntaxName(syntax),
    code(syntax),
    transferSyntax(syntax)?.isLossy ? 'yes, and said in the report' : 'no',
  ]);

const [study, patient] = (['study', 'patient'] as const).map((queryModel) =>
  modelOf({ name: '', roles: [], queryModel }),
);
const srClasses = Object.values(SR_SOP_CLASSES);
const nameOf = (uid: string): string => sopClass(uid)?.name ?? uid;

const scuRows = [
  ['Verification', SopClass.Verification, 'Implicit VR Little Endian', '`earshot echo`'],
  ...srClasses.map((uid) => [nameOf(uid), uid, 'Explicit VR Little Endian', 'reports']),
  [nameOf(KEY_OBJECT_SELECTION), KEY_OBJECT_SELECTION, 'Explicit VR Little Endian', 'rejection notes'],
  ...kept.map(({ uid, name }) => [name, uid, 'as received', 'to annotators']),
  [
    'Study Root Query/Retrieve - FIND',
    study!.find,
    'Explicit, Implicit VR Little Endian',
    'priors, counts, read-back',
  ],
  ['Study Root Query/Retrieve - MOVE', study!.move, 'Explicit, Implicit VR Little Endian', 'priors'],
  [
    'Study Root Query/Retrieve - GET',
    study!.get,
    'Explicit, Implicit VR Little Endian',
    'priors; SCP role for Storage',
  ],
  [
    'Patient Root Query/Retrieve - FIND',
    patient!.find,
    'Explicit, Implicit VR Little Endian',
    '`queryModel: patient`',
  ],
  [
    'Patient Root Query/Retrieve - MOVE',
    patient!.move,
    'Explicit, Implicit VR Little Endian',
    '`queryModel: patient`',
  ],
  [
    'Patient Root Query/Retrieve - GET',
    patient!.get,
    'Explicit, Implicit VR Little Endian',
    '`queryModel: patient`',
  ],
  [
    'Storage Commitment Push Model',
    STORAGE_COMMITMENT,
    'Explicit, Implicit VR Little Endian',
    '`confirm: commitment`',
  ],
].map(([name = '', uid = '', syntax = '', use = '']) => [name, code(uid), syntax, use]);

/** Faults that receiving an object can end with. */
const RECEIVING: readonly FaultCode[] = [
  'STORAGE_FULL',
  'STORAGE_FAILED',
  'DICOM_TOO_LARGE',
  'SOP_CLASS_MISMATCH',
  'SOP_CLASS_UNSUPPORTED',
  'DICOM_UNPARSABLE',
  'DICOM_TRUNCATED',
  'DICOM_MISSING_ATTRIBUTE',
  'DICOM_BAD_UID',
  'TRANSFER_SYNTAX_UNSUPPORTED',
  'INTERNAL',
];
const answered = Object.keys(FAULTS)
  .map((each) => [storeStatus(new Fault(each as FaultCode)), each] as const)
  .filter(([, each]) => RECEIVING.includes(each as FaultCode));
const statusRows = [...new Set(answered.map(([status]) => status))]
  .sort((a, b) => a - b)
  .map((status) => [
    code(hexStatus(status)),
    answered
      .filter(([each]) => each === status)
      .map(([, fault]) => code(fault))
      .join(', '),
  ]);

const OUTCOMES = {
  taken: 'delivered',
  takenWithWarning: 'delivered; the warning is kept and shown',
  busy: 'tried again, later and later',
  refused: 'tried again a few times, then a dead letter; the other SR class where `fallback` says so',
} as const;
const PEER_STATUSES = [
  STATUS.success,
  STATUS.duplicateSopInstance,
  0xb000,
  0xb006,
  0xb007,
  STATUS.processingFailure,
  STATUS.resourceLimitation,
  STATUS.outOfResources,
  STATUS.dataSetDoesNotMatchSopClass,
  STATUS.cannotUnderstand,
  STATUS.sopClassNotSupported,
];
const peerRows = PEER_STATUSES.map((status) => [code(hexStatus(status)), OUTCOMES[storeMeaning(status)]]);

const rejectionRows = Object.entries(REJECTION).map(([name, [result, source, reason]]) => [
  name,
  `${result} / ${source} / ${reason}`,
]);

const AUDITED: Readonly<Partial<Record<EventName, string>>> = {
  applicationActivity: 'the service has started (110120), or stops (110121)',
  userAuthentication: 'a login has succeeded or failed (110122); a logout (110123)',
  instancesTransferred:
    'a study is complete, by each sender of its objects; an object was taken by a destination, or given up; an annotator was sent a case',
  instancesAccessed: 'a person has looked at a case or a report, or changed what becomes of it',
  export: 'a person has downloaded objects or data of a case, a report or a patient',
  patientRecord: 'a person has looked at a record of the patients table, or changed it',
  auditLogUsed: 'a person has searched, verified or exported the audit trail',
  securityAlert:
    'nodes, rules, models, users or other settings were changed or exported; a person was refused',
};
const auditRows = Object.entries(AUDITED).map(([name, when]) => {
  const [value, , meaning] = EVENT[name as EventName];
  return [`${value} ${meaning}`, when];
});

const defaults = configSchema.parse({});

export const conformanceStatement = (): string => `# DICOM conformance statement

For Earshot 0.1, research use only. Written against DICOM 2024e in the outline of PS3.2; the tables are made from the program
(\`node --import tsx test/support/write-conformance.ts\`) and a test keeps them equal to it.

## 1. Conformance statement overview

Earshot takes CT images and masks (C-STORE, STOW-RS), fetches earlier ones (C-FIND with C-MOVE or C-GET, QIDO-RS with
WADO-RS), and answers with a structured report in the study of the follow-up (C-STORE, STOW-RS), which it can have confirmed
(storage commitment, read-back) and take back (Key Object Selection). It stores no images for others and answers no queries.

| Network service | User (SCU) | Provider (SCP) |
|---|---|---|
| Verification | yes | yes |
| Storage | yes | yes |
| Query/Retrieve: FIND, MOVE, GET; Study Root and Patient Root | yes | no |
| Storage Commitment Push Model | yes | no |
| STOW-RS | yes | yes |
| QIDO-RS, WADO-RS | yes | no |

No media storage services. No printing, no worklist.

## 2. Networking

### 2.1 Implementation model

One application entity (default title ${code(defaults.dimse.aeTitle)}). Its activities: *receive* objects until a study is quiet; *fetch* priors
that are not here; *report* to every destination; *prove* that a destination keeps a report; *ask for a mask* from an
annotator. Each outgoing activity opens an association of its own and releases it afterwards.

### 2.2 Associations

| | |
|---|---|
| Application context name | ${code('1.2.840.10008.3.1.1.1')} |
| Implementation class UID | ${code(IMPLEMENTATION_CLASS_UID)} |
| Implementation version name | ${code(IMPLEMENTATION_VERSION_NAME)} |
| Maximum PDU length received | ${GUARD_LIMITS.maxPduLength} |
| Asynchronous operations | none: one operation at a time |
| Associations accepted at once | ${defaults.dimse.maxAssociations} a listener (\`dimse.maxAssociations\`), half of them from one address (\`dimse.maxAssociationsPerHost\`) |
| Idle time | ${defaults.dimse.idleSeconds} s (\`dimse.idleSeconds\`) |
| ARTIM timer | ${GUARD_LIMITS.artimMs / 1000} s; a PDU that takes longer than ${GUARD_LIMITS.pduMs / 1000} s from its first to its last byte ends the association |

An association is accepted when the called AE title is ours and the calling one is that of a node that may send, from an address
that the node may call from. A destination that is asked for storage commitment may associate to bring its result, and is
offered no Storage SOP class then. Rejections (result / source / reason of A-ASSOCIATE-RJ, PS3.8 table 9-21):

${table(['When', 'Result / source / reason'], rejectionRows)}

### 2.3 Storage as provider

Kept and used:

${table(
  ['SOP class', 'UID'],
  kept.map(({ name, uid }) => [name, code(uid)]),
)}

in these transfer syntaxes, the first that the peer offers being accepted. Objects are stored as they were received and decoded
only to be measured:

${table(['Transfer syntax', 'UID', 'Lossy'], syntaxRows(kept[0]!.uid))}

Taken, answered with success whatever they hold, looked at, and dropped: of a report that Earshot wrote (Oncology Measurement Report,
TID 1500, coding scheme 99EARSHOT) in Explicit or Implicit VR Little Endian, at most 4 MiB, its identity, predecessors and result are
kept for the trend of later reports; of a key object with a title of CID 7010 which of them it rejects. All others leave no trace:

${table(
  ['SOP class', 'UID'],
  looked.map(({ name, uid }) => [name, code(uid)]),
)}

Taken, answered with success, and dropped, because a sender that is refused one object of a study often gives up the others
(in ${transferSyntaxesFor(ignored[0]!.uid).length} transfer syntaxes: ${transferSyntaxesFor(ignored[0]!.uid).map(syntaxName).join(', ')}):

${table(
  ['SOP class', 'UID'],
  ignored.map(({ name, uid }) => [name, code(uid)]),
)}

The dataset is on stable storage and in the catalogue before it is answered with ${code(hexStatus(STATUS.success))}. The same object again is a success; the same
pixels with other headers are a correction and take the old one's place; what it was before, when it comes again, is a success and
ignored; other pixels, frame positions, segments or ROIs under a known UID, or other bytes of an object that is too large to be
compared (\`limits.maxComparedMiB\`), are a success too, are kept apart, and hold the case. A Patient ID that begins with \`EARSHOT-TEST-\` is refused
(\`TEST_PATIENT_CLOSED\`), but for the test patient that the service sends to itself. Failures, each with an Error Comment that begins with a code of [FAULTS.md](FAULTS.md):

${table(['Status', 'Meaning'], statusRows)}

Level of conformance: Level 2 (full) as to what is kept; no attribute is coerced, no digital signature is verified.

### 2.4 As user

${table(['SOP class', 'UID', 'Transfer syntaxes proposed', 'Used for'], scuRows)}

One presentation context for each pair of SOP class and transfer syntax, so that the peer cannot choose an encoding that the bytes do
not have. What a peer's C-STORE status means to a delivery:

${table(['Status', 'What becomes of it'], peerRows)}

**Queries.** At study level: PatientID (always, exact, never with a wildcard), IssuerOfPatientID, StudyInstanceUID, StudyDate,
StudyTime, ModalitiesInStudy. At series level: StudyInstanceUID, SeriesInstanceUID, Modality, NumberOfSeriesRelatedInstances. Every
answer is filtered again by Patient ID and issuer.

**Retrieval.** Series by series; C-MOVE to our own AE title, or C-GET with SCP role selection for the Storage SOP classes that
are kept or looked at. Of studies between baseline and follow-up, SR and KO series of one instance are retrieved, each once a day.
A series of which as many instances are here as the archive announces is not retrieved.

**Storage commitment.** N-ACTION with one report a transaction; the N-EVENT-REPORT is taken on the same association for a few seconds,
or on one that the peer opens under the AE title of the node that was asked, from its \`addresses\`, and answered with ${code(hexStatus(STATUS.success))} once its result is recorded.

### 2.5 DICOMweb

| Service | Role | Resources and media types |
|---|---|---|
| STOW-RS | origin server | \`POST /dicom-web/studies\`, \`/dicom-web/studies/{study}\`; \`multipart/related; type="application/dicom"\` or one \`application/dicom\`; answers \`application/dicom+json\`, \`application/dicom+xml\`; where nothing was stored 409, or 503 and 507 with Retry-After for what passes |
| STOW-RS | user agent | one report a request |
| QIDO-RS | user agent | studies, series, instances; the keys of 2.4 |
| WADO-RS | user agent | series, \`multipart/related; type="application/dicom"\`, streamed to disk |

Bearer tokens and basic authentication both ways. No CORS, no capabilities resource, no retrieval from Earshot.

## 3. Character sets

Read: the default repertoire; ISO_IR 100, 101, 109, 110, 144, 127, 126, 138, 148, 203, 166, 13; the same with code extensions
(ISO 2022), IR 87, IR 159, IR 149, IR 58; ISO_IR 192; GB18030; GBK. What is declared wrongly is read as UTF-8 where it is valid
UTF-8, else as Latin-1. Written: ISO_IR 192.

## 4. Security

Basic TLS secure transport connection profiles with TLS 1.2 and 1.3 (PS3.15 B.9 and later, BCP 195) for DIMSE and HTTP, as server and as client, with
${BCP_195.ciphers.split(':').map(code).join(', ')} alone;
certificates of peers optional or required, several authorities. \`earshot tls NODE\` shows what a peer offers. Without TLS,
associations are told apart by AE title and address only.

Audit Trail Message Format Profile (PS3.15 A.5) and Audit Trail Message Transmission Profile - SYSLOG-TLS (A.6), as a sender, where
\`audit.syslog\` names a collector: RFC 5424 messages over RFC 5425 with TLS 1.2 or 1.3, one connection, the collector's certificate verified,
ours shown where one is configured. PRI 85, or 84 for what failed or was refused; MSGID \`DICOM+RFC3881\`; APP-NAME is our AE title; no
STRUCTURED-DATA; MSG is UTF-8 with a byte order mark, and below 32768 octets. RFC 5425 acknowledges nothing: messages wait in the
catalogue until they were handed over, and those of the last two minutes before a broken connection are sent again, so that each arrives
at least once. Timestamps are UTC. Events:

${table(['Event ID', 'Sent when'], auditRows)}

EventTypeCode of a Security Alert: 110128, 110129, 110131, 110132, 110136 or 110137. AuditSourceTypeCode 4. Participant objects: the study with
its SOP classes and counts as the catalogue holds them when the message is sent, and the Patient ID (\`ID^^^issuer\`) where the study is
known; never a patient's name. Roles of persons and objects that are no patient's are coded in the scheme 99EARSHOT.

## 5. Annexes

**IOD contents.** Reports: Comprehensive SR or Comprehensive 3D SR, root template TID 1500, UNVERIFIED, research use in the text;
UIDs derived from the inputs below 2.25. Templates and private codes (scheme 99EARSHOT): [sr-templates](../sr-templates/README.md).
Rejection notes: Key Object Selection with a title of CID 7010 (IHE IOCM).

**Attributes relied on.** Patient ID, Issuer of Patient ID, birth date, sex; study date and time; series, frame of reference, position,
orientation and spacing; rescale, bits and padding; image type, kernel, thickness, tilt, contrast attributes; references of
masks to series and instances.

**Standard extended, specialised or private SOP classes:** none.
`;

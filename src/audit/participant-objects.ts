/** What an event was about (PS3.15 A.5.3, ParticipantObjectIdentification). */
import type { AuditRow } from '../catalogue/audit-row.ts';
import { type Code, coded, type EventName, ID_TYPE } from './code.ts';
import { element, type Xml } from './xml.ts';

/** What the catalogue holds of the study of a line; absent when it is not here any more. */
export type StudyFacts = Readonly<{
  StudyInstanceUID: string;
  PatientID: string;
  IssuerOfPatientID: string;
  sopClasses: readonly Readonly<{ UID: string; instances: number }>[];
}>;

type Described = Readonly<{
  id: string;
  idType: Code;
  name: string;
  type: '1' | '2';
  role: '1' | '3' | '5' | '13' | '24';
  details?: Readonly<Record<string, string>>;
  description?: Xml | undefined;
  query?: string;
}>;

const base64 = (value: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(value)));

/** The schema wants a name or a query with each; a name that nobody has is never made up. */
const participantObject = ({ id, idType, name, type, role, details, description, query }: Described): Xml =>
  element(
    'ParticipantObjectIdentification',
    {
      ParticipantObjectID: id,
      ParticipantObjectTypeCode: type,
      ParticipantObjectTypeCodeRole: role,
    },
    coded('ParticipantObjectIDTypeCode', idType),
    query === undefined
      ? element('ParticipantObjectName', {}, name)
      : element('ParticipantObjectQuery', {}, base64(query)),
    ...Object.entries(details ?? {})
      .filter(([, value]) => value !== '')
      .map(([key, value]) => element('ParticipantObjectDetail', { type: key, value: base64(value) })),
    ...(description ? [description] : []),
  );

const detailsOf = ({ action, reason, fault }: AuditRow) => ({ operation: action, reason, fault });

const ofStudy = (row: AuditRow, uid: string, facts: StudyFacts | undefined): Xml =>
  participantObject({
    id: uid,
    idType: ID_TYPE.study,
    name: uid,
    type: '2',
    role: '3',
    details: detailsOf(row),
    description:
      facts && facts.sopClasses.length > 0
        ? element(
            'ParticipantObjectDescription',
            {},
            ...facts.sopClasses.map(({ UID, instances }) =>
              element('SOPClass', { UID, NumberOfInstances: instances }),
            ),
          )
        : undefined,
  });

/** As HL7 writes an identifier; the collector is the one place that is told it. Never a name. */
function ofPatient({ PatientID, IssuerOfPatientID }: StudyFacts): Xml[] {
  if (PatientID === '') return [];
  const id = IssuerOfPatientID === '' ? PatientID : `${PatientID}^^^${IssuerOfPatientID}`;
  return [participantObject({ id, idType: ID_TYPE.patient, name: id, type: '1', role: '1' })];
}

/** The Patient ID goes with the study that it is known from, and only then. */
const studyAndPatient: Maker = (row, facts) => {
  const uid = facts?.StudyInstanceUID ?? (row.subjectKind === 'case' ? row.subjectId : '');
  return uid === '' ? subject(row, facts) : [ofStudy(row, uid, facts), ...(facts ? ofPatient(facts) : [])];
};

type Maker = (row: AuditRow, facts: StudyFacts | undefined) => Xml[];

const subject: Maker = (row) =>
  row.subjectId === ''
    ? []
    : [
        participantObject({
          id: row.subjectId,
          idType: ID_TYPE.ours,
          name: row.subjectKind,
          type: row.subjectKind === 'patient' ? '1' : '2',
          role: row.subjectKind === 'patient' ? '1' : '13',
          details: detailsOf(row),
        }),
      ];

/** The subject of an alert; of one that has none, the operation. The description is mandatory. */
const alerted: Maker = (row) => [
  participantObject({
    id: row.subjectId || row.action,
    idType: ID_TYPE.ours,
    name: row.subjectKind || 'operation',
    type: '2',
    role: '13',
    details: { 'Alert Description': `${row.action}: ${row.outcome}`, ...detailsOf(row) },
  }),
];

const log: Maker = () => [
  participantObject({
    id: 'urn:earshot:audit',
    idType: ID_TYPE.uri,
    name: 'Security Audit Log',
    type: '2',
    role: '13',
  }),
];

/** Study Root Query/Retrieve, FIND. What was asked for holds a Patient ID, and is not kept: the query stands here empty. */
const STUDY_ROOT_FIND = '1.2.840.10008.5.1.4.1.2.2.1';
const query: Maker = (row, facts) => [
  participantObject({
    id: STUDY_ROOT_FIND,
    idType: ID_TYPE.sopClass,
    name: '',
    query: '',
    type: '2',
    role: '3',
    details: detailsOf(row),
  }),
  ...(facts ? ofPatient(facts) : []),
];

const OF_EVENT: Readonly<Record<EventName, Maker>> = {
  applicationActivity: () => [],
  userAuthentication: () => [],
  auditLogUsed: log,
  beginTransferring: studyAndPatient,
  instancesTransferred: studyAndPatient,
  instancesAccessed: studyAndPatient,
  export: studyAndPatient,
  patientRecord: (row, facts) => [...(facts ? ofPatient(facts) : []), ...subject(row, facts)],
  query,
  securityAlert: alerted,
};

export const participantObjectsOf = (event: EventName, row: AuditRow, facts: StudyFacts | undefined): Xml[] =>
  OF_EVENT[event](row, facts);

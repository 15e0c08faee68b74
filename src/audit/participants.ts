/** Who took part in an event (PS3.15 A.5.3, ActiveParticipant). */
import type { AuditRow } from '../catalogue/audit-row.ts';
import { type Code, coded, type EventName, ROLE, URI_MEDIA } from './code.ts';
import { element, type Xml } from './xml.ts';

/** Who reports. */
export type AuditSource = Readonly<{
  /** names this installation in the repository */
  id: string;
  aeTitle: string;
  host: string;
  processId: number;
}>;

type Participant = Readonly<{
  userId: string;
  alternative?: string | undefined;
  isRequestor: boolean;
  address?: string | undefined;
  roles: readonly Code[];
  media?: Code;
}>;

const IP_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.%]*:[0-9a-z:.%]*)$/i;
const MACHINE_NAME = '1';
const IP = '2';

const participant = ({ userId, alternative, isRequestor, address, roles, media }: Participant): Xml =>
  element(
    'ActiveParticipant',
    {
      UserID: userId || 'unknown',
      AlternativeUserID: alternative,
      UserIsRequestor: String(isRequestor),
      NetworkAccessPointID: address || undefined,
      NetworkAccessPointTypeCode: address ? (IP_ADDRESS.test(address) ? IP : MACHINE_NAME) : undefined,
    },
    ...roles.map((role) => coded('RoleIDCode', role)),
    ...(media ? [element('MediaIdentifier', {}, coded('MediaType', media))] : []),
  );

/** Roles of ours as codes of ours: DICOM has none for what people may do. */
const roleCodes = (role: string): Code[] => (role === '' ? [] : [[role, '99EARSHOT', role]]);

/** Earshot itself. */
const ourselves = (source: AuditSource, isRequestor: boolean, ...roles: Code[]): Xml =>
  participant({
    userId: source.aeTitle,
    alternative: String(source.processId),
    isRequestor,
    address: source.host,
    roles,
  });

/** The person, or the peer, that the line names. */
const named = (row: AuditRow, isRequestor: boolean, ...roles: readonly Code[]): Xml =>
  participant({ userId: row.actor, isRequestor, address: row.address, roles: [...roles] });

/** Where a download goes; nothing is known of it but the address of the browser. */
const browser = ({ address }: AuditRow): Xml =>
  participant({
    userId: `https://${address || 'unknown'}`,
    isRequestor: false,
    address,
    roles: [ROLE.destination, ROLE.destinationMedia],
    media: URI_MEDIA,
  });

type Maker = (row: AuditRow, source: AuditSource) => Xml[];

const person: Maker = (row, source) => [
  named(row, true, ...roleCodes(row.role)),
  ourselves(source, false, ROLE.application),
];

/** The peer is at the other end: it sends what we received, and receives what we sent. */
const transfer: Maker = (row, source) =>
  row.action === 'instances.received'
    ? [named(row, true, ROLE.source), ourselves(source, false, ROLE.destination)]
    : [ourselves(source, true, ROLE.source), named(row, false, ROLE.destination)];

const OF_EVENT: Readonly<Record<EventName, Maker>> = {
  applicationActivity: (row, source) => [
    ourselves(source, false, ROLE.application),
    named(row, true, ROLE.launcher),
  ],
  auditLogUsed: person,
  beginTransferring: transfer,
  instancesTransferred: transfer,
  instancesAccessed: person,
  export: (row, source) => [
    named(row, true, ...roleCodes(row.role)),
    ourselves(source, false, ROLE.source, ROLE.application),
    browser(row),
  ],
  patientRecord: person,
  query: (row, source) => [ourselves(source, true, ROLE.source), named(row, false, ROLE.destination)],
  securityAlert: person,
  userAuthentication: person,
};

export const participantsOf = (event: EventName, row: AuditRow, source: AuditSource): Xml[] =>
  OF_EVENT[event](row, source);

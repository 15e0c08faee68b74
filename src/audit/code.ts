import { element, type Xml } from './xml.ts';

/** A coded value: code, scheme, meaning. */
export type Code = readonly [code: string, scheme: string, meaning: string];

const dcm = (code: string, meaning: string): Code => [code, 'DCM', meaning];

/** @see PS3.16 CID 400 */
export const EVENT = {
  applicationActivity: dcm('110100', 'Application Activity'),
  auditLogUsed: dcm('110101', 'Audit Log Used'),
  beginTransferring: dcm('110102', 'Begin Transferring DICOM Instances'),
  instancesAccessed: dcm('110103', 'DICOM Instances Accessed'),
  instancesTransferred: dcm('110104', 'DICOM Instances Transferred'),
  export: dcm('110106', 'Export'),
  patientRecord: dcm('110110', 'Patient Record'),
  query: dcm('110112', 'Query'),
  securityAlert: dcm('110113', 'Security Alert'),
  userAuthentication: dcm('110114', 'User Authentication'),
} as const;
export type EventName = keyof typeof EVENT;

/** @see PS3.16 CID 401, CID 403 */
export const TYPE = {
  applicationStart: dcm('110120', 'Application Start'),
  applicationStop: dcm('110121', 'Application Stop'),
  login: dcm('110122', 'Login'),
  logout: dcm('110123', 'Logout'),
  nodeAuthentication: dcm('110126', 'Node Authentication'),
  emergencyOverride: dcm('110127', 'Emergency Override Started'),
  networkConfiguration: dcm('110128', 'Network Configuration'),
  securityConfiguration: dcm('110129', 'Security Configuration'),
  softwareConfiguration: dcm('110131', 'Software Configuration'),
  restrictedFunction: dcm('110132', 'Use of Restricted Function'),
  rolesChanged: dcm('110136', 'Security Roles Changed'),
  userChanged: dcm('110137', 'User security Attributes Changed'),
} as const;

/** @see PS3.16 CID 402 */
export const ROLE = {
  application: dcm('110150', 'Application'),
  launcher: dcm('110151', 'Application Launcher'),
  destination: dcm('110152', 'Destination Role ID'),
  source: dcm('110153', 'Source Role ID'),
  destinationMedia: dcm('110154', 'Destination Media'),
} as const;

/** What identifies a participant object (PS3.15 A.5.1.2.4). */
export const ID_TYPE = {
  patient: ['2', 'RFC-3881', 'Patient Number'],
  uri: ['12', 'RFC-3881', 'URI'],
  study: dcm('110180', 'Study Instance UID'),
  sopClass: dcm('110181', 'SOP Class UID'),
  /** a thing of ours: node, rule, model, user … */
  ours: ['subject', '99EARSHOT', 'Object of Earshot'],
} as const satisfies Record<string, Code>;

export const URI_MEDIA: Code = dcm('110037', 'URI');

export const coded = (name: string, [code, scheme, meaning]: Code): Xml =>
  element(name, { 'csd-code': code, codeSystemName: scheme, originalText: meaning });

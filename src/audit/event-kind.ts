import type { AuditRow } from '../catalogue/audit-row.ts';
import { type Code, type EventName, TYPE } from './code.ts';

/** C create, R read, U update, D delete, E execute. */
type EventAction = 'C' | 'R' | 'U' | 'D' | 'E';
/** Which event of PS3.15 A.5.3 a line of the trail is. */
export type EventKind = Readonly<{ event: EventName; action: EventAction; type?: Code | undefined }>;

/** Actions that are no operations, or that are told otherwise than by their subject. */
const OF_ACTION: Readonly<Record<string, EventKind>> = {
  'service.started': { event: 'applicationActivity', action: 'E', type: TYPE.applicationStart },
  'service.stopped': { event: 'applicationActivity', action: 'E', type: TYPE.applicationStop },
  'login.succeeded': { event: 'userAuthentication', action: 'E', type: TYPE.login },
  'login.failed': { event: 'userAuthentication', action: 'E', type: TYPE.login },
  logout: { event: 'userAuthentication', action: 'E', type: TYPE.logout },
  'session.expired': { event: 'userAuthentication', action: 'E', type: TYPE.logout },
  'instances.received': { event: 'instancesTransferred', action: 'C' },
  'instances.sending': { event: 'beginTransferring', action: 'E' },
  'instances.sent': { event: 'instancesTransferred', action: 'C' },
  'archive.queried': { event: 'query', action: 'E' },
  'node.refused': { event: 'securityAlert', action: 'E', type: TYPE.nodeAuthentication },
  'rules.overridden': { event: 'securityAlert', action: 'E', type: TYPE.emergencyOverride },
};

const alert = (type: Code): EventKind => ({ event: 'securityAlert', action: 'E', type });

/** Operations on what is no patient's: a change of how the system is set up, or a use of what not everybody may use. */
const OF_SUBJECT: Readonly<Record<string, EventKind>> = {
  node: alert(TYPE.networkConfiguration),
  rule: alert(TYPE.softwareConfiguration),
  model: alert(TYPE.softwareConfiguration),
  configuration: alert(TYPE.softwareConfiguration),
  user: alert(TYPE.userChanged),
  token: alert(TYPE.userChanged),
};

const READING =
  /^(list|get|view|show|see|look|read|search|find|state|preview|dryRun|possible|compare|download|export|card|local|shadow)/;
const EXPORTING = /^(export|download)/;
const CREATING = /^(add|create|import)/;
const DELETING = /^(delete|remove|withdraw|erase|forget)/;

/** By action first, then by whether it was allowed, then by what it was about. */
export function eventKindOf({ action, outcome, subjectKind }: AuditRow): EventKind {
  const known = OF_ACTION[action];
  if (known) return known;
  if (outcome === 'refused') return alert(TYPE.restrictedFunction);
  const [area = '', verb = ''] = action.split('.');
  if (area === 'audit') return { event: 'auditLogUsed', action: 'R' };
  const isPatients = ['case', 'report', 'patient'].includes(subjectKind);
  if (isPatients && EXPORTING.test(verb || area)) return { event: 'export', action: 'R' };
  if (subjectKind === 'patient') return { event: 'patientRecord', action: actionOf(verb) };
  if (isPatients) return { event: 'instancesAccessed', action: actionOf(verb) };
  if (/role/i.test(verb)) return alert(TYPE.rolesChanged);
  if (READING.test(verb || area)) return alert(TYPE.restrictedFunction);
  return OF_SUBJECT[subjectKind] ?? alert(TYPE.securityConfiguration);
}

/** What a verb does to a record; one that is not known changes it. */
function actionOf(verb: string): EventAction {
  if (READING.test(verb)) return 'R';
  if (CREATING.test(verb)) return 'C';
  return DELETING.test(verb) ? 'D' : 'U';
}

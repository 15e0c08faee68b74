import type { AuditRow } from '../catalogue/audit-row.ts';
import { coded, EVENT } from './code.ts';
import { eventKindOf } from './event-kind.ts';
import { participantObjectsOf, type StudyFacts } from './participant-objects.ts';
import { type AuditSource, participantsOf } from './participants.ts';
import { element, type Xml } from './xml.ts';

/** EventOutcomeIndicator: nominal success, minor failure, serious failure. */
const SUCCESS = '0';
const MINOR = '4';
const SERIOUS = '8';
/** Application server process. */
const SOURCE_TYPE = '4';

/**
 * A line of the audit trail as a DICOM audit message. `facts`: what is known of the study that the line is about.
 * @see PS3.15 A.5
 */
export function auditMessage(row: AuditRow, source: AuditSource, facts: StudyFacts | undefined): string {
  const kind = eventKindOf(row);
  const message = element(
    'AuditMessage',
    {},
    element(
      'EventIdentification',
      {
        EventActionCode: kind.action,
        EventDateTime: new Date(row.at).toISOString(),
        EventOutcomeIndicator: outcomeOf(row),
      },
      coded('EventID', EVENT[kind.event]),
      ...(kind.type ? [coded('EventTypeCode', kind.type)] : []),
      ...description(row),
    ),
    ...participantsOf(kind.event, row, source),
    element(
      'AuditSourceIdentification',
      { AuditSourceID: source.id },
      element('AuditSourceTypeCode', { 'csd-code': SOURCE_TYPE }),
    ),
    ...participantObjectsOf(kind.event, row, facts),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>${message.markup}`;
}

const outcomeOf = ({ outcome, fault }: AuditRow): string => {
  if (outcome === 'done') return SUCCESS;
  return fault === 'INTERNAL' || outcome === 'unknown' ? SERIOUS : MINOR;
};

const description = ({ outcome, fault }: AuditRow): Xml[] =>
  outcome === 'done' ? [] : [element('EventOutcomeDescription', {}, fault || outcome)];

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditMessage } from '../../../src/audit/dicom-message.ts';
import type { StudyFacts } from '../../../src/audit/participant-objects.ts';
import { type AuditRow, rowOf } from '../../../src/catalogue/audit-row.ts';
import { type Parsed, parseXml } from '../../support/plain-xml.ts';

const SOURCE = { id: 'EARSHOT of radiology', aeTitle: 'EARSHOT', host: 'earshot.test', processId: 42 };
const FACTS: StudyFacts = {
  StudyInstanceUID: '2.25.1',
  PatientID: 'P1',
  IssuerOfPatientID: 'HOSPITAL',
  sopClasses: [{ UID: '1.2.840.10008.5.1.4.1.1.2', instances: 120 }],
};

/** What XML cannot hold. */
const IMPOSSIBLE = /(?![\t\n\r\x7f-\x9f])[\p{Cc}\ufffe\uffff]/gu;
const row = (over: Partial<Omit<AuditRow, 'chain'>> = {}): AuditRow => ({
  ...rowOf(
    {
      actor: 'lin',
      role: 'viewer',
      via: 'browser',
      address: '10.0.0.7',
      action: 'case.get',
      outcome: 'done',
    },
    '0',
    Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    '',
    null,
  ),
  ...over,
});
const parsed = (over: Parameters<typeof row>[0], facts?: StudyFacts): Parsed =>
  parseXml(auditMessage(row(over), SOURCE, facts));
const eventOf = (message: Parsed) => message.one('EventIdentification');
const decoded = (value: string | undefined) => Buffer.from(value ?? '', 'base64').toString();

describe('which event a line is', () => {
  it.each([
    ['service.started', '', 'done', '110100', '110120', 'E'],
    ['service.stopped', '', 'done', '110100', '110121', 'E'],
    ['login.succeeded', 'user', 'done', '110114', '110122', 'E'],
    ['login.failed', 'user', 'refused', '110114', '110122', 'E'],
    ['logout', 'user', 'done', '110114', '110123', 'E'],
    ['audit.search', 'system', 'done', '110101', '', 'R'],
    ['audit.export', 'system', 'done', '110101', '', 'R'],
    ['case.get', 'case', 'done', '110103', '', 'R'],
    ['case.hold', 'case', 'done', '110103', '', 'U'],
    ['report.withdraw', 'report', 'done', '110103', '', 'D'],
    ['report.download', 'report', 'done', '110106', '', 'R'],
    ['case.export', 'case', 'failed', '110106', '', 'R'],
    ['patient.get', 'patient', 'done', '110110', '', 'R'],
    ['patient.save', 'patient', 'done', '110110', '', 'U'],
    ['instances.received', 'case', 'done', '110104', '', 'C'],
    ['instances.sending', 'case', 'done', '110102', '', 'E'],
    ['archive.queried', '', 'done', '110112', '', 'E'],
    ['node.save', 'node', 'done', '110113', '110128', 'E'],
    ['node.refused', 'node', 'refused', '110113', '110126', 'E'],
    ['user.save', 'user', 'done', '110113', '110137', 'E'],
    ['user.setRole', 'user', 'done', '110113', '110136', 'E'],
    ['rule.save', 'rule', 'done', '110113', '110131', 'E'],
    ['case.hold', 'case', 'refused', '110113', '110132', 'E'],
    ['something.new', '', 'done', '110113', '110129', 'E'],
  ] as const)('%s of %s, %s: %s %s %s', (action, subjectKind, outcome, event, type, eventAction) => {
    const told = eventOf(parsed({ action, subjectKind, subjectId: subjectKind && 'x', outcome }, undefined));
    expect(told.one('EventID').attributes).toMatchObject({ 'csd-code': event, codeSystemName: 'DCM' });
    expect(told.all('EventTypeCode').map(({ attributes }) => attributes['csd-code'])).toEqual(
      type ? [type] : [],
    );
    expect(told.attributes['EventActionCode']).toBe(eventAction);
  });
});

/** Of the schema of PS3.15 A.5.1: which attributes an element may have; those with ! it must have. */
const CODED = ['csd-code!', 'codeSystemName!', 'originalText!'];
const SCHEMA: Readonly<Record<string, readonly string[]>> = {
  AuditMessage: [],
  EventIdentification: ['EventActionCode', 'EventDateTime!', 'EventOutcomeIndicator!'],
  EventID: CODED,
  EventTypeCode: CODED,
  EventOutcomeDescription: [],
  ActiveParticipant: [
    'UserID!',
    'AlternativeUserID',
    'UserIsRequestor!',
    'NetworkAccessPointID',
    'NetworkAccessPointTypeCode',
  ],
  RoleIDCode: CODED,
  MediaIdentifier: [],
  MediaType: CODED,
  AuditSourceIdentification: ['AuditSourceID!'],
  AuditSourceTypeCode: ['csd-code!'],
  ParticipantObjectIdentification: [
    'ParticipantObjectID!',
    'ParticipantObjectTypeCode',
    'ParticipantObjectTypeCodeRole',
  ],
  ParticipantObjectIDTypeCode: CODED,
  ParticipantObjectName: [],
  ParticipantObjectQuery: [],
  ParticipantObjectDetail: ['type!', 'value!'],
  ParticipantObjectDescription: [],
  SOPClass: ['UID', 'NumberOfInstances!'],
};
function checkAgainstSchema(parsedElement: Parsed): void {
  const allowed = SCHEMA[parsedElement.name];
  const given = Object.keys(parsedElement.attributes);
  expect(allowed, parsedElement.name).toBeDefined();
  expect(allowed?.map((name) => name.replace('!', ''))).toEqual(expect.arrayContaining(given));
  expect(given).toEqual(
    expect.arrayContaining(
      allowed?.filter((name) => name.endsWith('!')).map((name) => name.slice(0, -1)) ?? [],
    ),
  );
  if (parsedElement.name === 'ParticipantObjectIdentification') {
    const named = parsedElement.all('ParticipantObjectName').length;
    expect(named + parsedElement.all('ParticipantObjectQuery').length).toBe(1);
  }
  parsedElement.children.forEach(checkAgainstSchema);
}

describe('a message', () => {
  it('of every kind has only what the schema has, and all that it must have', () => {
    const kinds = [
      ...['service.started', 'login.failed', 'archive.queried', 'instances.received', 'instances.sent'],
      ...[
        'case.get',
        'case.export',
        'patient.get',
        'node.save',
        'audit.search',
        'something.new',
        'rule.export',
      ],
    ];
    for (const action of kinds) {
      for (const subjectKind of ['', 'case', 'report', 'patient', 'node']) {
        for (const facts of [undefined, FACTS]) {
          const subjectId = subjectKind && '2.25.1';
          const over = {
            action,
            subjectKind,
            subjectId,
            reason: 'why',
            fault: 'INTERNAL',
            outcome: 'failed',
          } as const;
          const message = parsed(over, facts);
          checkAgainstSchema(message);
          expect(message.all('ActiveParticipant').length).toBeGreaterThan(0);
        }
      }
    }
  });

  it('has its parts in the order of the schema', () => {
    const message = parsed({ subjectKind: 'case', subjectId: '2.25.1' }, FACTS);
    expect(message.name).toBe('AuditMessage');
    expect(message.children.map(({ name }) => name)).toEqual([
      'EventIdentification',
      'ActiveParticipant',
      'ActiveParticipant',
      'AuditSourceIdentification',
      'ParticipantObjectIdentification',
      'ParticipantObjectIdentification',
    ]);
  });

  it('says when, who, from where, with which role, and by whom it is told', () => {
    const message = parsed({});
    expect(eventOf(message).attributes['EventDateTime']).toBe('2026-01-02T03:04:05.678Z');
    const [person, earshot] = message.all('ActiveParticipant');
    expect(person?.attributes).toEqual({
      UserID: 'lin',
      UserIsRequestor: 'true',
      NetworkAccessPointID: '10.0.0.7',
      NetworkAccessPointTypeCode: '2',
    });
    expect(person?.one('RoleIDCode').attributes['csd-code']).toBe('viewer');
    expect(earshot?.attributes).toMatchObject({ UserID: 'EARSHOT', NetworkAccessPointTypeCode: '1' });
    const source = message.one('AuditSourceIdentification');
    expect(source.attributes['AuditSourceID']).toBe('EARSHOT of radiology');
    expect(source.one('AuditSourceTypeCode').attributes['csd-code']).toBe('4');
  });

  it('names study, SOP classes with counts, and the Patient ID with its issuer', () => {
    const [study, patient] = parsed({ subjectKind: 'case', subjectId: '2.25.1' }, FACTS).all(
      'ParticipantObjectIdentification',
    );
    expect(study?.attributes).toEqual({
      ParticipantObjectID: '2.25.1',
      ParticipantObjectTypeCode: '2',
      ParticipantObjectTypeCodeRole: '3',
    });
    expect(study?.one('ParticipantObjectIDTypeCode').attributes['csd-code']).toBe('110180');
    expect(study?.one('ParticipantObjectDescription').one('SOPClass').attributes).toEqual({
      UID: '1.2.840.10008.5.1.4.1.1.2',
      NumberOfInstances: '120',
    });
    expect(patient?.attributes).toEqual({
      ParticipantObjectID: 'P1^^^HOSPITAL',
      ParticipantObjectTypeCode: '1',
      ParticipantObjectTypeCodeRole: '1',
    });
    expect(patient?.one('ParticipantObjectIDTypeCode').attributes).toMatchObject({
      'csd-code': '2',
      codeSystemName: 'RFC-3881',
    });
  });

  it('names no patient where the study is not known', () => {
    const objects = parsed({ subjectKind: 'case', subjectId: '2.25.1' }).all(
      'ParticipantObjectIdentification',
    );
    expect(objects.map(({ attributes }) => attributes['ParticipantObjectID'])).toEqual(['2.25.1']);
  });

  it('tells the sender of what came as its source, and the taker of what went as its destination', () => {
    for (const [action, peer] of [
      ['instances.received', '110153'],
      ['instances.sent', '110152'],
    ] as const) {
      const participants = parsed({ action, actor: 'PACS', subjectKind: 'case', subjectId: '2.25.1' }).all(
        'ActiveParticipant',
      );
      const roles = participants.map((one) => [
        one.attributes['UserID'],
        one.one('RoleIDCode').attributes['csd-code'],
      ]);
      expect(roles).toContainEqual(['PACS', peer]);
      expect(roles).toContainEqual(['EARSHOT', peer === '110153' ? '110152' : '110153']);
    }
  });

  it('carries the reason that a person gave, and an alert what it is about', () => {
    const alert = parsed({
      action: 'node.save',
      subjectKind: 'node',
      subjectId: 'PACS',
      reason: 'moved <again>',
    });
    const details = Object.fromEntries(
      alert
        .one('ParticipantObjectIdentification')
        .all('ParticipantObjectDetail')
        .map(({ attributes }) => [attributes['type'], decoded(attributes['value'])]),
    );
    expect(details).toMatchObject({ 'Alert Description': 'node.save: done', reason: 'moved <again>' });
  });

  it('has an outcome: 0, 4 for what failed or was refused, 8 for a failure of ours', () => {
    const outcome = (over: Parameters<typeof row>[0]) =>
      eventOf(parsed(over)).attributes['EventOutcomeIndicator'];
    expect(outcome({})).toBe('0');
    expect(outcome({ outcome: 'refused', fault: 'FORBIDDEN' })).toBe('4');
    expect(outcome({ outcome: 'failed', fault: 'INTERNAL' })).toBe('8');
  });

  it('stays XML whatever somebody called himself, and means the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (name) => {
        const actor = rowOf({ ...row(), actor: name, outcome: 'done' }, '0', 0, '', null).actor;
        const xml = auditMessage(row({ actor }), SOURCE, undefined);
        expect(xml.replaceAll(IMPOSSIBLE, '')).toBe(xml);
        const shown = parseXml(xml).all('ActiveParticipant')[0]?.attributes['UserID'];
        expect(shown).toBe(actor.replaceAll(IMPOSSIBLE, '') || 'unknown');
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('fits into the 32 KB that every collector takes, with the longest texts', () => {
    const long = rowOf(
      { ...row(), actor: '&'.repeat(999), reason: '漢'.repeat(9999), outcome: 'failed' },
      '0',
      0,
      '',
      null,
    );
    const xml = auditMessage({ ...long, subjectKind: 'case', subjectId: '9'.repeat(64) }, SOURCE, FACTS);
    expect(Buffer.byteLength(xml)).toBeLessThan(32_768);
  });
});

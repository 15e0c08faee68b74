import { describe, expect, test } from 'vitest';
import { compose, testMessage } from '../../../src/notifications/compose.ts';
import { requireKeptSecrets, withoutSecrets } from '../../../src/notifications/kept-secrets.ts';
import type { Alert, ToldMatter } from '../../../src/notifications/matter.ts';
import { notificationsConfig } from '../../../src/startup/config/administration.ts';
import { codeOf } from '../../support/code-of.ts';

const now = new Date('2026-03-01T12:00:00Z');
const about = { installation: 'Site', baseUrl: 'https://ear.example/', now, patients: new Map(), round: '1' };
const told = (alert: Partial<Alert>, state: ToldMatter['state'] = 'new'): ToldMatter => ({
  state,
  alert: {
    id: `caseHeld ${alert.subject ?? '1.2'}`,
    kind: 'caseHeld',
    subject: '1.2',
    since: now,
    detail: { codes: 'OUT_OF_SCOPE' },
    clearedAt: null,
    ...alert,
  },
});
const hostile = 'A\r\nBcc: thief@example.org\r\n\r\n<script>alert(1)</script>\u202e"';
const nodeDown = (subject: string) =>
  told({ id: 'n', kind: 'nodeDown', subject, detail: { failures: 3, fault: 'PEER_TIMEOUT', of: 'checks' } });

describe('a message', () => {
  test('says in plain words what is the matter, and where to look', () => {
    const { subject, text } = compose([told({})], about);
    expect(subject).toBe('Earshot (Site): 1 case is held');
    expect(text).toContain('waits for a person. An eligibility rule holds the case.');
    expect(text).toContain('https://ear.example/cases/1.2\n');
  });

  test('tells several matters at once, what is new first', () => {
    const over = told({ id: 'd', kind: 'disk', subject: 'low', detail: {}, clearedAt: now }, 'over');
    const { subject, matters } = compose([over, told({}), told({ subject: '1.3' }), nodeDown('CT')], about);
    expect(subject).toBe('Earshot (Site): 2 cases are held; no answer from CT; 1 over');
    expect(matters.map(({ state, kind }) => `${state} ${kind}`)).toEqual([
      'new nodeDown',
      'new caseHeld',
      'new caseHeld',
      'over disk',
    ]);
  });

  test('holds no patient data but where they are given for it, and never in subject and links', () => {
    const patients = new Map([['1.2', { PatientID: 'PID4711', StudyDate: '20260101' }]]);
    const { subject, text, html, matters } = compose([told({})], { ...about, patients });
    expect(text).toContain('Patient ID PID4711, study of 20260101');
    expect([subject, matters[0]?.link, ...html.matchAll(/href="[^"]*"/g)].join()).not.toContain('PID4711');
    expect(JSON.stringify(compose([told({})], about))).not.toContain('PID4711');
  });

  test('has no line and no tag that came from outside', () => {
    const patients = new Map([['1.2', { PatientID: hostile, StudyDate: hostile }]]);
    const message = compose([told({}), nodeDown(hostile)], { ...about, installation: hostile, patients });
    expect(message.subject).not.toMatch(/[\r\n\u202e]/);
    expect(message.text).not.toMatch(/^Bcc:/m);
    expect(message.text).not.toMatch(/[\r\u202e]/);
    expect(message.html).not.toContain('<script');
    expect(message.html.match(/<[a-z]+/g)).toEqual(
      expect.not.arrayContaining(['<script', '<img', '<iframe', '<style']),
    );
  });

  test('of five hundred held cases tells twenty, and how many more there are', () => {
    const many = Array.from({ length: 500 }, (_, n) => told({ subject: `1.2.${n}` }));
    const { subject, matters, text } = compose(many, about);
    expect(matters).toHaveLength(20);
    expect(subject).toContain('500 cases are held');
    expect(text).toContain('And 480 more');
  });

  test('has the same id when the same is said once more, and another in the next round', () => {
    const id = compose([told({}), nodeDown('CT')], about).id;
    expect(compose([nodeDown('CT'), told({})], { ...about, now: new Date() }).id).toBe(id);
    expect(compose([nodeDown('CT'), told({})], { ...about, round: '2' }).id).not.toBe(id);
  });

  test('without an address of the pages names a case by its path there', () => {
    expect(compose([told({})], { ...about, baseUrl: undefined }).matters[0]?.link).toBe('/cases/1.2');
  });

  test('of a test says that it is one', () => {
    expect(testMessage(about)).toMatchObject({
      isTest: true,
      subject: 'Earshot (Site): test of notifications',
    });
  });
});

describe('secrets', () => {
  const settings = notificationsConfig.parse({
    email: { host: 'mail', user: 'u', password: 'hush-hush', from: 'a@b.example', to: ['c@d.example'] },
    webhook: { url: 'https://hook.example/x', secret: 'sixteen-letters-!' },
  });
  const shown = withoutSecrets(settings);

  test('are never shown, and may come back as they were shown, or as others', () => {
    expect(JSON.stringify(shown)).not.toMatch(/hush|sixteen/);
    requireKeptSecrets(shown, settings);
    const webhook = { url: 'https://elsewhere.example', secret: 'another-secret-here' };
    requireKeptSecrets(notificationsConfig.parse({ ...shown, webhook }), settings);
  });

  test('go to no other server than the one they were given for', () => {
    const email = shown.email && { ...shown.email, host: 'thief' };
    const webhook = { url: 'https://thief.example', secret: '(kept)' };
    expect(codeOf(() => requireKeptSecrets({ ...shown, email }, settings))).toBe('INPUT_INVALID');
    expect(codeOf(() => requireKeptSecrets({ ...shown, webhook }, settings))).toBe('INPUT_INVALID');
    const plain = shown.email && { ...shown.email, requireTls: false };
    expect(codeOf(() => requireKeptSecrets({ ...shown, email: plain }, settings))).toBe('INPUT_INVALID');
  });
});

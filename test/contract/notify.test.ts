import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { notificationOperations } from '../../src/api/notification-operations.ts';
import type { AnyOperation } from '../../src/api/operation.ts';
import { perform } from '../../src/api/perform.ts';
import { Alerts } from '../../src/catalogue/alerts.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { Fault } from '../../src/fault.ts';
import type { Message } from '../../src/notifications/message.ts';
import { type NotifyNeeds, notify } from '../../src/notifications/notify.ts';
import type { NotificationSettings } from '../../src/notifications/settings.ts';
import type { Messenger, Sql } from '../../src/ports.ts';
import { notificationsConfig } from '../../src/startup/config/administration.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { openTestSql } from '../support/databases.ts';
import { gateTo } from '../support/gate.ts';
import { keptLog } from '../support/log.ts';

const EMAIL = { host: 'mail', from: 'a@b.example', to: ['c@d.example'], user: 'u', password: 'hush-hush' };
const signal = new AbortController().signal;

let sql: Sql;
let now: Date;
let settings: NotificationSettings;
let sent: Record<'email' | 'webhook', Message[]>;
let isDown: Record<'email' | 'webhook', boolean>;
let failingNodes: { node: string; failures: number; lastText: string; since: Date }[];
const log = keptLog();

const messenger = (name: 'email' | 'webhook'): Messenger => ({
  name,
  send: async (message) => {
    if (isDown[name]) throw new Fault('NOTIFICATION_FAILED', 'ECONNREFUSED');
    sent[name].push(message);
    return 'taken';
  },
});
/** As after a start of the service: nothing but the database is remembered. */
const needs = (): NotifyNeeds => ({
  alerts: new Alerts(sql),
  sources: {
    alerts: new Alerts(sql),
    deadLetters: async () => [],
    isAway: () => false,
    freeBytes: async () => 1e12,
    fullInDays: async () => null,
    nodeFailures: async () => failingNodes,
    drift: async () => null,
  },
  settings: () => settings,
  messengers: () => [messenger('email'), messenger('webhook')],
  installation: 'Site',
  clock: () => now,
  log,
});
const run = async (minutes = 1) => {
  now = new Date(now.getTime() + minutes * 60_000);
  await notify(needs(), signal);
};
const subjects = (name: 'email' | 'webhook' = 'email') =>
  sent[name].map(({ subject }) => subject.split(': ').slice(1).join(': '));
const hold = (StudyInstanceUID: string, at: Date) =>
  sql.query(
    `INSERT INTO "study" VALUES ($1, 'PID4711', '', '', '', '20260101', '', 'held', '[{"code":"OUT_OF_SCOPE","text":"t"}]', NULL, 0, $2, $2, $2, 0)`,
    [StudyInstanceUID, at.getTime()],
  );

beforeEach(async () => {
  sql = await openTestSql();
  now = new Date(2026, 2, 1, 6, 0);
  await migrate(sql, loadMigrations(), now);
  settings = notificationsConfig.parse({ email: EMAIL });
  sent = { email: [], webhook: [] };
  isDown = { email: false, webhook: false };
  failingNodes = [];
});
afterEach(() => sql.close());

describe('notifying', () => {
  test('tells several cases in one message, once, also over a restart, and again after a day', async () => {
    await hold('1.2', now);
    await hold('1.3', now);
    await run(14);
    expect(subjects()).toEqual([]);
    await run();
    await run();
    await run(600);
    expect(subjects()).toEqual(['2 cases are held']);
    await run(24 * 60);
    expect(subjects()).toEqual(['2 cases are held', '2 cases are held']);
    expect(sent.email[1]?.matters.map(({ state }) => state)).toEqual(['still', 'still']);
  });

  test('keeps what the mail server did not take, and the webhook waits for nobody', async () => {
    failingNodes = [{ node: 'CT', failures: 3, lastText: '', since: now }];
    isDown.email = true;
    await run();
    await run(0.5);
    expect([subjects('email'), subjects('webhook')]).toEqual([[], ['no answer from CT']]);
    expect(await new Alerts(sql).channels()).toMatchObject([
      { channel: 'email', attempts: 1, fault: 'NOTIFICATION_FAILED: ECONNREFUSED' },
      { channel: 'webhook', attempts: 0, fault: null },
    ]);
    for (let minute = 0; minute < 20; minute++) await run();
    isDown.email = false;
    for (let minute = 0; minute < 20; minute++) await run();
    expect([subjects('email'), subjects('webhook')]).toEqual([['no answer from CT'], ['no answer from CT']]);
    expect(await new Alerts(sql).channels()).toMatchObject([{ attempts: 0 }, { attempts: 0 }]);
  });

  test('tells when a node is back, and of a failure that came and went while the mail server was down', async () => {
    failingNodes = [{ node: 'CT', failures: 3, lastText: '', since: now }];
    isDown.email = true;
    await run();
    failingNodes = [];
    await run();
    isDown.email = false;
    await run(60);
    await run(60);
    expect(subjects('email')).toEqual(['over: no answer from CT']);
    expect(subjects('webhook')).toEqual(['no answer from CT', 'over: no answer from CT']);
  });

  test('once a day sends one message at its hour, and none on a day without a matter', async () => {
    settings = notificationsConfig.parse({ email: EMAIL, digest: { mode: 'daily', hour: 7 } });
    await run();
    await hold('1.2', now);
    await run(30);
    expect(subjects()).toEqual([]);
    await run(30);
    await run(30);
    await hold('1.3', now);
    await run(60);
    expect(subjects()).toEqual(['1 case is held']);
    await run(23 * 60);
    await sql.query('DELETE FROM "study"');
    await run(24 * 60);
    expect(subjects()).toEqual(['1 case is held', '2 cases are held']);
  });

  test('names a patient only where that is switched on, and keeps no patient data with what it knows', async () => {
    await hold('1.2', now);
    await run(20);
    expect(JSON.stringify(sent)).not.toContain('PID4711');
    settings = { ...settings, includePatientData: true };
    await run(24 * 60);
    expect(sent.email[1]?.text).toContain('PID4711');
    expect(sent.email[1]?.subject).not.toContain('PID4711');
    const kept = [
      await sql.query('SELECT * FROM "alert"'),
      await sql.query('SELECT * FROM "alertNotice"'),
      log.lines,
    ];
    expect(JSON.stringify(kept)).not.toContain('PID4711');
  });
});

describe('the operations', () => {
  const changes: unknown[] = [];
  const ask = async (
    id: string,
    input: unknown,
    role: 'viewer' | 'operator' | 'administrator' = 'administrator',
  ) => {
    const change = async (...given: unknown[]) => changes.push(given);
    const found = (Object.values(notificationOperations({ ...needs(), change })) as AnyOperation[]).find(
      (each) => each.id === id,
    );
    if (!found) throw new Error(id);
    const gate = gateTo();
    const answer = await perform(gate, found, input, { name: 'ann', role, via: 'browser', address: '' });
    if ('parse' in found.output) found.output.parse(answer);
    return answer;
  };

  test('show no secret to anybody, and addresses to administrators alone', async () => {
    expect(await ask('notifications.show', {})).toMatchObject({
      settings: { email: { password: '(kept)' } },
    });
    expect(JSON.stringify(await ask('notifications.show', {}, 'viewer'))).not.toMatch(/d\.example|hush|kept/);
  });

  test('preview the next message and send nothing', async () => {
    expect(await ask('notifications.preview', {})).toEqual({ channel: 'email', message: null });
    await hold('1.2', new Date(now.getTime() - 3_600_000));
    expect(await ask('notifications.preview', {})).toMatchObject({
      message: { subject: 'Earshot (Site): 1 case is held' },
    });
    expect(await sql.query('SELECT * FROM "alert"')).toEqual([]);
    expect(sent.email).toEqual([]);
  });

  test('send a test and answer with the words of the server, or with its fault', async () => {
    expect(await ask('notifications.test', { channel: 'email' })).toEqual({
      channel: 'email',
      answer: 'taken',
    });
    expect(sent.email).toMatchObject([{ isTest: true }]);
    isDown.email = true;
    const failing = ask('notifications.test', { channel: 'email' });
    await expect(failing).rejects.toMatchObject({ code: 'NOTIFICATION_FAILED', detail: 'ECONNREFUSED' });
    await expect(ask('notifications.test', { channel: 'email' }, 'operator')).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  test('change the settings, and leave secrets that are kept to the configuration, which has them by name', async () => {
    const next = { email: { ...EMAIL, password: '(kept)', to: ['new@d.example'] } };
    await ask('notifications.change', { settings: next, reason: 'new address' });
    const [[part, text, by]] = changes as [[string, string, unknown]];
    expect([part, by]).toEqual([
      'notifications',
      { author: 'ann', reason: 'new address', source: 'browser' },
    ]);
    expect(JSON.parse(text)).toMatchObject({ email: { password: '(kept)', to: ['new@d.example'] } });
    const thief = { email: { ...next.email, host: 'thief' } };
    const refused = ask('notifications.change', { settings: thief, reason: 'elsewhere' });
    await expect(refused).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

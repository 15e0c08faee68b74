/** Logins, sessions, tokens and forms over a real HTTP server, with an operation and a page of each role. */

import { connect } from 'node:net';
import { raw } from 'hono/html';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { adminApp } from '../../adapters/admin/app.tsx';
import { form, page } from '../../adapters/admin/route.ts';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { startHttp } from '../../adapters/http/server.ts';
import { type AnyOperation, operation, ROLES } from '../../src/api/operation.ts';
import { type AuditLine, perform } from '../../src/api/perform.ts';
import { Accounts } from '../../src/catalogue/accounts.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { Fault } from '../../src/fault.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { createLogins } from '../../src/users/logins.ts';
import { gateTo } from '../support/gate.ts';

const PASSWORD = 'correct horse battery staple';
const LIMITS = { sessionIdleMinutes: 30, sessionHours: 12, maxFailures: 3, lockMinutes: 15 };
let now = new Date('2026-03-02T08:00:00Z');
const clock = () => now;
const later = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000);
};
const audited: AuditLine[] = [];
const refused: string[] = [];
let isLocked = false;
/** an action that the audit trail cannot hear of */
let untold = '';
let base = '';
let accounts: Accounts;
let logins: ReturnType<typeof createLogins>;
const stops: (() => unknown)[] = [];

const operations: AnyOperation[] = ROLES.flatMap((role) =>
  (['GET', 'POST'] as const).map((method) =>
    operation({
      id: `test.${role}${method}`,
      method,
      path: `/test/${role}/{name}`,
      role,
      changes: method === 'POST',
      summary: 'for the test',
      input: z.object({ name: z.string().max(5), size: z.coerce.number().int().optional() }),
      output: z.object({}),
      run: async () => ({}),
    }),
  ),
);

beforeAll(async () => {
  const sql = openSqlite(':memory:');
  await migrate(sql, loadMigrations(), now);
  accounts = new Accounts(sql, clock);
  logins = createLogins(accounts, LIMITS, clock, { log2N: 10 });
  const gate = gateTo(
    (line) => audited.push(line),
    () => isLocked,
  );
  const pages = adminApp({
    logins,
    operations,
    pages: ROLES.flatMap((role) => [
      page(`/test/${role}`, role, ({ show }) => show('Test', raw('seen'))),
      form(`/test/${role}`, role, `/test/${role}`, async ({ fields }) => `heard ${fields['word']}`),
    ]),
    perform: (entry, input, actor) => perform(gate, entry, input, actor),
    openApi: () => ({}),
    log: () => undefined,
    changed: (_actor, _action, task) => task(),
    hasAdministrator: () => accounts.hasAdministrator(),
    hasPassword: async (name) => (await accounts.user(name))?.passwordHash != null,
    told: async (_actor, action) => {
      if (action === untold) throw new Fault('DATABASE_FAILED');
    },
    refused: async ({ actor }, fault) => void refused.push(`${actor.name} ${fault}`),
    assets: { version: 'v', files: {} },
    pace: { seconds: 0.4, bytesPerSecond: 2 ** 40 },
    isLocked: () => isLocked,
    front: { isTrustedProxy: () => false },
  });
  const answers = {
    readiness: async () => ({}),
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
  };
  const http = await startHttp({ host: '127.0.0.1', port: 0, pages }, answers);
  stops.push(
    () => http[Symbol.asyncDispose](),
    () => sql.close(),
  );
  base = `http://127.0.0.1:${http.port}`;
  for (const role of ROLES) await logins.add(`${role}1`, PASSWORD, role, 'test');
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

type Call = Readonly<{
  method?: string;
  cookie?: string;
  body?: Record<string, string>;
  headers?: Record<string, string>;
}>;
const call = (path: string, { method = 'GET', cookie, body, headers = {} }: Call = {}) =>
  fetch(base + path, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(cookie ? { cookie } : {}) },
    ...(body ? { body: new URLSearchParams(body) } : {}),
  });

const cookieOf = (answer: Response): string => answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
async function loggedIn(name: string, password = PASSWORD): Promise<string> {
  const answer = await call('/login', { method: 'POST', body: { name, password } });
  expect(answer.status).toBe(303);
  return cookieOf(answer);
}
async function formOf(cookie: string): Promise<string> {
  const text = await (await call('/account', { cookie })).text();
  return /name="csrf" value="([0-9a-f]+)"/.exec(text)?.[1] ?? '';
}

test('a page without a login leads to the login and back, and never to another site', async () => {
  const answer = await call('/test/viewer?state=held');
  expect(answer.headers.get('location')).toBe('/login?next=%2Ftest%2Fviewer%3Fstate%3Dheld');
  const body = { name: 'viewer1', password: PASSWORD };
  for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/\tx']) {
    const wrong = await call('/login', { method: 'POST', body: { ...body, next } });
    expect(wrong.headers.get('location')).toBe('/');
  }
  const right = await call('/login', { method: 'POST', body: { ...body, next: '/test/viewer?state=held' } });
  expect(right.headers.get('location')).toBe('/test/viewer?state=held');
});

test('each role reaches its own pages and operations and those of lesser roles, and no others', async () => {
  for (const [rank, mine] of ROLES.entries()) {
    const cookie = await loggedIn(`${mine}1`);
    const csrf = await formOf(cookie);
    for (const [needed, role] of ROLES.entries()) {
      const may = needed <= rank;
      expect((await call(`/test/${role}`, { cookie })).status).toBe(may ? 200 : 403);
      const sent = await call(`/test/${role}`, { method: 'POST', cookie, body: { csrf, word: 'x' } });
      expect(sent.status).toBe(may ? 303 : 403);
      expect((await call(`/api/test/${role}/a`, { cookie })).status).toBe(may ? 200 : 403);
      const posted = await call(`/api/test/${role}/a`, {
        method: 'POST',
        cookie,
        headers: { 'x-csrf-token': csrf },
      });
      expect(posted.status).toBe(may ? 200 : 403);
    }
  }
});

test('a form without the secret of its session, or from another site, is refused', async () => {
  const cookie = await loggedIn('administrator1');
  const csrf = await formOf(cookie);
  const other = await formOf(await loggedIn('viewer1'));
  for (const body of [{ word: 'x' }, { word: 'x', csrf: '' }, { word: 'x', csrf: other }]) {
    const answer = await call('/test/viewer', { method: 'POST', cookie, body });
    expect(answer.status).toBe(403);
  }
  for (const headers of [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
  ]) {
    const body = { word: 'x', csrf };
    expect((await call('/test/viewer', { method: 'POST', cookie, body, headers })).status).toBe(403);
    expect(
      (await call('/login', { method: 'POST', headers, body: { name: 'viewer1', password: PASSWORD } }))
        .status,
    ).toBe(403);
  }
  expect((await call('/api/test/viewer/a', { method: 'POST', cookie })).status).toBe(403);
});

test('a session ends when it is idle, when it is old, at the logout, and when the user is disabled', async () => {
  const idle = await loggedIn('viewer1');
  later(31);
  expect((await call('/test/viewer', { cookie: idle })).status).toBe(303);
  const old = await loggedIn('viewer1');
  for (let minutes = 0; minutes < 12 * 60; minutes += 20) {
    expect((await call('/test/viewer', { cookie: old })).status).toBe(200);
    later(20);
  }
  later(1);
  expect((await call('/test/viewer', { cookie: old })).status).toBe(303);
  const left = await loggedIn('viewer1');
  await call('/logout', { method: 'POST', cookie: left, body: { csrf: await formOf(left) } });
  expect((await call('/test/viewer', { cookie: left })).status).toBe(303);
  const disabled = await loggedIn('viewer1');
  await accounts.change('viewer1', { isDisabled: true });
  expect((await call('/test/viewer', { cookie: disabled })).status).toBe(303);
  await accounts.change('viewer1', { isDisabled: false });
});

const tryLogin = async (name: string, password: string, headers = {}): Promise<string> => {
  const answer = await call('/login', { method: 'POST', body: { name, password }, headers });
  const said = /LOGIN_\w+:[^<]*/.exec(await answer.text())?.[0] ?? '';
  return `${answer.status} ${said}`;
};

test('an unknown name, a wrong password and a locked account are answered alike', async () => {
  const told = new Set<string>();
  for (const password of ['a', 'b', 'c', PASSWORD]) told.add(await tryLogin('operator1', password));
  for (const password of ['a', 'b', 'c', 'd']) told.add(await tryLogin('nobody', password));
  expect([...told]).toEqual([expect.stringMatching(/^401 LOGIN_FAILED: .*too many attempts.* 15 min/)]);
  later(16);
  await loggedIn('operator1');
});

test('many wrong passwords at once are many: the right one among them comes too late', async () => {
  const tries = [...Array.from({ length: 30 }, (_, at) => `wrong ${at}`), PASSWORD];
  const answers = await Promise.all(
    tries.map((password) => call('/login', { method: 'POST', body: { name: 'operator1', password } })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  later(16);
  await loggedIn('operator1');
});

test('guesses do not keep a person out of a browser in which that person logged in before', async () => {
  const first = await call('/login', { method: 'POST', body: { name: 'operator1', password: PASSWORD } });
  const cookie = first.headers.getSetCookie().find((each) => each.startsWith('earshot_browser=')) ?? '';
  const headers = { cookie: cookie.split(';')[0] ?? '' };
  for (const password of ['a', 'b', 'c', 'd']) await tryLogin('operator1', password);
  expect(await tryLogin('operator1', PASSWORD)).toMatch(/^401/);
  expect(await tryLogin('operator1', PASSWORD, headers)).toMatch(/^303/);
  const forged = { cookie: `${headers.cookie.slice(0, -8)}AAAAAAAA` };
  expect(await tryLogin('operator1', PASSWORD, forged)).toMatch(/^401/);
  expect(await tryLogin('viewer1', 'wrong', headers)).toMatch(/^401/);
  for (const password of ['a', 'b', 'c']) await tryLogin('operator1', password, headers);
  expect(await tryLogin('operator1', PASSWORD, headers)).toMatch(/^401/);
  later(16);
});

test('two people at one workstation are both known to its browser', async () => {
  let cookie = '';
  for (const name of ['operator1', 'viewer1']) {
    const body = { name, password: PASSWORD };
    const answer = await call('/login', { method: 'POST', body, headers: { cookie } });
    cookie = answer.headers.getSetCookie().find((each) => each.startsWith('earshot_browser=')) ?? '';
    cookie = cookie.split(';')[0] ?? '';
  }
  for (const name of ['operator1', 'viewer1']) {
    for (const password of ['a', 'b', 'c']) await tryLogin(name, password);
    expect(await tryLogin(name, PASSWORD)).toMatch(/^401/);
    expect(await tryLogin(name, PASSWORD, { cookie })).toMatch(/^303/);
  }
  later(16);
});

test('a login of which the audit trail cannot hear lets nobody in', async () => {
  untold = 'login.succeeded';
  const answer = await call('/login', { method: 'POST', body: { name: 'viewer1', password: PASSWORD } });
  untold = '';
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.headers.getSetCookie().join()).not.toContain('earshot_session=');
});

test('a page that asks by itself keeps no session alive', async () => {
  const cookie = await loggedIn('viewer1');
  for (let minutes = 0; minutes < 35; minutes += 5) {
    await call('/test/viewer', { cookie, headers: { 'x-live': '1' } });
    later(5);
  }
  expect((await call('/test/viewer', { cookie })).status).toBe(303);
});

test('nobody is let send a large body, not even in chunks', async () => {
  let sent = 0;
  const body = new ReadableStream({
    pull: (controller) => {
      sent += 65_536;
      if (sent > 64 * 2 ** 20) controller.close();
      else controller.enqueue(new Uint8Array(65_536));
    },
  });
  const options = { method: 'POST', body, duplex: 'half' } as RequestInit;
  const status = await fetch(`${base}/api/test/viewer/a`, options).then(
    (answer) => answer.status,
    () => 401,
  );
  expect(status).toBe(401);
  expect(sent).toBeLessThan(32 * 2 ** 20);
});

test('a body that does not come in time is answered by 408, and its connection ends', async () => {
  const { port } = new URL(base);
  const cookie = await loggedIn('administrator1');
  const csrf = await formOf(cookie);
  for (const path of ['/api/test/viewer/a', '/test/viewer', '/login']) {
    const [answer, milliseconds] = await new Promise<[string, number]>((resolve) => {
      const begun = performance.now();
      const socket = connect(Number(port), '127.0.0.1');
      let heard = '';
      socket.on('data', (data) => {
        heard += data;
      });
      socket.on('close', () => resolve([heard, performance.now() - begun]));
      socket.on('error', () => undefined);
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nX-CSRF-Token: ${csrf}\r\nContent-Length: 100\r\n\r\n{`,
      );
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('took too long');
    expect(milliseconds).toBeLessThan(5000);
  }
});

test('a token works until it expires or is taken back, and cannot be used as a session', async () => {
  const secret = 'ear_for-the-test';
  const row = { id: 't1', name: 'script', role: 'viewer', createdBy: 'test' } as const;
  const { secretDigest } = await import('../../src/users/secret.ts');
  await accounts.addToken({ ...row, expiresAt: new Date(now.getTime() + 3_600_000) }, secretDigest(secret));
  const headers = { authorization: `Bearer ${secret}` };
  expect((await call('/api/test/viewer/a', { headers })).status).toBe(200);
  expect((await call('/api/test/operator/a', { headers })).status).toBe(403);
  expect((await call('/api/test/viewer/a', { headers: { authorization: 'Bearer ear_wrong' } })).status).toBe(
    401,
  );
  expect((await call('/test/viewer', { cookie: `earshot_session=${secret}` })).status).toBe(303);
  later(61);
  expect((await call('/api/test/viewer/a', { headers })).status).toBe(401);
});

test('the link of the first administrator is good once, and only while there is none', async () => {
  expect(await logins.offerFirst()).toBeUndefined();
  const sql = openSqlite(':memory:');
  await migrate(sql, loadMigrations(), now);
  const none = createLogins(new Accounts(sql, clock), LIMITS, clock, { log2N: 10 });
  const link = (await none.offerFirst()) ?? '';
  expect(await none.isFirst('')).toBe(false);
  await expect(none.makeFirst(link, 'anna', 'short', '')).rejects.toThrow('USER_INVALID');
  await none.makeFirst(link, 'anna', PASSWORD, '');
  await expect(none.makeFirst(link, 'eve', PASSWORD, '')).rejects.toThrow('SETUP_LINK_INVALID');
  await sql.close();
});

test('a page that is refused is told to the audit trail, with who asked for it', async () => {
  const cookie = await loggedIn('viewer1');
  refused.length = 0;
  await call('/test/viewer', { cookie });
  await call('/test/administrator', { cookie });
  await call('/test/viewer', {
    method: 'POST',
    cookie,
    body: { csrf: await formOf(cookie) },
    headers: { origin: 'https://evil.example' },
  });
  expect(refused).toEqual(['viewer1 FORBIDDEN', 'viewer1 REQUEST_FORGED']);
});

test('while changes are locked, what looks goes on and what changes is refused and told', async () => {
  const cookie = await loggedIn('administrator1');
  const headers = { 'x-csrf-token': await formOf(cookie) };
  isLocked = true;
  expect((await call('/api/test/viewer/a', { cookie })).status).toBe(200);
  const answer = await call('/api/test/viewer/a', { method: 'POST', cookie, headers });
  isLocked = false;
  expect(answer.status).toBe(423);
  expect(audited.at(-1)).toMatchObject({
    action: 'test.viewerPOST',
    outcome: 'refused',
    fault: 'ADMIN_LOCKED',
  });
});

test('input that is not valid is told by field, without what was given', async () => {
  const cookie = await loggedIn('viewer1');
  const answer = await call('/api/test/viewer/a-long-name?size=PATIENT', { cookie });
  expect(answer.status).toBe(400);
  const text = await answer.text();
  expect(text).toContain('name:');
  expect(text).not.toMatch(/PATIENT|a-long-name/);
});

test('every answer forbids foreign scripts, frames and caches', async () => {
  for (const path of ['/login', '/api/test/viewer/a', '/test/viewer']) {
    const { headers } = await call(path);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
  expect(
    (
      await call('/login', { method: 'POST', body: { name: 'viewer1', password: PASSWORD } })
    ).headers.getSetCookie()[0],
  ).toMatch(/HttpOnly; SameSite=Lax/);
});

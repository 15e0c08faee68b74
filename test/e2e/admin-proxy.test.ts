/** The pages behind a proxy that speaks TLS to browsers, changes Host, and says where they are. */
import { raw } from 'hono/html';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminApp } from '../../adapters/admin/app.tsx';
import { form } from '../../adapters/admin/route.ts';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { startHttp } from '../../adapters/http/server.ts';
import { Accounts } from '../../src/catalogue/accounts.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { configSchema } from '../../src/startup/config.ts';
import { inNetworks } from '../../src/startup/in-networks.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { createLogins } from '../../src/users/logins.ts';

const PASSWORD = 'correct horse battery staple';
const OURS = 'https://earshot.example.org';
const LIMITS = { sessionIdleMinutes: 30, sessionHours: 12, maxFailures: 3, lockMinutes: 15 };
const clock = () => new Date('2026-03-02T08:00:00Z');
const addresses: string[] = [];
const trustedProxies: string[] = [];
let base = '';
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  const sql = openSqlite(':memory:');
  await migrate(sql, loadMigrations(), clock());
  const accounts = new Accounts(sql, clock);
  const logins = createLogins(accounts, LIMITS, clock, { log2N: 10 });
  await logins.add('anna', PASSWORD, 'viewer', 'test');
  const pages = adminApp({
    logins,
    operations: [],
    pages: [form('/test', 'viewer', '/test', ({ show }) => show('Test', raw('seen')))],
    perform: async () => ({}),
    openApi: () => ({}),
    log: () => undefined,
    changed: (_actor, _action, task) => task(),
    hasAdministrator: async () => true,
    hasPassword: async () => true,
    told: async ({ address }) => void addresses.push(address),
    refused: async () => undefined,
    assets: { version: 'v', files: {} },
    isLocked: () => false,
    front: {
      publicUrl: `${OURS}/`,
      isTrustedProxy: (address) => inNetworks(trustedProxies)(address),
    },
  });
  const answers = {
    readiness: async () => ({}),
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
  };
  const http = await startHttp({ host: '127.0.0.1', port: 0, pages }, answers);
  base = `http://127.0.0.1:${http.port}`;
  stops.push(
    () => http[Symbol.asyncDispose](),
    () => sql.close(),
  );
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

const send = (path: string, fields: Record<string, string>, headers: Record<string, string>) =>
  fetch(base + path, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(fields) });
const logIn = (headers: Record<string, string> = {}) =>
  send('/login', { name: 'anna', password: PASSWORD }, { origin: OURS, ...headers });

test('a form from the public address is taken, whatever Host says, and from no other', async () => {
  const answer = await logIn();
  expect(answer.status).toBe(303);
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const page = await (await fetch(`${base}/account`, { headers: { cookie } })).text();
  const csrf = /name="csrf" value="([0-9a-f]+)"/.exec(page)?.[1] ?? '';
  expect((await send('/test', { csrf }, { cookie, origin: OURS })).status).toBe(200);
  for (const origin of [base, 'http://earshot.example.org', 'https://earshot.example.org:8443', 'null'])
    expect((await send('/test', { csrf }, { cookie, origin })).status, origin).toBe(403);
});

test('cookies are for this host alone and go over TLS alone', async () => {
  const [cookie] = (await logIn()).headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-earshot_session=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  const given = cookie?.split(';')[0]?.replace('__Host-', '') ?? '';
  expect((await fetch(`${base}/account`, { redirect: 'manual', headers: { cookie: given } })).status).toBe(
    303,
  );
});

test('where a browser is, a trusted proxy says and nobody else', async () => {
  const addressOf = async (forwarded: string) => {
    await logIn({ 'x-forwarded-for': forwarded });
    return addresses.at(-1);
  };
  expect(await addressOf('192.0.2.7')).toBe('127.0.0.1');
  trustedProxies.push('127.0.0.0/8', '10.0.0.2', 'fd00::/8');
  expect(await addressOf('192.0.2.7')).toBe('192.0.2.7');
  expect(await addressOf('198.51.100.1, 192.0.2.7, 10.0.0.2')).toBe('192.0.2.7');
  expect(await addressOf('192.0.2.7, fd00::1, ::ffff:10.0.0.2, ::ffff:a00:2, 127.3.0.1')).toBe('192.0.2.7');
  expect(await addressOf('198.51.100.1, 10.0.0.3')).toBe('10.0.0.3');
  expect(await addressOf('::ffff:192.0.2.8')).toBe('192.0.2.8');
  expect(await addressOf('192.0.2.9, unknown')).toBe('127.0.0.1');
  expect(await addressOf('')).toBe('127.0.0.1');
});

test('an identity provider without a public address is refused by the configuration', () => {
  const oidc = { issuer: 'https://idp.test', clientId: 'a', clientSecret: 'b', roles: {} };
  const said = configSchema.safeParse({ admin: { oidc } });
  expect(said.error?.issues.map(({ path }) => path.join('.'))).toContain('admin.publicUrl');
  expect(configSchema.safeParse({ admin: { oidc, publicUrl: OURS } }).success).toBe(true);
});

/** The page of the users of a running service. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

let running: RunningService;
let site: Site;
let first: Response;
const ANNA = { name: 'Anna', password: 'a phantom listens at noon' };
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${running.service.httpPort}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers,
    body: new URLSearchParams(fields),
  });
beforeAll(async () => {
  running = await startService({ admin: { maxFailures: 3 } });
  const secret = running.service.firstLink?.replace('/first?secret=', '') ?? '';
  first = await post('/first', { secret, ...ANNA });
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
});
afterAll(() => running[Symbol.asyncDispose]());

test('a new user who is refused leaves name, role and reason in the form, and no password', async () => {
  const form = { name: 'p.meyer', role: 'operator', reason: 'CHG-1042', password: 'ninechars' };
  const answer = await site.call('/users', { as: 'administrator', form });
  const text = await answer.text();
  expect(text).toContain('a password has 12 characters or more');
  expect(text).toMatch(/<input id="name"[^>]* value="p\.meyer"/);
  expect(text).toMatch(/<option value="operator" selected="">operator<\/option>/);
  expect(text).toMatch(/id="new-user-reason"[^>]* value="CHG-1042"/);
  expect(text).not.toContain('ninechars');
  const made = await site.call('/users', {
    as: 'administrator',
    form: { ...form, password: 'a phantom at noon' },
  });
  expect(made.headers.get('location')).toBe('/users');
});

test('who knocks again and again with links and logins that were made up fills no audit trail', async () => {
  const { sql } = running.service.world.catalogue;
  const lines = async (action: string) =>
    (await sql.query('SELECT 1 FROM "audit" WHERE "action" = $1', [action])).length;
  const before = await lines('users.first');
  for (let count = 0; count < 5; count += 1) {
    const answer = await post('/first', {
      secret: `made up ${count}`,
      name: 'mallory',
      password: 'a phantom at dawn',
    });
    expect(answer.status).toBe(403);
  }
  expect((await lines('users.first')) - before).toBe(1);
});

test('while the catalogue is away a page says so by its code, and when to come again', async () => {
  const { sql } = running.service.world.catalogue;
  const { query } = sql;
  Object.assign(sql, { query: () => Promise.reject(new Fault('DATABASE_FAILED')) });
  try {
    for (const answer of [await site.call('/users', { as: 'administrator' }), await post('/login', ANNA)]) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await answer.text()).toContain('DATABASE_FAILED');
    }
  } finally {
    Object.assign(sql, { query });
  }
});

test('the browser in which the first administrator was made is known: guesses elsewhere lock nobody out of it', async () => {
  expect(first.headers.get('location')).toBe('/setup');
  const cookie = first.headers.getSetCookie().find((each) => each.startsWith('earshot_browser=')) ?? '';
  for (let count = 0; count < 3; count += 1) await post('/login', { ...ANNA, password: 'wrong' });
  expect((await post('/login', ANNA)).status).toBe(401);
  expect((await post('/login', ANNA, { cookie: cookie.split(';')[0] ?? '' })).status).toBe(303);
});

/** Login by an identity provider, through the pages of a running service. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { CLIENT, startIdentityProvider, type TestProvider } from '../support/identity-provider.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

let provider: TestProvider;
let running: RunningService;
let site: Site;
beforeAll(async () => {
  provider = await startIdentityProvider();
  const port = await freePort();
  // Its tokens say it without the slash.
  const oidc = { issuer: `${provider.issuer}/`, ...CLIENT, roles: { operator: ['radiology'] } };
  running = await startService({
    http: { host: '127.0.0.1', port },
    admin: { publicUrl: `http://127.0.0.1:${port}`, oidc },
  });
  site = await openSite({ dataDir: running.dataDir, httpPort: port });
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');

/** What a browser does; the answer to its way back. */
async function comeIn(sub: string, name: string): Promise<Response> {
  provider.claims = { sub, preferred_username: name, groups: ['radiology'] };
  const begun = await site.call('/login/oidc', { form: { next: '/about' } });
  const url = begun.headers.get('refresh')?.replace('0;url=', '') ?? '';
  const back = await provider.visit(url);
  return fetch(back, { redirect: 'manual', headers: { cookie: cookiesOf(begun) } });
}

test('a person of the provider never gets the account of another who has the same name', async () => {
  const refused = await comeIn('sub-7', 'viewer');
  expect(refused.status).toBe(403);
  const text = await refused.text();
  expect(text).toContain('OIDC_NAME_TAKEN');
  expect(text).toContain(`issuer ${provider.issuer} subject sub-7`);
  expect(cookiesOf(refused)).not.toContain('earshot_session=');

  const made = await comeIn('sub-8', 'r.okafor');
  expect(`${made.status} ${made.headers.get('location')}`).toBe('303 /about');
  expect((await comeIn('sub-9', 'r.okafor')).status).toBe(403);

  const reason = 'ticket 7: asked on the phone';
  await site.json('/api/users/viewer', {
    as: 'administrator',
    method: 'PUT',
    json: { subject: 'sub-7', reason },
  });
  expect((await comeIn('sub-7', 'viewer')).status).toBe(303);
  type Users = Readonly<{
    users: readonly Readonly<{ name: string; role: string; subject: string | null }>[];
  }>;
  const { users } = await site.json<Users>('/api/users', { as: 'administrator' });
  expect(users.map(({ name, role, subject }) => `${name} ${role} ${subject}`)).toEqual([
    'administrator administrator null',
    'operator operator null',
    'r.okafor operator sub-8',
    'viewer operator sub-7',
  ]);
});

test('an account that a login makes is told before it is made, and a role before it changes', async () => {
  const { sql } = running.service.world.catalogue;
  const told = async (actor: string) => {
    const found = 'SELECT "action", "role", "outcome" FROM "audit" WHERE "actor" = $1 ORDER BY "id"';
    const rows = await sql.query<Record<string, string>>(found, [actor]);
    return rows.map((row) => Object.values(row).join(' '));
  };
  expect((await comeIn('sub-10', 'p.meyer')).status).toBe(303);
  await sql.query(`UPDATE "user" SET "role" = 'viewer' WHERE "name" = 'p.meyer'`);
  expect((await comeIn('sub-10', 'p.meyer')).status).toBe(303);
  expect(await told('p.meyer')).toEqual([
    'users.add operator done',
    'login.succeeded operator done',
    'users.role operator done',
    'login.succeeded operator done',
  ]);

  await sql.query('ALTER TABLE "auditBegun" RENAME TO "gone"');
  const refused = await comeIn('sub-11', 'q.meyer');
  await sql.query('ALTER TABLE "gone" RENAME TO "auditBegun"');
  expect(await refused.text()).toContain('AUDIT_NOT_WRITTEN');
  expect(cookiesOf(refused)).not.toContain('earshot_session=');
  expect(await sql.query(`SELECT "name" FROM "user" WHERE "name" = 'q.meyer'`)).toEqual([]);
});

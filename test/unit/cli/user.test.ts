import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openSqlite } from '../../../adapters/database/sqlite.ts';
import { Accounts } from '../../../src/catalogue/accounts.ts';
import type { Sql } from '../../../src/ports.ts';
import { CLIENT, startIdentityProvider } from '../../support/identity-provider.ts';
import { isOneCodedLine, run } from './run.ts';

const PASSWORD = 'a phantom listens at night';
let folder: string;
let config: string;
const configured = (admin: unknown) =>
  writeFileSync(config, JSON.stringify({ dataDir: 'data', admin }), { mode: 0o600 });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-user-'));
  config = join(folder, 'earshot.yaml');
  configured({});
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function user(...args: string[]) {
  const typed = Readable.from([`${PASSWORD}\n`]) as unknown as typeof process.stdin;
  const stdin = vi.spyOn(process, 'stdin', 'get').mockReturnValue(typed);
  try {
    return await run('user', ...args, '--config', config);
  } finally {
    stdin.mockRestore();
  }
}
async function inCatalogue<T>(look: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openSqlite(join(folder, 'data/catalogue.sqlite'));
  try {
    return await look(sql);
  } finally {
    await sql.close();
  }
}
const account = (name: string) => inCatalogue((sql) => new Accounts(sql, () => new Date()).user(name));

it('a link takes the issuer that the provider says of itself, or the one that is given', async () => {
  await using provider = await startIdentityProvider();
  expect((await user('add', 'Anna')).status).toBe(0);
  expect(isOneCodedLine(await user('link', 'anna', '7'), 'USER_INVALID')).toBe(true);
  const issuer = `${provider.issuer}/.well-known/openid-configuration`;
  configured({ publicUrl: 'https://earshot.test', oidc: { ...CLIENT, roles: {}, issuer } });
  expect((await user('link', 'anna', 'sub-1')).out).toContain(`of ${provider.issuer};`);
  expect(await account('anna')).toMatchObject({ issuer: provider.issuer, subject: 'sub-1' });
  await user('link', 'anna', '7', '--issuer', 'https://idp.test/tenant-1/v2.0');
  expect(await account('anna')).toMatchObject({ issuer: 'https://idp.test/tenant-1/v2.0', subject: '7' });
});

it('what is done to an account on the machine stands in the audit trail, and is told before it is done', async () => {
  await user('add', 'anna', '--role', 'viewer');
  await user('password', 'anna');
  expect((await user('password', 'bob')).err).toContain('INPUT_NOT_FOUND');
  const lines = await inCatalogue((sql) =>
    sql.query<Record<string, string>>(
      'SELECT "actor", "action", "subjectId", "outcome", "fault" FROM "audit" ORDER BY "id"',
    ),
  );
  expect(lines.map((line) => Object.values(line).join(' ').trim())).toEqual([
    'command line users.add anna done',
    'command line users.password anna done',
    'command line users.password bob failed INPUT_NOT_FOUND',
  ]);
  await inCatalogue((sql) => sql.query('DROP TABLE "auditBegun"'));
  expect(isOneCodedLine(await user('add', 'cleo'), 'AUDIT_NOT_WRITTEN')).toBe(true);
  expect(await account('cleo')).toBeUndefined();
});

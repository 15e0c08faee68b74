import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite } from '../../../adapters/database/sqlite.ts';
import { Accounts } from '../../../src/catalogue/accounts.ts';
import { migrate } from '../../../src/catalogue/migrate.ts';
import { Fault } from '../../../src/fault.ts';
import type { Sql } from '../../../src/ports.ts';
import { loadMigrations } from '../../../src/startup/load.ts';
import { knownAs } from '../../../src/startup/single-sign-on.ts';
import { identityOf } from '../../../src/users/identity.ts';
import { createLogins, type Logins } from '../../../src/users/logins.ts';
import { codeOf } from '../../support/code-of.ts';
import { emptyDatabase } from '../startup/live.ts';

const LIMITS = { sessionIdleMinutes: 30, sessionHours: 12, maxFailures: 10, lockMinutes: 15 };
const clock = () => new Date(0);

let sql: Sql;
let accounts: Accounts;
let logins: Logins;
beforeEach(async () => {
  sql = await emptyDatabase();
  accounts = new Accounts(sql, clock);
  logins = createLogins(accounts, LIMITS, clock, { log2N: 10 });
});
afterEach(() => sql.close());

const ANN = { issuer: 'https://idp.test', subject: '1', name: 'ann', role: 'administrator' } as const;
const PASSWORD = 'a phantom listens at night';

test('the last administrator whom the provider makes less does not come in, and stays administrator', async () => {
  await logins.loginByProvider(ANN, '');
  const less = { ...ANN, role: 'viewer' } as const;
  await expect(logins.loginByProvider(less, '')).rejects.toMatchObject({ code: 'OIDC_FAILED' });
  expect(await accounts.user('ann')).toMatchObject({ role: 'administrator' });
  await logins.add('eve', PASSWORD, 'administrator', 'test');
  await logins.loginByProvider(less, '');
  expect(await accounts.user('ann')).toMatchObject({ role: 'viewer' });
});

test('a person is who the subject says, whatever the name is now', async () => {
  await logins.loginByProvider(ANN, '');
  expect(await logins.loginByProvider({ ...ANN, name: 'ann.married' }, '')).toMatchObject({ name: 'ann' });
  for (const other of [{ subject: '2' }, { issuer: 'https://else.test' }])
    await expect(logins.loginByProvider({ ...ANN, ...other }, '')).rejects.toMatchObject({
      code: 'OIDC_NAME_TAKEN',
      detail: expect.stringMatching(/^issuer https:\/\/\w+\.test subject \d$/),
    });
  expect(await accounts.users()).toHaveLength(1);
});

test("an account with a password is nobody else's until an administrator links it", async () => {
  await logins.add('ann', PASSWORD, 'operator', 'test');
  await expect(logins.loginByProvider(ANN, '')).rejects.toMatchObject({ code: 'OIDC_NAME_TAKEN' });
  expect(await accounts.user('ann')).toMatchObject({ role: 'operator', issuer: null, subject: null });
  const identity = { issuer: ANN.issuer, subject: '1' };
  await expect(logins.change('bob', { identity })).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  await logins.change('ann', { identity });
  expect(await logins.loginByProvider(ANN, '')).toMatchObject({ name: 'ann' });
  expect(await accounts.user('ann')).toMatchObject({ role: 'administrator', subject: '1' });
  await logins.login('ann', PASSWORD, '');
  await logins.add('bob', PASSWORD, 'operator', 'test');
  await expect(logins.change('bob', { identity })).rejects.toMatchObject({ code: 'USER_INVALID' });
});

test('while changes are locked who has an account comes in, and nobody gets one', async () => {
  const locked = {
    mayAdd: false,
    told: (_name: string, _action: string, task: () => Promise<void>) => task(),
  };
  await expect(logins.loginByProvider(ANN, '', locked)).rejects.toMatchObject({
    code: 'ADMIN_LOCKED',
    detail: expect.stringContaining('issuer https://idp.test subject 1'),
  });
  expect(await accounts.users()).toEqual([]);
  await logins.loginByProvider(ANN, '');
  expect(await logins.loginByProvider(ANN, '', locked)).toMatchObject({ name: 'ann' });
});

test('whom an administrator means is known by what the provider calls itself, or by the issuer that is given', async () => {
  const asks = (issuer: string) => async () => issuer;
  expect(await identityOf('1', undefined, asks('https://idp.test/'))).toEqual({
    issuer: 'https://idp.test/',
    subject: '1',
  });
  const many = asks('https://idp.test/{tenantid}/v2.0');
  expect(await identityOf('1', 'https://idp.test/t-7/v2.0', many)).toMatchObject({
    issuer: 'https://idp.test/t-7/v2.0',
  });
  for (const [issuer, provider] of [
    [undefined, many],
    ['idp.test', many],
    ['https://idp.test', undefined],
  ] as const)
    await expect(identityOf('1', issuer, provider)).rejects.toMatchObject({ code: 'USER_INVALID' });
});

test('an account and a role that the provider gives are told before they are there', async () => {
  const told: string[] = [];
  const telling = {
    mayAdd: true,
    told: async (name: string, action: string, task: () => Promise<void>) => {
      const role = (await accounts.user(name))?.role;
      await task();
      told.push(`${name} ${action} ${role} ${(await accounts.user(name))?.role}`);
    },
  };
  await logins.add('eve', PASSWORD, 'administrator', 'test');
  await logins.loginByProvider(ANN, '', telling);
  await logins.loginByProvider({ ...ANN, role: 'viewer' }, '', telling);
  await logins.loginByProvider({ ...ANN, role: 'viewer' }, '', telling);
  expect(told).toEqual(['ann users.add undefined administrator', 'ann users.role administrator viewer']);
  const silent = { mayAdd: true, told: () => Promise.reject(new Fault('AUDIT_NOT_WRITTEN')) };
  const other = { ...ANN, subject: '2', name: 'bob' };
  await expect(logins.loginByProvider(other, '', silent)).rejects.toMatchObject({
    code: 'AUDIT_NOT_WRITTEN',
  });
  expect(await accounts.user('bob')).toBeUndefined();
});

test('an account that the provider gave before persons were known by their subjects comes in when it is linked', async () => {
  const old = openSqlite(':memory:');
  await migrate(
    old,
    loadMigrations().filter(({ version }) => version < 16),
    clock(),
  );
  await old.query(
    `INSERT INTO "user" VALUES ('ann', 'administrator', NULL, 0, 0, 0, 0, 'identity provider', NULL)`,
  );
  await migrate(old, loadMigrations(), clock());
  const now = createLogins(new Accounts(old, clock), LIMITS, clock, { log2N: 10 });
  await expect(now.loginByProvider(ANN, '')).rejects.toMatchObject({ code: 'OIDC_NAME_TAKEN' });
  await now.change('ann', { identity: { issuer: ANN.issuer, subject: ANN.subject } });
  expect(await now.loginByProvider(ANN, '')).toMatchObject({ name: 'ann' });
  await old.close();
});

test('a name that is too long is refused and not cut: it could be the name of another', () => {
  expect(knownAs(` ${'A'.repeat(64)} `)).toBe('a'.repeat(64));
  expect(codeOf(() => knownAs('a'.repeat(65)))).toBe('OIDC_FAILED');
});

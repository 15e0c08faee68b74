import { afterEach, beforeEach, expect, test } from 'vitest';
import { Accounts } from '../../../src/catalogue/accounts.ts';
import type { Sql } from '../../../src/ports.ts';
import { knownAs } from '../../../src/startup/single-sign-on.ts';
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
      detail: expect.stringContaining('subject'),
    });
  expect(await accounts.users()).toHaveLength(1);
});

test("an account with a password is nobody else's until an administrator links it", async () => {
  await logins.add('ann', PASSWORD, 'operator', 'test');
  await expect(logins.loginByProvider(ANN, '')).rejects.toMatchObject({ code: 'OIDC_NAME_TAKEN' });
  expect(await accounts.user('ann')).toMatchObject({ role: 'operator', issuer: null, subject: null });
  await expect(logins.link('ann', undefined, '1')).rejects.toMatchObject({ code: 'USER_INVALID' });
  await expect(logins.link('bob', ANN.issuer, '1')).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  await logins.link('ann', ANN.issuer, '1');
  expect(await logins.loginByProvider(ANN, '')).toMatchObject({ name: 'ann' });
  expect(await accounts.user('ann')).toMatchObject({ role: 'administrator', subject: '1' });
  await logins.login('ann', PASSWORD, '');
  await logins.add('bob', PASSWORD, 'operator', 'test');
  await expect(logins.link('bob', ANN.issuer, '1')).rejects.toMatchObject({ code: 'USER_INVALID' });
});

test('while changes are locked who has an account comes in, and nobody gets one', async () => {
  await expect(logins.loginByProvider(ANN, '', false)).rejects.toMatchObject({ code: 'ADMIN_LOCKED' });
  expect(await accounts.users()).toEqual([]);
  await logins.loginByProvider(ANN, '');
  expect(await logins.loginByProvider(ANN, '', false)).toMatchObject({ name: 'ann' });
});

test('a name that is too long is refused and not cut: it could be the name of another', () => {
  expect(knownAs(` ${'A'.repeat(64)} `)).toBe('a'.repeat(64));
  expect(codeOf(() => knownAs('a'.repeat(65)))).toBe('OIDC_FAILED');
});

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

test('the last administrator whom the provider makes less does not come in, and stays administrator', async () => {
  await logins.loginByProvider('ann', 'administrator', '');
  await expect(logins.loginByProvider('ann', 'viewer', '')).rejects.toMatchObject({ code: 'OIDC_FAILED' });
  expect(await accounts.user('ann')).toMatchObject({ role: 'administrator' });
  await logins.add('eve', 'a phantom listens at night', 'administrator', 'test');
  await logins.loginByProvider('ann', 'viewer', '');
  expect(await accounts.user('ann')).toMatchObject({ role: 'viewer' });
});

test('a name that is too long is refused and not cut: it could be the name of another', () => {
  expect(knownAs(` ${'A'.repeat(64)} `)).toBe('a'.repeat(64));
  expect(codeOf(() => knownAs('a'.repeat(65)))).toBe('OIDC_FAILED');
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Accounts } from '../../../src/catalogue/accounts.ts';
import type { Sql } from '../../../src/ports.ts';
import { createLogins, type Logins } from '../../../src/users/logins.ts';
import { emptyDatabase } from '../startup/live.ts';

const LIMITS = { sessionIdleMinutes: 30, sessionHours: 12, maxFailures: 3, lockMinutes: 15 };
const RIGHT = 'a phantom listens at night';
let minutes = 0;
const clock = () => new Date(minutes * 60_000);
let sql: Sql;
let logins: Logins;
const open = () => createLogins(new Accounts(sql, clock), LIMITS, clock, { log2N: 10, key: 'k' });
beforeEach(async () => {
  minutes = 1;
  sql = await emptyDatabase();
  logins = open();
  await logins.add('ann', RIGHT, 'administrator', 'test');
});
afterEach(() => sql.close());

const isIn = (password: string, address: string, browser?: string): Promise<boolean> =>
  logins.login('ann', password, address, browser).then(
    () => true,
    () => false,
  );
const guess = async (times: number, address: string): Promise<void> => {
  for (let count = 0; count < times; count += 1) await isIn('wrong', address);
};

test('guesses from one address lock the name there, for the minutes said, and nowhere else', async () => {
  await guess(3, '192.0.2.1');
  expect(await isIn(RIGHT, '192.0.2.1')).toBe(false);
  expect(await isIn(RIGHT, '192.0.2.2')).toBe(true);
  minutes += 16;
  expect(await isIn(RIGHT, '192.0.2.1')).toBe(true);
});

test('guesses from many addresses lock the account, but not where the person logged in before', async () => {
  const browser = logins.browserToken('ann');
  for (let address = 0; address < 10; address += 1) await guess(3, `192.0.2.${address}`);
  expect(await isIn(RIGHT, '198.51.100.1')).toBe(false);
  expect(await isIn(RIGHT, '192.0.2.1', browser)).toBe(true);
});

test('an administrator unlocks a name at once, and so does a new password from the command line', async () => {
  await guess(3, '192.0.2.1');
  expect(logins.lockedUntil('ann') > clock()).toBe(true);
  logins.unlock('ann');
  expect(await isIn(RIGHT, '192.0.2.1')).toBe(true);
  await guess(3, '192.0.2.1');
  await open().setPassword('ann', `${RIGHT} again`);
  expect(await isIn(`${RIGHT} again`, '192.0.2.1')).toBe(true);
});

test('the present password is not guessed within a session either', async () => {
  for (let count = 0; count < 3; count += 1)
    await expect(logins.confirm('ann', 'wrong', 's1')).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
  await expect(logins.confirm('ann', RIGHT, 's1')).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
  await logins.confirm('ann', RIGHT, 's2');
});

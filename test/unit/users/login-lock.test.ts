import { afterEach, beforeEach, expect, test } from 'vitest';
import { userOperations } from '../../../src/api/user-operations.ts';
import { Accounts } from '../../../src/catalogue/accounts.ts';
import { LoginTries } from '../../../src/catalogue/login-tries.ts';
import type { Sql } from '../../../src/ports.ts';
import { knownBrowsers } from '../../../src/users/known-browsers.ts';
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
  const browser = logins.keptByBrowser('ann');
  for (let address = 0; address < 10; address += 1) await guess(3, `192.0.2.${address}`);
  expect(await isIn(RIGHT, '198.51.100.1')).toBe(false);
  expect(await isIn(RIGHT, '192.0.2.1', browser)).toBe(true);
});

test('where the person logged in before guesses have a count of their own, and the address does not matter', async () => {
  await logins.add('bob', RIGHT, 'viewer', 'test');
  const browser = logins.keptByBrowser('ann');
  const codeOf = (name: string, password: string): Promise<string> =>
    logins.login(name, password, '192.0.2.1', browser).then(
      () => 'in',
      ({ code }) => code,
    );
  for (let count = 0; count < 70; count += 1)
    await logins.login(`x${count}`, 'wrong', '192.0.2.1').catch(() => 0);
  expect(await codeOf('bob', RIGHT)).toBe('LOGIN_LOCKED');
  for (let count = 0; count < 3; count += 1) expect(await codeOf('ann', 'wrong')).toBe('LOGIN_FAILED');
  expect(await codeOf('ann', RIGHT)).toBe('LOGIN_LOCKED');
  minutes += 2;
  expect(await codeOf('ann', RIGHT)).toBe('LOGIN_FAILED');
  minutes += 14;
  expect(await codeOf('ann', RIGHT)).toBe('in');
});

test('several people stay known at one workstation, those who logged in last, each with one count', async () => {
  const names = ['ann', 'bob', 'cleo', 'dan', 'eve', 'finn'];
  const browsers = knownBrowsers('k');
  const kept = names.reduce((before, name) => browsers.keptWith(name, before), '');
  const knownIn = (value: string) => names.filter((name) => browsers.idOf(name, value) !== undefined);
  expect(knownIn(kept)).toEqual(names.slice(1));
  const again = browsers.keptWith('bob', kept);
  expect(browsers.idOf('bob', again)).toBe(browsers.idOf('bob', kept));
  expect(knownIn(browsers.keptWith('gus', again))).toEqual(['bob', 'dan', 'eve', 'finn']);
  expect(again).toMatch(/^[\w.~-]{1,439}$/);
  const others = 'x'.repeat(50_000);
  expect(browsers.keptWith('ann', `${others}~~a.b~${'y'.repeat(43)}.${'z'.repeat(43)}`).length).toBe(175);
});

test('what was typed as a name is not kept, however long, nor what is over', async () => {
  const tries = new LoginTries(sql, clock, 3, 15);
  const kept = () => sql.query<{ name: string; place: string }>('SELECT * FROM "loginTry"');
  const long = 'A password, by mistake? '.repeat(10_000);
  for (const at of [1, 2, 3]) expect(await tries.count(`${long}${at % 2}`, '192.0.2.1')).toBe(true);
  for (const { name, place } of await kept()) expect(`${name}${place}`).toMatch(/^[\da-f]{128}$/);
  expect(await tries.count(`${long}1`, '192.0.2.1')).toBe(true);
  expect(await tries.count(`${long}1`, '192.0.2.1')).toBe(false);
  expect(await tries.count(`${long}1`, '192.0.2.2')).toBe(true);
  minutes += 15;
  await new LoginTries(sql, clock, 3, 15).count('ann', '192.0.2.1');
  expect(await kept()).toHaveLength(1);
});

test('no more is kept than ten thousand names and places, those that were counted last', async () => {
  await sql.batch(
    Array.from({ length: 10_050 }, (_, at) => ({
      text: `INSERT INTO "loginTry" VALUES ($1, '', 1, $2)`,
      values: [`x${at}`, clock().getTime() + 1000 + at],
    })),
  );
  await new LoginTries(sql, clock, 3, 15).count('ann', '192.0.2.1');
  const rows = await sql.query<{ name: string }>('SELECT "name" FROM "loginTry" ORDER BY "until" LIMIT 1');
  expect(rows[0]?.name).toBe('x49');
});

test('wrong passwords are counted together by all processes, and unlocked by any', async () => {
  const other = open();
  await guess(2, '192.0.2.1');
  const elsewhere = (password: string) =>
    other.login('ann', password, '192.0.2.1').then(
      () => true,
      () => false,
    );
  expect(await elsewhere('wrong')).toBe(false);
  expect(await elsewhere(RIGHT)).toBe(false);
  expect(await isIn(RIGHT, '192.0.2.1')).toBe(false);
  expect((await logins.lockedUntil('ann')) > clock()).toBe(true);
  await other.unlock('ann');
  expect(await isIn(RIGHT, '192.0.2.1')).toBe(true);
});

test('links of several processes are good in all of them, until one is used', async () => {
  const empty = await emptyDatabase();
  const [one, other] = [1, 2].map(() =>
    createLogins(new Accounts(empty, clock), LIMITS, clock, { log2N: 10, key: 'k' }),
  ) as [Logins, Logins];
  const old = (await one.offerFirst(true)) ?? '';
  minutes += 24 * 60 + 1;
  const links = [(await one.offerFirst(true)) ?? '', (await other.offerFirst(true)) ?? ''];
  expect(await one.isFirst(old)).toBe(false);
  for (const link of links) for (const each of [one, other]) expect(await each.isFirst(link)).toBe(true);
  const made = await Promise.allSettled([
    one.makeFirst(links[1] ?? '', 'ann', RIGHT, ''),
    other.makeFirst(links[0] ?? '', 'eve', RIGHT, ''),
  ]);
  expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  for (const link of links) expect(await one.isFirst(link)).toBe(false);
  expect(await other.offerFirst(true)).toBeUndefined();
  await empty.close();
});

test('the link for the first administrator is good for a day', async () => {
  const empty = await emptyDatabase();
  const only = createLogins(new Accounts(empty, clock), LIMITS, clock, { log2N: 10, key: 'k' });
  const link = (await only.offerFirst()) ?? '';
  minutes += 24 * 60 - 1;
  expect(await only.isFirst(link)).toBe(true);
  minutes += 2;
  expect(await only.isFirst(link)).toBe(false);
  await expect(only.makeFirst(link, 'ann', RIGHT, '')).rejects.toMatchObject({ code: 'SETUP_LINK_INVALID' });
  const another = (await only.offerFirst()) ?? '';
  await only.makeFirst(another, 'ann', RIGHT, '');
  await empty.close();
});

test('a change of an account is all of it or nothing', async () => {
  const accounts = new Accounts(sql, clock);
  const users = userOperations({ accounts, logins, clock, issuer: async () => 'https://idp.test' });
  const by = { name: 'ann', role: 'administrator', via: 'browser', address: '' } as const;
  const input = { name: 'ann', password: `${RIGHT} again`, subject: '7', reason: 'ticket 7' };
  await logins.add('bob', RIGHT, 'viewer', 'test');
  await logins.change('bob', { identity: { issuer: 'https://idp.test', subject: '8' } });
  const before = await accounts.user('ann');
  for (const wrong of [
    { ...input, role: 'viewer' as const },
    { ...input, isDisabled: true },
    { ...input, subject: '8' },
    { ...input, role: 'administrator' as const, password: 'short' },
    { reason: 'ticket 7', name: 'ann', password: `${RIGHT} again`, issuer: 'https://idp.test' },
  ]) {
    await expect(users.change.run(wrong, by)).rejects.toMatchObject({ code: 'USER_INVALID' });
    expect(await accounts.user('ann')).toEqual(before);
  }
  await users.change.run(input, by);
  expect(await accounts.user('ann')).toMatchObject({ issuer: 'https://idp.test', subject: '7' });
  expect(await isIn(`${RIGHT} again`, '192.0.2.1')).toBe(true);
});

test('an administrator unlocks a name at once, and so does a new password from the command line', async () => {
  await guess(3, '192.0.2.1');
  expect((await logins.lockedUntil('ann')) > clock()).toBe(true);
  await logins.unlock('ann');
  expect(await isIn(RIGHT, '192.0.2.1')).toBe(true);
  await guess(3, '192.0.2.1');
  await open().change('ann', { password: `${RIGHT} again` });
  expect(await isIn(`${RIGHT} again`, '192.0.2.1')).toBe(true);
});

test('the present password is not guessed within a session either', async () => {
  for (let count = 0; count < 3; count += 1)
    await expect(logins.confirm('ann', 'wrong', 's1')).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
  await expect(logins.confirm('ann', RIGHT, 's1')).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
  await logins.confirm('ann', RIGHT, 's2');
});

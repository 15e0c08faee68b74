import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chromium, startChromium, TABLET } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { CLIENT, startIdentityProvider, type TestProvider } from '../support/identity-provider.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

const SECRET = 'a phantom listens at noon';
let running: RunningService;
let provider: TestProvider;
let site: Site;
let chromium: Chromium;
let first: Site['url'];
beforeAll(async () => {
  provider = await startIdentityProvider();
  const port = await freePort();
  running = await startService({
    http: { host: '127.0.0.1', port },
    admin: {
      maxFailures: 3,
      publicUrl: `http://127.0.0.1:${port}`,
      oidc: {
        issuer: provider.issuer,
        ...CLIENT,
        label: 'Hospital account',
        roles: { operator: ['radiology'] },
      },
    },
  });
  chromium = await startChromium();
  first = running.service.firstLink ?? '';
  site = { url: `http://127.0.0.1:${running.service.httpPort}` } as Site;
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const logIn = async (page: Page, name: string, password: string): Promise<void> => {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
};
const endSessions = () => running.service.world.catalogue.sql.query('DELETE FROM "session"');

test('the first administrator is made by the link, which works once; all by keyboard', async () => {
  const { page } = await chromium.open(site, undefined);
  await page.goto('/login');
  await page.getByText('There is no administrator yet').waitFor();
  await page.goto(first);
  await page.getByLabel('Name').focus();
  await page.keyboard.type('Anna');
  await page.keyboard.press('Tab');
  await page.keyboard.type(SECRET);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/setup$/);
  const another = await chromium.open(site, undefined);
  expect((await another.page.goto(first))?.status()).toBe(403);
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
});

test('a wrong password is refused, the login goes on to what was asked for, and out again', async () => {
  const { page } = await chromium.open(site, undefined);
  await page.goto('/users');
  expect(page.url()).toContain('/login?next=%2Fusers');
  await logIn(page, 'anna', 'wrong');
  await page.getByText('Name or password is wrong').waitFor();
  await logIn(page, 'anna', SECRET);
  await page.getByRole('heading', { name: 'Users' }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.goto('/users');
  expect(page.url()).toContain('/login');
});

test('users are made, changed, locked, unlocked and disabled, at once', async () => {
  const { page, errors } = await chromium.open(site, 'administrator');
  await page.goto('/users');
  const make = page.locator('section', { has: page.getByRole('heading', { name: 'New user' }) });
  await make.getByLabel('Name').fill('p.meyer');
  await make.getByLabel('First password').fill(SECRET);
  await make.getByLabel('Role').selectOption('operator');
  await make.getByLabel('Reason or ticket').fill('CHG-1042: new in the team');
  await make.getByRole('button', { name: 'Make the user' }).click();
  await page.getByText('The user p.meyer is made.').waitFor();

  const theirs = await chromium.open(site, undefined);
  await theirs.page.goto('/login');
  for (let count = 0; count < 3; count += 1) await logIn(theirs.page, 'p.meyer', 'wrong');
  await logIn(theirs.page, 'p.meyer', SECRET);
  await theirs.page.getByText('or there were too many attempts').waitFor();
  await page.goto('/users');
  const row = page.getByRole('row', { name: /p\.meyer/ });
  await row.getByText('locked', { exact: true }).waitFor();
  const change = async (standing: string) => {
    await row.getByText('Change', { exact: true }).first().click();
    await row.getByLabel('Standing').selectOption({ label: standing });
    await row.getByLabel('Reason or ticket').first().fill('asked by phone');
    await row.getByRole('button', { name: 'Change' }).click();
    await page.getByText('The user p.meyer is changed.').waitFor();
  };
  await change('as it is, and unlocked');
  await logIn(theirs.page, 'p.meyer', SECRET);
  await theirs.page.getByRole('heading', { name: 'Worklist' }).waitFor();
  await change('disabled: may not log in');
  await theirs.page.goto('/account');
  await theirs.page.getByRole('heading', { name: 'Log in' }).waitFor();
  await logIn(theirs.page, 'p.meyer', SECRET);
  await theirs.page.getByText('Name or password is wrong').waitFor();
  expect(errors).toEqual([]);
});

test('the own password is changed with the present one, and other sessions end', async () => {
  const { page } = await chromium.open(site, undefined);
  await page.goto('/login?next=/account');
  await logIn(page, 'anna', SECRET);
  const fill = async (present: string) => {
    await page.getByLabel('Present password').fill(present);
    await page.getByLabel('New password').fill('a phantom sings at noon');
    await page.getByRole('button', { name: 'Change it' }).click();
  };
  await fill('not this one');
  await page.getByText('Name or password is wrong').waitFor();
  await fill(SECRET);
  await page.getByText('The password is changed.').waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await logIn(page, 'anna', 'a phantom sings at noon');
  await page.getByRole('heading', { name: 'Worklist' }).waitFor();
});

test('what was typed is kept when the session is over, and sent after a new login', async () => {
  const { page } = await chromium.open(site, undefined);
  await page.goto('/login?next=/users');
  await logIn(page, 'anna', 'a phantom sings at noon');
  const make = page.locator('section', { has: page.getByRole('heading', { name: 'New token' }) });
  await make.getByLabel('Name').fill('ris "interface" <b>');
  await make.getByLabel('Reason or ticket').fill('CHG-1077');
  await endSessions();
  await make.getByRole('button', { name: 'Make the token' }).click();
  await page.getByRole('heading', { name: 'Your session is over' }).waitFor();
  const opening = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Log in in a new window' }).click();
  const other = await opening;
  await logIn(other, 'anna', 'a phantom sings at noon');
  await other.getByRole('heading', { name: 'Worklist' }).waitFor();
  await page.getByRole('button', { name: 'Send it again' }).click();
  await page.getByText('The form was opened in an earlier session.').waitFor();
  await page.getByRole('button', { name: 'Send it again' }).click();
  await page.getByRole('heading', { name: 'The new token' }).waitFor();
  await page.goto('/users');
  await page.getByRole('rowheader', { name: 'ris "interface" <b>' }).waitFor();
});

test('somebody whom the identity provider knows gets in with the role of a group, and nobody else', async () => {
  const { page, errors } = await chromium.open(site, undefined);
  provider.claims = { preferred_username: 'r.okafor', groups: ['cardiology'] };
  await page.goto('/login?next=/about');
  await page.getByRole('button', { name: 'Hospital account' }).click();
  await page.getByText('The identity provider did not log you in.').waitFor();
  provider.claims = { preferred_username: 'r.okafor', groups: ['radiology'] };
  await page.goto('/login?next=/account');
  await page.getByRole('button', { name: 'Hospital account' }).click();
  await page.getByText('You log in by the identity provider.').waitFor();
  expect(new URL(page.url()).pathname).toBe('/account');
  expect(await page.locator('.who').textContent()).toContain('operator');
  expect(errors.filter((error) => !/status of 401/.test(error))).toEqual([]);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing, and everything fits, in ${colorScheme}`, async () => {
    if (colorScheme === 'light') await endSessions();
    for (const viewport of [undefined, TABLET]) {
      const look = { colorScheme, ...(viewport ? { viewport } : {}) };
      const screen = await chromium.open(site, undefined, look);
      const check = async (path: string) => {
        await screen.page.goto(path);
        expect(await screen.axe(), path).toEqual([]);
        expect(await screen.fits(), path).toBe(true);
      };
      await check('/login?next=/users');
      if (!viewport && colorScheme === 'light') await screen.shoot('admin-login');
      await logIn(screen.page, 'anna', 'a phantom sings at noon');
      await check('/account');
      await check('/users');
      if (!viewport && colorScheme === 'light') await screen.shoot('admin-users');
    }
  });
}

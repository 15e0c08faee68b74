import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chromium, startChromium, TABLET } from '../support/browser.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';
import { seedWorklist } from '../support/worklist-cases.ts';

const HOUR_MS = 3_600_000;
const GIB = 2 ** 30;
let running: RunningService;
let site: Site;
let chromium: Chromium;
let mail: SMTPServer;
let hook: Server;
const mails: string[] = [];
const posts: string[] = [];
const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  running = await startService();
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
  chromium = await startChromium();
  const { catalogue } = running.service.world;
  await seedWorklist(catalogue);
  const now = Date.now();
  for (let hours = 72; hours > 0; hours -= 1) {
    const free = (40 + hours / 6 + Math.sin(hours)) * GIB;
    await catalogue.sql.query(
      'INSERT INTO "healthSample" ("seconds", "at", "freeBytes", "queueCount", "queueOldestSeconds", "rssBytes", "received", "cases", "reported") VALUES (3600, $1, $2, 3, 2, 300000000, 240, 2, 1)',
      [now - hours * HOUR_MS, Math.round(free)],
    );
  }
  mail = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      let body = '';
      stream.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8');
      });
      stream.on('end', () => {
        mails.push(body);
        done(null);
      });
    },
  });
  await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', () => resolve()));
  hook = createServer((request, answer) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      posts.push(body);
      answer.end('ok');
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', () => resolve()));
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  await new Promise<void>((resolve) => mail.close(() => resolve()));
  hook.close();
});

test('health shows queue, disk with its forecast, throughput, nodes and memory', async () => {
  const screen = await chromium.open(site, 'viewer');
  await screen.page.goto('/health');
  const text = (await screen.page.locator('main').textContent()) ?? '';
  for (const said of [
    'jobs could run now',
    'GiB free',
    'last 24 hours',
    'pacs',
    'heap',
    'all: everything',
    'has them',
    'Nothing expires and nothing is removed before',
  ])
    expect(text).toContain(said);
  expect(await screen.page.locator('figure svg').count()).toBe(1);
  expect(await screen.axe()).toEqual([]);
  expect(await screen.fits()).toBe(true);
  expect(screen.errors).toEqual([]);
  await screen.shoot('admin-health');
});

test('about names version, licences, model and intended use', async () => {
  const screen = await chromium.open(site, 'viewer');
  await screen.page.goto('/about');
  const text = (await screen.page.locator('main').textContent()) ?? '';
  for (const said of ['Research use only', 'Apache-2.0', 'ear-delta-2023', 'dcmjs-dimse', 'OpenAPI'])
    expect(text).toContain(said);
  expect(await screen.axe()).toEqual([]);
  await screen.shoot('admin-about');
});

test('notifications are set up, tested by a button on both channels, and keep their secrets', async () => {
  const screen = await chromium.open(site, 'administrator');
  const { page } = screen;
  await page.goto('/notifications');
  await page.getByLabel('Mail server', { exact: true }).fill('127.0.0.1');
  await page.getByLabel('Port', { exact: true }).fill(String(portOf(mail.server)));
  await page.getByLabel('only over TLS').uncheck();
  await page.getByLabel('From', { exact: true }).fill('earshot@hospital.example');
  await page.getByLabel('To', { exact: true }).fill('radiology@hospital.example, pacs@hospital.example');
  await page.getByLabel('Address', { exact: true }).fill(`http://127.0.0.1:${portOf(hook)}/hook`);
  await page.getByLabel('Secret of the signature').fill('a secret of the webhook');
  await page.getByLabel('the deltas drift').uncheck();
  await page.getByLabel('Reason or ticket').fill('ticket 7');
  await page.getByRole('button', { name: 'Change the notifications' }).click();
  await page.getByRole('status').filter({ hasText: 'Done' }).waitFor();
  const { notifications } = running.service.configuration.current().config;
  expect(notifications.email).toMatchObject({ host: '127.0.0.1', requireTls: false });
  expect(notifications.email?.to).toHaveLength(2);
  expect(notifications.webhook?.secret).toBe('a secret of the webhook');
  expect(notifications.events).toEqual(['caseHeld', 'deliveryFailing', 'disk', 'nodeDown']);
  expect(await page.content()).not.toContain('a secret of the webhook');

  await page.getByRole('button', { name: 'Send a test by e-mail' }).click();
  await page.getByRole('status').filter({ hasText: 'The test by email was taken' }).waitFor();
  expect(mails.join()).toContain('Earshot');
  await page.getByRole('button', { name: 'Send a test by webhook' }).click();
  await page.getByRole('status').filter({ hasText: 'The test by webhook was taken' }).waitFor();
  expect(posts.length).toBeGreaterThanOrEqual(1);
  expect(`${mails.join()} ${posts.join()}`).not.toContain('PHANTOM');

  await page.getByLabel('Held for (minutes)').fill('30');
  await page.getByLabel('Reason or ticket').fill('ticket 8');
  await page.getByRole('button', { name: 'Change the notifications' }).click();
  await page.getByRole('status').filter({ hasText: 'Done' }).waitFor();
  const changed = running.service.configuration.current().config.notifications;
  expect(changed.thresholds.heldMinutes).toBe(30);
  expect(changed.webhook?.secret).toBe('a secret of the webhook');
  expect(await screen.axe()).toEqual([]);
  await screen.shoot('admin-notifications');
});

test('a server that is not there is told, and what is not valid is not saved', async () => {
  const { page } = await chromium.open(site, 'administrator');
  await page.goto('/notifications');
  await page.getByLabel('Port', { exact: true }).fill('1');
  await page.getByLabel('Reason or ticket').fill('a wrong port');
  await page.getByRole('button', { name: 'Change the notifications' }).click();
  await page.getByRole('status').filter({ hasText: 'Done' }).waitFor();
  await page.getByRole('button', { name: 'Send a test by e-mail' }).click();
  await page.getByRole('alert').filter({ hasText: 'NOTIFICATION_FAILED' }).waitFor();
  await page.getByLabel('Failed checks in a row').fill('0');
  await page.getByLabel('Reason or ticket').fill('nonsense');
  await page.getByRole('button', { name: 'Change the notifications' }).click();
  await page.getByRole('alert').filter({ hasText: 'INPUT_INVALID' }).waitFor();
});

test('in the dark and on a tablet axe-core finds nothing and everything fits', async () => {
  const screen = await chromium.open(site, 'administrator', { colorScheme: 'dark', viewport: TABLET });
  for (const path of ['/health', '/about', '/notifications']) {
    await screen.page.goto(path);
    expect(await screen.axe()).toEqual([]);
    expect(await screen.fits()).toBe(true);
  }
});

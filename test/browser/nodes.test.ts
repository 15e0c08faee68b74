import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { NodeChecks } from '../../src/catalogue/node-checks.ts';
import { readHeader } from '../../src/dicom/read-header.ts';
import { type Chromium, startChromium, TABLET } from '../support/browser.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { PACS, type RunningService, startService } from '../support/running-service.ts';
import { type ScriptedQueryArchive, startScriptedQueryArchive } from '../support/scripted-query-archive.ts';
import { openSite, type Site } from '../support/site.ts';

const slice = ctSlice({ index: 0, size: 16 });
const { StudyInstanceUID = '', SeriesInstanceUID = '' } = readHeader(slice)?.header ?? {};
const SECRET = 'a-token-of-the-archive';

let running: RunningService;
let site: Site;
let chromium: Chromium;
let archive: ScriptedQueryArchive;
const nodes = () => running.service.configuration.current().config.nodes;
const sendAs = (callingAeTitle: string) =>
  sendFiles(
    {
      ...{ name: 'earshot', aeTitle: 'EARSHOT', host: '127.0.0.1', roles: [] },
      port: running.service.dimsePort,
    },
    [slice],
    { callingAeTitle },
  );

beforeAll(async () => {
  archive = await startScriptedQueryArchive({
    find: ({ QueryRetrieveLevel }) => ({
      answers:
        QueryRetrieveLevel === 'SERIES' ? [{ StudyInstanceUID, SeriesInstanceUID, Modality: 'CT' }] : [],
    }),
    move: async () => {
      await sendAs('ARCHIVE');
      return { status: 0, completed: 1 };
    },
  });
  running = await startService();
  const at = { host: '127.0.0.1', roles: ['source', 'archive'] };
  const nodeList = [
    ...JSON.parse(running.service.configuration.section('nodes').text),
    { ...at, name: 'long-term-archive', aeTitle: 'ARCHIVE', port: archive.port, retrieve: 'move' },
    { ...at, name: 'switched-off', aeTitle: 'OLD_PACS', port: 1, roles: ['destination'] },
    {
      name: 'web-archive',
      dicomWeb: 'http://127.0.0.1:1/dicom-web',
      roles: ['archive', 'destination'],
      auth: { bearer: SECRET },
      quietHours: ['22:00-06:00 Europe/Vienna'],
      mode: 'off',
    },
  ];
  const author = { author: 'test', reason: 'nodes of this test', source: 'browser' } as const;
  await running.service.configuration.propose('nodes', JSON.stringify(nodeList), author);
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  await archive[Symbol.asyncDispose]();
});

test('a node is added by the form and may call at once; disabled it is refused at once; removed it is gone', async () => {
  await expect(sendAs('CT_ROUTER')).rejects.toMatchObject({ code: 'PEER_REJECTED' });
  const { page, errors } = await chromium.open(site, 'administrator');
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto('/nodes');
  await page.getByRole('link', { name: 'New node' }).click();
  await page.getByLabel('Name', { exact: true }).fill('ct-router');
  await page.getByLabel('AE title', { exact: true }).fill('CT_ROUTER');
  await page.getByLabel('destination: gets reports').uncheck();
  await page.getByLabel('May call from').fill('127.0.0.1, 10.0.0.0/8');
  await page.getByLabel('Reason or ticket').fill('ticket 12');
  await page.getByRole('button', { name: 'Add the node' }).click();
  await page.getByRole('status').filter({ hasText: 'ct-router is added' }).waitFor();
  expect(nodes().find(({ name }) => name === 'ct-router')).toMatchObject({
    aeTitle: 'CT_ROUTER',
    roles: ['source'],
    addresses: ['127.0.0.1', '10.0.0.0/8'],
  });
  expect(await sendAs('CT_ROUTER')).toMatchObject([{ status: 0 }]);

  await page.locator('summary', { hasText: 'Disable' }).click();
  await page.locator('#disable-reason').fill('it moves house');
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await page.getByRole('status').filter({ hasText: 'is disabled' }).waitFor();
  await expect(sendAs('CT_ROUTER')).rejects.toMatchObject({ code: 'PEER_REJECTED' });

  await page.locator('summary', { hasText: 'Remove' }).click();
  await page.locator('#remove-reason').fill('it is gone');
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('status').filter({ hasText: 'is removed' }).waitFor();
  expect(nodes().map(({ name }) => name)).not.toContain('ct-router');
  expect(errors).toEqual([]);
});

test('what is not valid keeps what was typed, says what is wrong beside its field, and changes nothing', async () => {
  const screen = await chromium.open(site, 'administrator');
  const { page } = screen;
  const before = nodes();
  await page.goto('/nodes/_new');
  await page.getByLabel('Name', { exact: true }).fill('the new one');
  await page.getByLabel('AE title', { exact: true }).fill('NEW_ONE');
  await page.getByLabel('Host').fill('pacs.example');
  await page.getByLabel('Port', { exact: true }).fill('eleven');
  await page.getByLabel('Quiet hours').fill('at night');
  await page.getByLabel('Reason or ticket').fill('ticket 13');
  await page.getByRole('button', { name: 'Add the node' }).click();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  for (const said of ['name: ', 'port: ', 'quietHours: ']) expect(await alert.textContent()).toContain(said);
  expect(await page.locator('#node-port-problem').textContent()).toContain('Not valid');
  expect(await page.getByLabel('Host').inputValue()).toBe('pacs.example');
  expect(await page.getByLabel('Port', { exact: true }).inputValue()).toBe('eleven');
  expect(await screen.axe()).toEqual([]);
  expect(nodes()).toEqual(before);

  await page.getByLabel('Name', { exact: true }).fill('new-one');
  await page.getByLabel('Port', { exact: true }).fill('104');
  await page.getByLabel('Quiet hours').fill('22:00-06:00');
  await page.getByLabel('Reason or ticket').fill('ticket 13');
  await page.getByRole('button', { name: 'Add the node' }).click();
  await page.getByRole('status').filter({ hasText: 'is added' }).waitFor();
  expect(nodes().find(({ name }) => name === 'new-one')).toMatchObject({ host: 'pacs.example', port: 104 });
  await site.call('/api/nodes/new-one?reason=done', { as: 'administrator', method: 'DELETE' });
});

test('checks say at once what works, and what to do where it does not', async () => {
  expect(await sendAs(PACS)).toMatchObject([{ status: 0 }]);
  const screen = await chromium.open(site, 'operator');
  const { page } = screen;
  await page.goto('/nodes/long-term-archive');
  for (const [button, said] of [
    ['Check Echo', 'Echo passed'],
    ['Check Query', 'Query passed'],
    ['Check Retrieve', 'Retrieve passed'],
  ] as const) {
    await page.getByRole('button', { name: button }).click();
    await page.getByRole('status').filter({ hasText: said }).waitFor();
  }
  expect(archive.moves.length).toBeGreaterThan(0);
  await page.goto('/nodes/pacs');
  await page.getByRole('button', { name: 'Run all checks that fit' }).click();
  await page.getByRole('status').filter({ hasText: 'Store skipped' }).waitFor();
  await page.goto('/nodes/switched-off');
  await page.getByRole('button', { name: 'Check Echo' }).click();
  const failed = page.getByRole('status').filter({ hasText: 'Echo failed' });
  await failed.waitFor();
  expect(await failed.textContent()).toContain('check host and port');
  const checks = new NodeChecks(running.service.world.catalogue.sql);
  expect(await checks.failuresInARow('switched-off', 'echo')).toBe(1);
  expect((await checks.historyOf('long-term-archive', 9)).map(({ author }) => author)).toEqual(
    Array(3).fill('operator'),
  );
  expect(screen.errors).toEqual([]);
});

test('a secret is not shown, stays when nothing is typed, and is changed when something is', async () => {
  const { page } = await chromium.open(site, 'administrator');
  const auth = () => nodes().find(({ name }) => name === 'web-archive')?.auth;
  const change = async (reason: string) => {
    await page.getByLabel('Reason or ticket').fill(reason);
    await page.getByRole('button', { name: 'Change the node' }).click();
    await page.getByRole('status').filter({ hasText: 'is changed' }).waitFor();
  };
  await page.goto('/nodes/web-archive/edit');
  expect(await page.content()).not.toContain(SECRET);
  await page.getByLabel('Most requests a minute').fill('30');
  await change('slower');
  expect(nodes().find(({ name }) => name === 'web-archive')?.maxPerMinute).toBe(30);
  expect(auth()).toEqual({ bearer: SECRET });
  await page.goto('/nodes/web-archive/edit');
  await page.getByLabel('Password or token').fill('another token');
  await change('a new token');
  expect(auth()).toEqual({ bearer: 'another token' });
});

test('a change to what somebody else changed meanwhile is refused', async () => {
  const { page } = await chromium.open(site, 'administrator');
  await page.goto('/nodes/pacs/edit');
  await site.json('/api/nodes/switched-off/disable', {
    as: 'administrator',
    json: { isDisabled: true, reason: 'meanwhile' },
  });
  await page.getByLabel('Most requests a minute').fill('7');
  await page.getByLabel('Reason or ticket').fill('too late');
  await page.getByRole('button', { name: 'Change the node' }).click();
  await page.getByRole('alert').filter({ hasText: 'Somebody else changed this' }).waitFor();
  expect(await page.getByLabel('Most requests a minute').inputValue()).toBe('7');
  expect(nodes().find(({ name }) => name === 'pacs')?.maxPerMinute).toBeUndefined();
});

test('by keyboard alone a node is checked', async () => {
  const { page } = await chromium.open(site, 'operator');
  await page.goto('/nodes');
  const reach = async (name: string) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate('document.activeElement?.textContent?.trim()');
      if (focused === name) return;
    }
    throw new Error(`${name} is not reached`);
  };
  await reach('pacs');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Node pacs' }).waitFor();
  await reach('Check Echo');
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: 'Echo passed' }).waitFor();
});

test('a viewer sees how nodes stand, and no way to check or change them', async () => {
  const { page } = await chromium.open(site, 'viewer');
  await page.goto('/nodes');
  expect(await page.getByRole('link', { name: 'New node' }).count()).toBe(0);
  await page.getByRole('link', { name: 'pacs', exact: true }).click();
  await page.getByRole('heading', { name: 'Checks' }).waitFor();
  expect(await page.locator('main').getByRole('button').count()).toBe(0);
  expect(await page.locator('main').getByText('Edit').count()).toBe(0);
  expect((await site.call('/nodes/pacs/edit', { as: 'viewer' })).status).toBe(403);
});

test('nothing is wrong for axe-core, everything fits, and what a peer says is only text', async () => {
  const checks = new NodeChecks(running.service.world.catalogue.sql);
  const text = `<script>alert(1)</script> \u202e\u0007 ${'long '.repeat(13_000)}`;
  await checks.add(
    {
      ...{ node: 'switched-off', kind: 'store', startedAt: new Date(), milliseconds: 12 },
      ...{ outcome: 'failed', code: 'PEER_REFUSED', text },
    },
    'operator',
  );
  for (const look of [{}, { colorScheme: 'dark', viewport: TABLET }] as const) {
    const screen = await chromium.open(site, 'administrator', look);
    const isShot = !('colorScheme' in look);
    for (const [path, name] of [
      ['/nodes/switched-off', undefined],
      ['/nodes', 'admin-nodes'],
      ['/nodes/long-term-archive', 'admin-node'],
      ['/nodes/web-archive/edit', 'admin-node-edit'],
    ] as const) {
      await screen.page.goto(path);
      if (!name)
        expect(await screen.page.locator('main').textContent()).toContain(
          '<script>alert(1)</script> ⟨U+202E⟩',
        );
      expect([path, await screen.axe()]).toEqual([path, []]);
      expect([path, await screen.fits()]).toEqual([path, true]);
      if (name && isShot) await screen.shoot(name);
    }
    expect(screen.errors).toEqual([]);
  }
});

test('where a second administrator approves, the change waits and the page says where', async () => {
  await using other = await startService({ admin: { secondApprover: true } });
  const there = await openSite({ dataDir: other.dataDir, httpPort: other.service.httpPort });
  const { page } = await chromium.open(there, 'administrator');
  await page.goto('/nodes/pacs');
  await page.locator('summary', { hasText: 'Disable' }).click();
  await page.locator('#disable-reason').fill('for a while');
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await page.getByRole('status').filter({ hasText: 'waits for another administrator' }).waitFor();
  expect(await page.locator('main').getByRole('link', { name: 'Configuration' }).count()).toBe(1);
  expect(other.service.configuration.current().config.nodes[0]?.disabled).toBe(false);
});

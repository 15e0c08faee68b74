import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chromium, startChromium, TABLET } from '../support/browser.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

let running: RunningService;
let site: Site;
let chromium: Chromium;
beforeAll(async () => {
  running = await startService();
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
});

type Section = Readonly<{ section: string; text: string; digest: string }>;
const textOf = async (name: string, from = site): Promise<string> => {
  const { sections } = await from.json<{ sections: readonly Section[] }>('/api/configuration/sections', {
    as: 'administrator',
  });
  return sections.find(({ section }) => section === name)?.text ?? '';
};
const change = async (section: string, text: string, reason: string, from = site): Promise<number> => {
  const json = { section, text, reason };
  const call = { as: 'administrator', method: 'PUT', json } as const;
  return (await from.json<{ id: number }>('/api/configuration/sections', call)).id;
};
const linesOf = async (page: Page, kind: 'ins' | 'del'): Promise<string[]> =>
  (await page.locator(kind).allInnerTexts()).map((line) => line.trimEnd());
const NODE = 'a node of the ward';
const withNode = async (name: string, host = '10.1.2.3'): Promise<string> => {
  const nodes = JSON.parse(await textOf('nodes')) as object[];
  return JSON.stringify([...nodes, { name, aeTitle: 'WARD', host, port: 104, roles: ['source'] }]);
};
const EDIT_NODES = '/configuration/edit?section=nodes';

test('a section is edited as text: checked while it is typed, saved with a reason, and counts', async () => {
  const { page, errors } = await chromium.open(site, 'administrator');
  await page.goto('/configuration');
  await page.getByRole('link', { name: /Edit as text\s*: Nodes/ }).click();
  const field = page.getByLabel('Text', { exact: true });
  await field.fill('[{');
  await page.getByText('Not valid:').waitFor();
  await field.fill(await withNode('ward'));
  await page.locator('#checked ins').first().waitFor();
  await page.getByLabel('Reason or ticket').fill('CHG-1042: the ward sends directly');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Nodes is changed.').waitFor();
  expect(await linesOf(page, 'ins')).toContain('+     "name": "ward",');
  expect(await textOf('nodes')).toContain('"ward"');
  await page.getByText('CHG-1042: the ward sends directly').waitFor();
  expect(errors).toEqual([]);
});

test('rules keep their line ends, and only the line that was typed differs', async () => {
  const { page } = await chromium.open(site, 'administrator');
  const before = await textOf('rules/roi');
  await page.goto('/configuration/edit?section=rules%2Froi');
  await page.getByLabel('Text', { exact: true }).fill(`${before}# looked through in March\n`);
  await page.getByLabel('Reason or ticket').fill('looked through');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Rules: region of interest is changed.').waitFor();
  expect(await linesOf(page, 'ins')).toEqual(['+ # looked through in March']);
  expect(await page.locator('del').count()).toBe(0);
  expect(await textOf('rules/roi')).toBe(`${before}# looked through in March\n`);
});

test('what somebody else changed meanwhile is shown, and what was typed is still there', async () => {
  const { page } = await chromium.open(site, 'administrator');
  await page.goto(EDIT_NODES);
  const mine = await withNode('mine');
  await change('nodes', await withNode('theirs'), 'quicker');
  await page.getByLabel('Text', { exact: true }).fill(mine);
  await page.getByLabel('Reason or ticket').fill('slower');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('somebody else changed this section meanwhile').waitFor();
  expect(await page.getByLabel('Text', { exact: true }).inputValue()).toBe(mine);
  expect(await page.getByLabel('Reason or ticket').inputValue()).toBe('slower');
  expect(await textOf('nodes')).not.toContain('"mine"');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Nodes is changed.').waitFor();
  expect(await textOf('nodes')).toContain('"mine"');
});

test('what is refused comes back with the reason, also without a script', async () => {
  const answer = await site.call('/configuration/edit', {
    as: 'administrator',
    form: { section: 'model', text: 'id: [', reason: 'why', step: 'check', basedOn: '' },
  });
  const page = await answer.text();
  expect(page).toContain('Not valid:');
  expect(page).toContain('id: [</textarea>');
});

test('a change is restored by keyboard alone, and the history tells it', async () => {
  const before = await textOf('nodes');
  const id = await change('nodes', await withNode('to-be-restored'), 'by mistake');
  const { page } = await chromium.open(site, 'administrator');
  await page.goto(`/configuration/changes/${id}`);
  await page.getByText('Restore what was before').first().focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('it was a mistake');
  await page.keyboard.press('Enter');
  await page.getByText('Nodes is changed.').waitFor();
  expect(await textOf('nodes')).toBe(before);
  await page.goto('/configuration?section=nodes');
  expect(await page.locator('table').last().locator('tbody tr').first().textContent()).toContain('restored');
});

test('what was exported is imported after a look at what it would change', async () => {
  const { page, errors } = await chromium.open(site, 'administrator');
  await page.goto('/configuration');
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export as a file' }).click();
  const path = await (await downloading).path();
  const id = await change('nodes', await withNode('after-the-export'), 'to be undone');
  await page.getByRole('link', { name: 'Import…' }).click();
  await page.getByLabel('File').setInputFiles(path);
  await page.getByRole('button', { name: 'Show what would change' }).click();
  await page.getByRole('heading', { name: 'Nodes' }).waitFor();
  expect(await linesOf(page, 'del')).toContain('-     "name": "after-the-export",');
  expect(await textOf('nodes')).toContain('after-the-export');
  await page.getByLabel('Reason or ticket').fill('back to the export');
  await page.getByRole('button', { name: 'Take it over' }).click();
  await page.getByText('Taken over: Nodes.').waitFor();
  expect(await textOf('nodes')).not.toContain('after-the-export');
  await page.goto(`/configuration/changes/${id + 1}`);
  await page.getByText('by an import').waitFor();
  expect(errors).toEqual([]);
});

test('secrets are never shown, and hostile values are only text', async () => {
  const nodes = JSON.parse(await withNode('hostile', '<script>alert(1)</script>\u202e'));
  nodes.at(-1).auth = { bearer: 'a secret of the phantom' };
  nodes.at(-1).dicomweb = 'http://10.0.0.9/';
  const { page, errors } = await chromium.open(site, 'administrator');
  await page.goto(EDIT_NODES);
  await page.getByLabel('Text', { exact: true }).fill(JSON.stringify(nodes));
  await page.getByRole('button', { name: 'Check only' }).click();
  await page.waitForLoadState();
  expect(await page.locator('main script').count()).toBe(0);
  await page.goto('/configuration/import');
  await page
    .getByLabel('Or its text')
    .fill(`# </textarea><script>alert(1)</script>\u202e\n${'x'.repeat(65_536)}`);
  await page.getByRole('button', { name: 'Show what would change' }).click();
  await page.getByText('Not valid:').waitFor();
  expect(await page.locator('main script').count()).toBe(0);
  expect(errors.filter((error) => !/status of 4\d\d/.test(error))).toEqual([]);
});

test('nobody but an administrator sees the configuration', async () => {
  for (const role of ['viewer', 'operator'] as const) {
    const { page } = await chromium.open(site, role);
    await page.goto('/');
    expect(await page.getByRole('link', { name: 'Configuration' }).count()).toBe(0);
    expect((await page.goto('/configuration'))?.status()).toBe(403);
    expect((await page.goto(EDIT_NODES))?.status()).toBe(403);
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing, and everything fits, in ${colorScheme}`, async () => {
    const id = await change('nodes', await withNode(`ward-${colorScheme}`), `CHG-1101: ${NODE}`);
    for (const viewport of [undefined, TABLET]) {
      const screen = await chromium.open(site, 'administrator', {
        colorScheme,
        ...(viewport ? { viewport } : {}),
      });
      for (const path of [
        '/configuration',
        `/configuration/changes/${id}`,
        EDIT_NODES,
        '/configuration/import',
      ]) {
        await screen.page.goto(path);
        expect(await screen.axe(), path).toEqual([]);
        expect(await screen.fits(), path).toBe(true);
        if (viewport || colorScheme === 'dark') continue;
        if (path === '/configuration') await screen.shoot('admin-configuration');
        if (path.includes('changes')) await screen.shoot('admin-configuration-change');
      }
    }
  });
}

test('a change waits for another administrator, who approves it; its author cannot', async () => {
  await using second = await startService({ admin: { secondApprover: true } });
  const there = await openSite({ dataDir: second.dataDir, httpPort: second.service.httpPort });
  const before = await textOf('rules/roi', there);
  const byToken = await there.json<{ secret: string }>('/api/tokens', {
    as: 'administrator',
    json: { name: 'deployment', role: 'administrator', days: 1, reason: 'CHG-7' },
  });
  const answer = await fetch(`${there.url}/api/configuration/sections`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${byToken.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ section: 'rules/roi', text: `${before}# theirs\n`, reason: 'CHG-8' }),
  });
  expect(answer.status).toBe(200);
  const { page } = await chromium.open(there, 'administrator');
  await page.goto('/configuration');
  await page.getByText('What it changes').click();
  await page.locator('ins', { hasText: '# theirs' }).waitFor();
  await page.getByRole('button', { name: 'Approve change' }).click();
  await page.getByText('The change is approved').waitFor();
  expect(await textOf('rules/roi', there)).toBe(`${before}# theirs\n`);
  const own = await change('rules/roi', `${before}# mine\n`, 'CHG-9', there);
  await page.goto(`/configuration/changes/${own}`);
  expect(await page.getByRole('button', { name: 'Approve change' }).count()).toBe(0);
  await page.getByText('Reject').first().click();
  await page.getByLabel('Reason or ticket').first().fill('not needed any more');
  await page.getByRole('button', { name: 'Reject' }).click();
  await page.getByText('The change is rejected.').waitFor();
  expect(await textOf('rules/roi', there)).toBe(`${before}# theirs\n`);
});

test('in a locked installation nothing is offered, and it is said why', async () => {
  await using locked = await startService({ admin: { locked: true } });
  const there = await openSite({ dataDir: locked.dataDir, httpPort: locked.service.httpPort });
  const { page } = await chromium.open(there, 'administrator');
  for (const path of ['/configuration', '/configuration/changes/1', EDIT_NODES]) {
    await page.goto(path);
    await page.getByText('Changes are locked').waitFor();
    expect(await page.locator('main form').count()).toBe(0);
  }
});

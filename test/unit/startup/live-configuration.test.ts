import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { stringify } from 'yaml';

import { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { sameConfiguration } from '../../../src/catalogue/same-configuration.ts';

import { digestOf } from '../../../src/dicom/uid.ts';
import type { Sql } from '../../../src/ports.ts';
import { add, type OpenedCatalogue } from '../catalogue/opened.ts';
import { BY, emptyDatabase, opened, PACS } from './live.ts';

let sql: Sql;
beforeEach(async () => {
  sql = await emptyDatabase();
});
afterEach(() => sql.close());

const nodesOf = (...nodes: readonly object[]) => JSON.stringify(nodes);
const OTHER = { ...PACS, name: 'other', host: '10.0.0.2' };
const ROI = readFileSync('rules/roi.yaml', 'utf8');

describe('the file', () => {
  test('seeds every section, and says so in the history', async () => {
    const live = await opened(sql, { nodes: [PACS] });
    expect(live.current().config.nodes.map(({ name }) => name)).toEqual(['pacs']);
    const history = await live.history({ limit: 10 });
    expect(history.map(({ section }) => section).sort()).toEqual(
      ['model', 'nodes', 'notifications', 'rules/baseline', 'rules/eligibility', 'rules/roi'].sort(),
    );
    expect(history[0]).toMatchObject({ author: 'configuration file', source: 'file', before: null });
    expect(live.section('rules/roi').text).toBe(ROI);
  });

  test('that says what it said keeps what was changed in the browser', async () => {
    await (await opened(sql, { nodes: [PACS] })).propose('nodes', nodesOf(PACS, OTHER), BY);
    const again = await opened(sql, { nodes: [PACS] });
    expect(again.current().config.nodes).toHaveLength(2);
    expect(await again.history({ limit: 10 })).toHaveLength(7);
  });

  test('that was edited counts again, with what it took the place of', async () => {
    await (await opened(sql, { nodes: [PACS] })).propose('nodes', nodesOf(PACS, OTHER), BY);
    const again = await opened(sql, { nodes: [{ ...PACS, port: 105 }] });
    expect(again.current().config.nodes).toMatchObject([{ name: 'pacs', port: 105 }]);
    const [last] = await again.history({ section: 'nodes', limit: 1 });
    expect(last?.author).toBe('configuration file');
    expect(JSON.parse(last?.before ?? '')).toHaveLength(2);
  });

  test('that says the same in other words changes nothing', async () => {
    await opened(sql, { nodes: [PACS] });
    const { roles, ...rest } = PACS;
    const again = await opened(sql, { nodes: [{ roles, ...rest }] });
    expect(await again.history({ limit: 10 })).toHaveLength(6);
  });

  test('always counts where changes are locked, and every change is refused', async () => {
    await (await opened(sql, { nodes: [PACS] })).propose('nodes', nodesOf(PACS, OTHER), BY);
    const locked = await opened(sql, { nodes: [PACS], admin: { locked: true } });
    expect(locked.current().config.nodes).toHaveLength(1);
    const { id } = (await locked.history({ section: 'nodes', limit: 1 }))[0]!;
    for (const attempt of [
      () => locked.propose('nodes', '[]', BY),
      () => locked.restore(id, 'before', BY),
      () => locked.importYaml('nodes: []', BY),
      () => locked.approve(id, 'bob'),
      () => locked.reject(id, 'bob', ''),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'ADMIN_LOCKED' });
  });
});

describe('a change', () => {
  test('counts at once, is told to who listens, and stands in the history with author and reason', async () => {
    const live = await opened(sql, { nodes: [PACS] });
    const told: unknown[] = [];
    live.onChange((now, before, changed) =>
      told.push([before.config.nodes.length, now.config.nodes.length, changed]),
    );
    const made = await live.propose('nodes', nodesOf(PACS, OTHER), BY);
    expect(made).toMatchObject({ state: 'applied', author: 'ada', reason: 'ticket 7', source: 'browser' });
    expect(live.current()).toMatchObject({ version: made.id, config: { nodes: [{}, { name: 'other' }] } });
    expect(told).toEqual([[1, 2, ['nodes']]]);
  });

  test.each([
    ['nodes', '- name: pacs\n  roles: [destination]\n  port: many\n', 'CONFIG_INVALID', 'nodes:3:9 0.port'],
    [
      'nodes',
      '- {name: pacs, aeTitle: A, roles: [source], tls: {ca: [none.pem]}}',
      'TLS_FILES_INVALID',
      'none.pem',
    ],
    ['model', 'id: no-such-model', 'MODEL_INVALID', 'no-such-model'],
    ['model', 'shadow: {id: no-such-model}', 'MODEL_INVALID', 'no-such-model'],
    ['model', `sha256: ${'ab'.repeat(32)}`, 'MODEL_CHANGED', 'ear-delta-2023.json has the SHA-256'],
    ['notifications', 'webhook: {url: "ftp://x"}', 'CONFIG_INVALID', 'notifications:1:16 webhook.url'],
    ['rules/roi', 'version: 1\ncodes: 7\n', 'RULES_INVALID', 'rules/roi.yaml:2:8 codes'],
    ['rules/roi', ROI.replace('|lesion|', '|'), 'RULES_INVALID', 'rules/roi.yaml: "'],
  ] as const)('of %s that is wrong is refused with where it is (%#)', async (section, text, code, where) => {
    const live = await opened(sql);
    const before = live.section(section);
    await expect(live.propose(section, text, BY)).rejects.toMatchObject({
      code,
      detail: expect.stringContaining(where),
    });
    expect(live.section(section)).toEqual(before);
    expect(await live.history({ limit: 10 })).toHaveLength(6);
  });

  test('names certificate files from the folder of the file, and keeps them as they were written', async () => {
    const live = await opened(sql, {}, resolve('test/fixtures'));
    const web = { name: 'web', dicomWeb: 'https://x/', roles: ['archive'], tls: { ca: ['tls/ca.pem'] } };
    await live.propose('nodes', nodesOf(web), BY);
    expect(live.current().config.nodes[0]?.tls?.ca).toEqual([resolve('test/fixtures/tls/ca.pem')]);
    expect(live.exportYaml()).toContain('- tls/ca.pem');
  });

  test('that one listener cannot follow is told to the others', async () => {
    const live = await opened(sql);
    const told: number[] = [];
    live.onChange(() => {
      throw new Error('no');
    });
    live.onChange(({ version }) => told.push(version));
    const { id } = await live.propose('nodes', nodesOf(PACS), BY);
    expect(told).toEqual([id]);
  });

  test('that changes nothing is refused', async () => {
    const live = await opened(sql, { nodes: [PACS] });
    await expect(live.propose('nodes', JSON.stringify([PACS], null, 7), BY)).rejects.toMatchObject({
      code: 'CHANGE_EMPTY',
    });
  });

  test('of something that somebody else changed meanwhile is refused', async () => {
    const live = await opened(sql, { nodes: [PACS] });
    const seen = { ...BY, basedOn: live.section('nodes').digest };
    await live.propose('nodes', nodesOf(PACS, OTHER), seen);
    await expect(live.propose('nodes', nodesOf(OTHER), seen)).rejects.toMatchObject({
      code: 'CHANGE_CONFLICT',
    });
    await live.propose('nodes', nodesOf(OTHER), { ...BY, basedOn: live.section('nodes').digest });
    expect(live.current().config.nodes).toHaveLength(1);
  });

  test('of two made at once from the same sight, one counts', async () => {
    const live = await opened(sql, { nodes: [PACS] });
    const seen = { ...BY, basedOn: live.section('nodes').digest };
    const both = await Promise.allSettled([
      live.propose('nodes', nodesOf(OTHER), seen),
      live.propose('nodes', nodesOf(PACS, OTHER), seen),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  test('of rules that could take very long is refused before anything of it is tried', async () => {
    const slow = `version: 1
codes: []
interpretedTypes: []
include: ['^(a+)+$']
exclude: []
examples:
  - title: never tried
    regions: [{number: 1, name: ${'a'.repeat(60)}!}]
    chosen: none
`;
    const live = await opened(sql);
    const refused = { code: 'RULES_INVALID', detail: expect.stringContaining('rules/roi.yaml:4:') };
    const document = stringify({ rules: { 'roi.yaml': slow } });
    expect(() => live.plan('rules/roi', slow)).toThrow(expect.objectContaining(refused));
    expect(() => live.planImport(document)).toThrow(expect.objectContaining(refused));
    await expect(live.propose('rules/roi', slow, BY)).rejects.toMatchObject(refused);
    await expect(live.importYaml(document, BY)).rejects.toMatchObject(refused);
    // As an earlier version may have kept it.
    await sql.query(`UPDATE "configurationChange" SET "before" = $1 WHERE "section" = 'rules/roi'`, [slow]);
    const [{ id } = { id: 0 }] = await live.history({ section: 'rules/roi', limit: 1 });
    await expect(live.restore(id, 'before', BY)).rejects.toMatchObject(refused);
    expect(live.section('rules/roi').text).toBe(ROI);
  });

  test('of rules keeps their text, comments and all, and names its digest', async () => {
    const live = await opened(sql);
    const before = live.current().rules.roi.sha256;
    const text = `${ROI}# ours\n`;
    const { id } = await live.propose('rules/roi', text, BY);
    expect(live.section('rules/roi').text).toBe(text);
    expect(live.current().rules.roi.sha256).not.toBe(before);
    const restored = await live.restore(id, 'before', { author: 'bob', reason: 'a mistake' });
    expect(restored).toMatchObject({ source: 'restore', author: 'bob', before: text, after: ROI });
    expect(live.current().rules.roi.sha256).toBe(before);
    await expect(live.restore(id, 'before', BY)).rejects.toMatchObject({ code: 'CHANGE_EMPTY' });
  });

  test('of rules that came with Earshot outlives a version that brings others', async () => {
    const live = await opened(sql);
    await live.propose('rules/roi', `${ROI}# ours\n`, BY);
    await sql.query(`UPDATE "configurationSection" SET "seedDigest" = 'of an earlier version'`);
    expect((await opened(sql)).section('rules/roi').text).toBe(`${ROI}# ours\n`);
  });

  test('of rules that nobody changed here comes with the version', async () => {
    await opened(sql);
    const earlier = `${ROI}# of an earlier version\n`;
    await sql.query(
      `UPDATE "configurationSection" SET "value" = $1, "seedDigest" = $2 WHERE "section" = 'rules/roi'`,
      [earlier, digestOf(earlier)],
    );
    expect((await opened(sql)).section('rules/roi').text).toBe(ROI);
  });
});

describe('a second approver', () => {
  const file = { nodes: [PACS], admin: { secondApprover: true } };

  test('is another person: until then nothing counts', async () => {
    const live = await opened(sql, file);
    const { id, state } = await live.propose('nodes', nodesOf(PACS, OTHER), BY);
    expect(state).toBe('pending');
    expect(live.current().config.nodes).toHaveLength(1);
    await expect(live.approve(id, 'ada')).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' });
    expect(await live.approve(id, 'bob')).toMatchObject({ state: 'applied', decidedBy: 'bob' });
    expect(live.current()).toMatchObject({ version: id, config: { nodes: [{}, {}] } });
    await expect(live.approve(id, 'bob')).rejects.toMatchObject({ code: 'CHANGE_CONFLICT' });
    expect(await live.pending()).toEqual([]);
  });

  test('cannot approve what was made to something else than stands there now', async () => {
    const live = await opened(sql, file);
    const first = await live.propose('nodes', nodesOf(PACS, OTHER), BY);
    const second = await live.propose('nodes', nodesOf(OTHER), BY);
    expect((await live.pending()).map(({ id }) => id)).toEqual([first.id, second.id]);
    await live.approve(second.id, 'bob');
    await expect(live.approve(first.id, 'bob')).rejects.toMatchObject({ code: 'CHANGE_CONFLICT' });
    const rejected = await live.reject(first.id, 'bob', 'too late');
    expect(rejected).toMatchObject({ state: 'rejected', reason: 'ticket 7 (rejected: too late)' });
    expect(live.current().config.nodes).toMatchObject([{ name: 'other' }]);
  });

  test('is asked for what is restored and imported, too', async () => {
    const live = await opened(sql, file);
    const { id } = await live.propose('nodes', '[]', BY);
    expect(await live.restore(id, 'after', BY)).toMatchObject({ state: 'pending' });
    expect(await live.importYaml('nodes: []', BY)).toMatchObject([{ state: 'pending' }]);
    expect(live.current().config.nodes).toHaveLength(1);
  });
});

describe('secrets', () => {
  const WEB = { name: 'web', dicomWeb: 'https://x/', roles: ['destination'], auth: { bearer: 'SECRET-1' } };
  const notifications = { webhook: { url: 'https://x/', secret: 'SECRET-2-of-sixteen' } };
  const file = { nodes: [WEB], notifications };

  test('are never shown, in sections, history, plans or exports', async () => {
    const live = await opened(sql, file);
    await live.propose('nodes', nodesOf({ ...WEB, auth: { user: 'u', password: 'SECRET-3' } }), BY);
    const plan = live.plan('nodes', nodesOf({ ...WEB, auth: { user: 'u', password: 'SECRET-4' } }));
    expect(plan).toMatchObject({ changesSecrets: true });
    const shown = [plan, live.sections(), await live.history({ limit: 20 }), live.exportYaml()];
    expect(JSON.stringify(shown)).not.toContain('SECRET');
    expect(live.exportYaml()).toContain('password: (kept)');
  });

  test('stay when what was shown comes back', async () => {
    const live = await opened(sql, file);
    await live.propose('nodes', live.section('nodes').text.replace('https://x/', 'https://x/rs'), BY);
    expect(live.current().config.nodes).toMatchObject([
      { dicomWeb: 'https://x/rs', auth: { bearer: 'SECRET-1' } },
    ]);
  });

  test('of a node go to no other server, and to nobody else there, whichever way it is changed', async () => {
    const auth = { user: 'u', password: 'SECRET-3' };
    const live = await opened(sql, { nodes: [{ ...WEB, auth }] });
    const refused = { code: 'CONFIG_INVALID', detail: expect.stringContaining('give the secret again') };
    const { text } = live.section('nodes');
    for (const [from, to] of [
      ['https://x/', 'https://thief/'],
      ['https://x/', 'https://x:8443/'],
      ['https://x/', 'http://x/'],
      ['"u"', '"v"'],
    ] as const) {
      expect(() => live.plan('nodes', text.replace(from, to))).toThrow(expect.objectContaining(refused));
      await expect(live.propose('nodes', text.replace(from, to), BY)).rejects.toMatchObject(refused);
    }
    const [node] = JSON.parse(text) as [object];
    const vouched = JSON.stringify([{ ...node, tls: { ca: ['/anybody.pem'] } }]);
    await expect(live.propose('nodes', vouched, BY)).rejects.toMatchObject(refused);
    const document = live.exportYaml().replace('https://x/', 'https://thief/');
    await expect(live.importYaml(document, BY)).rejects.toMatchObject(refused);
    await live.propose('nodes', text.replace('https://x/', 'https://y/').replace('(kept)', 'SECRET-4'), BY);
    expect(live.current().config.nodes).toMatchObject([{ dicomWeb: 'https://y/', auth: { user: 'u' } }]);
  });

  test('of messages go to no other server, and not with less protection', async () => {
    const email = { host: 'mail', user: 'u', password: 'SECRET-5', from: 'a@b.example', to: ['c@d.example'] };
    const live = await opened(sql, { notifications: { ...notifications, email } });
    const shown = { ...notifications, email: { ...email, password: '(kept)' } };
    const propose = (said: object) =>
      live.propose('notifications', JSON.stringify({ ...shown, ...said }), BY);
    for (const other of [{ host: 'thief' }, { port: 25 }, { user: 'v' }, { requireTls: false }])
      await expect(propose({ email: { ...shown.email, ...other } })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      });
    await expect(propose({ webhook: { url: 'https://thief/', secret: '(kept)' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    // A default that is written out is no other address.
    await propose({ email: { ...shown.email, port: 587, requireTls: true }, includePatientData: true });
    expect(live.current().config.notifications).toMatchObject({ email: { password: 'SECRET-5' } });
  });

  test('of a node under another name are not known: the answer says whose', async () => {
    const live = await opened(sql, file);
    const text = live.section('nodes').text.replace('"web"', '"net"');
    await expect(live.propose('nodes', text, BY)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      detail: 'nodes: no secret is kept here for net.auth.bearer',
    });
  });

  test('that a file says are kept are those of the data folder, or it is refused', async () => {
    await opened(sql, file);
    const kept = { nodes: [{ ...WEB, auth: { bearer: '(kept)' }, dicomWeb: 'https://x/z' }] };
    const again = await opened(sql, { ...kept, notifications });
    expect(again.current().config.nodes).toMatchObject([{ dicomWeb: 'https://x/z', auth: WEB.auth }]);
    const empty = await emptyDatabase();
    await expect(opened(empty, kept)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await empty.close();
  });
});

describe('an export', () => {
  test('imported where it came from changes nothing', async () => {
    const live = await opened(sql, { nodes: [PACS], model: { prevalence: 0.4 } });
    expect(live.planImport(live.exportYaml())).toEqual([]);
    await expect(live.importYaml(live.exportYaml(), BY)).rejects.toMatchObject({ code: 'CHANGE_EMPTY' });
  });

  test('imported elsewhere gives just the same, rules to the letter', async () => {
    const from = await opened(sql, { nodes: [PACS], model: { prevalence: 0.4 } });
    await from.propose('rules/roi', `${ROI}# ours: "x" \\ y\n\n`, BY);
    const elsewhere = await emptyDatabase();
    const to = await opened(elsewhere);
    const document = from.exportYaml();
    expect(to.planImport(document).map(({ section }) => section)).toEqual(['nodes', 'model', 'rules/roi']);
    const made = await to.importYaml(document, BY);
    expect(made.map(({ source }) => source)).toEqual(['import', 'import', 'import']);
    expect(to.exportYaml()).toBe(document);
    expect(to.current().rules.roi.sha256).toBe(from.current().rules.roi.sha256);
    await elsewhere.close();
  });

  test('of which a part is wrong changes nothing at all', async () => {
    const live = await opened(sql, { nodes: [PACS] });
    for (const [document, where] of [
      ['nodes: []\nmodel: {id: no-such-model}', 'no-such-model'],
      ['nodes: []\nmodel: {prevalence: 2}', 'import:2:21 model.prevalence'],
      ['nodes: []\ndataDir: /x', 'import:2:1 dataDir'],
      ['nodes: []\nrules: {mine.yaml: x}', 'import:2:9 rules.mine.yaml'],
    ] as const)
      await expect(live.importYaml(document, BY)).rejects.toMatchObject({
        detail: expect.stringContaining(where),
      });
    expect(live.current().config.nodes).toHaveLength(1);
  });
});

test('pages of the history follow each other', async () => {
  const live = await opened(sql);
  const first = await live.history({ limit: 4 });
  const rest = await live.history({ limit: 4, beforeId: first.at(-1)!.id });
  expect([...first, ...rest].map(({ id }) => id)).toEqual([6, 5, 4, 3, 2, 1]);
});

test('what decides a case is what is kept, however it came there: at the start, by a change, an approval, or a restart', async () => {
  const study = { StudyInstanceUID: '2.25.1', SeriesInstanceUID: '2.25.2' };
  await add({ catalogue: new Catalogue(sql, () => new Date(0)) } as OpenedCatalogue, '2.25.3', study);
  const isSame = (live: Awaited<ReturnType<typeof opened>>, then = live.current().decisive) =>
    sql.batch(sameConfiguration('2.25.1', then));
  const live = await opened(sql);
  const first = live.current().decisive;
  expect(await isSame(live)).toBe(true);
  await live.propose('rules/roi', `${ROI}\n# one`, BY);
  expect([await isSame(live), await isSame(live, first)]).toEqual([true, false]);
  const checked = await opened(sql, { admin: { secondApprover: true } });
  const { id } = await checked.propose('rules/roi', `${ROI}\n# two`, BY);
  const before = checked.current().decisive;
  expect(await isSame(checked)).toBe(true);
  await checked.approve(id, 'bob');
  expect([await isSame(checked), await isSame(checked, before)]).toEqual([true, false]);
  expect(await isSame(await opened(sql))).toBe(true);
});

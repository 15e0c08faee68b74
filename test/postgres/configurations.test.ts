import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPostgres } from '../../adapters/database/postgres.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import type { Sql } from '../../src/ports.ts';
import type { LiveConfiguration } from '../../src/startup/live-configuration.ts';
import { loadMigrations } from '../../src/startup/load.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { BY, opened, PACS } from '../unit/startup/live.ts';

const OTHER = { ...PACS, name: 'other', host: '10.0.0.2' };
const nodesOf = (...nodes: readonly object[]) => JSON.stringify(nodes);
const names = (live: LiveConfiguration) => live.current().config.nodes.map(({ name }) => name);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (thrown: { code?: string }) => thrown.code,
  );

describe.skipIf(postgresMissing())('the configuration of two processes', () => {
  let sqls: Sql[];
  beforeEach(async () => {
    const database = await newDatabase();
    sqls = await Promise.all([1, 2, 3, 4].map(() => openPostgres(database, { maxConnections: 2 })));
    await migrate(sqls[0] as Sql, loadMigrations(), new Date(0));
  });
  afterEach(async () => {
    for (const sql of sqls) await sql.close();
  });
  const two = async (file: Readonly<Record<string, unknown>> = { nodes: [PACS] }) => {
    const [a, b] = sqls as [Sql, Sql];
    return [await opened(a, file), await opened(b, file)] as const;
  };

  test('is seeded once by processes that start at once', async () => {
    const all = await Promise.all(sqls.map((sql) => opened(sql, { nodes: [PACS] })));
    for (const live of all) expect(names(live)).toEqual(['pacs']);
    expect(await all[0]?.history({ limit: 100 })).toHaveLength(6);
  });

  test('is the same after a refresh, whoever changed it; listeners hear of it once', async () => {
    const [one, other] = await two();
    const heard: string[] = [];
    other.onChange((now, before, changed) =>
      heard.push(`${changed} ${before.config.nodes.length} ${now.config.nodes.length}`),
    );
    expect(await other.refresh()).toBe(false);
    await one.propose('nodes', nodesOf(PACS, OTHER), BY);
    expect(names(other)).toEqual(['pacs']);
    expect(await other.refresh()).toBe(true);
    expect(await other.refresh()).toBe(false);
    expect(await one.refresh()).toBe(false);
    expect(names(other)).toEqual(['pacs', 'other']);
    expect(other.current().version).toBe(one.current().version);
    expect(other.section('nodes')).toEqual(one.section('nodes'));
    expect(heard).toEqual(['nodes 1 2']);
  });

  test('a change of what another process changed is refused, and seen by the next try', async () => {
    const [one, other] = await two();
    const seen = other.section('nodes').digest;
    await one.propose('nodes', nodesOf(OTHER), BY);
    const late = other.propose('nodes', nodesOf(PACS, OTHER), { ...BY, basedOn: seen });
    expect(await codeOf(late)).toBe('CHANGE_CONFLICT');
    const now = other.section('nodes');
    expect(names(other)).toEqual(['other']);
    await other.propose('nodes', nodesOf(PACS, OTHER), { ...BY, basedOn: now.digest });
    await one.refresh();
    expect(names(one)).toEqual(['pacs', 'other']);
  });

  test('changes made at once are one after the other: none is lost, each has its line', async () => {
    const [one, other] = await two();
    const notifications = JSON.stringify({ dailyHour: 7 });
    const before = (await one.history({ limit: 100 })).length;
    const made = await Promise.all([
      codeOf(one.propose('nodes', nodesOf(PACS, OTHER), BY)),
      codeOf(other.propose('notifications', notifications, BY)),
      codeOf(one.propose('nodes', nodesOf(OTHER), { ...BY, basedOn: one.section('nodes').digest })),
      codeOf(other.propose('nodes', nodesOf(PACS), { ...BY, basedOn: other.section('nodes').digest })),
    ]);
    await Promise.all([one.refresh(), other.refresh()]);
    const done = made.filter((code) => code === 'done').length;
    expect(await one.history({ limit: 100 })).toHaveLength(before + done);
    expect(one.sections()).toEqual(other.sections());
    expect(names(one)).toEqual(names(other));
  });

  test('what one process has waiting, another approves or turns down', async () => {
    const [one, other] = await two({ nodes: [PACS], admin: { secondApprover: true } });
    const first = await one.propose('nodes', nodesOf(OTHER), BY);
    expect((await other.pending()).map(({ id }) => id)).toEqual([first.id]);
    const answers = await Promise.all([
      codeOf(other.approve(first.id, 'bob')),
      codeOf(one.reject(first.id, 'carol', 'no')),
    ]);
    expect(answers.sort()).toEqual(['CHANGE_CONFLICT', 'done']);
    await Promise.all([one.refresh(), other.refresh()]);
    const { state } = (await one.history({ limit: 1, section: 'nodes' }))[0] ?? {};
    expect(names(one)).toEqual(state === 'applied' ? ['other'] : ['pacs']);
    expect(names(other)).toEqual(names(one));
  });

  test('what a process cannot follow leaves it what it had, says so, and is tried again', async () => {
    const [one, other] = await two();
    let isBroken = true;
    other.onChange(() => {
      if (isBroken) throw new Error('not here');
    });
    await one.propose('nodes', nodesOf(OTHER), BY);
    expect(await other.refresh()).toBe(false);
    expect(other.problem?.code).toBe('INTERNAL');
    expect(await other.refresh()).toBe(false);
    isBroken = false;
    expect(await other.refresh()).toBe(true);
    expect(other.problem).toBeUndefined();
  });

  test('a model whose file is not there yet is followed when it is', async () => {
    const [one, other] = await two();
    const was = other.current().model.value.id;
    const [sql] = sqls as [Sql];
    const good = one.section('model').text;
    const bad = JSON.stringify({ ...JSON.parse(good), id: 'not-here-yet' });
    const put = (text: string, at: number) =>
      sql.query(
        `UPDATE "configurationSection" SET "value" = $1, "changedAt" = $2 WHERE "section" = 'model'`,
        [text, at],
      );
    await put(bad, 1);
    expect(await other.refresh()).toBe(false);
    expect(other.problem?.code).toBe('MODEL_INVALID');
    expect(other.current().model.value.id).toBe(was);
    expect(await codeOf(other.propose('nodes', nodesOf(OTHER), BY))).toBe('MODEL_INVALID');
    await put(good, 2);
    expect(await other.refresh()).toBe(false);
    expect(other.problem).toBeUndefined();
    expect(await codeOf(other.propose('nodes', nodesOf(OTHER), BY))).toBe('done');
  });
});

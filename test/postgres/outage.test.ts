/** A receiver, a worker and administration whose database goes away, and which are told to stop with things under way. */
import { setTimeout as pause } from 'node:timers/promises';
import type { QueryResultRow } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresMissing } from '../support/databases.ts';
import { type Installation, type Member, newInstallation } from '../support/killable-installation.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { askPostgres, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { NORMALISATION, pacsNode } from '../support/running-service.ts';
import { type Reply, type ScriptedArchive, startScriptedArchive } from '../support/scripted-archive.ts';
import { Sender } from '../support/stubborn-sender.ts';
import { until } from '../support/until.ts';

/** Longer than the leases of processes and duties. */
const AWAY_MS = 20_000;
const withinMs = 90_000;

describe.skipIf(postgresMissing())('three processes and a database', { timeout: 300_000 }, () => {
  let server: PostgresServer;
  let archive: ScriptedArchive;
  let installation: Installation;
  let reply: Reply = { status: 0 };
  const member = (role: Member['role']): Member =>
    installation.members.find((each) => each.role === role) as Member;

  beforeAll(async () => {
    server = (await startPostgres({ synchronous_commit: 'on' })) as PostgresServer;
    archive = await startScriptedArchive(() => reply);
    installation = await newInstallation(['receive', 'work', 'admin'], {
      database: server.url,
      databaseConnections: 4,
      completeness: { quietPeriodSeconds: 1 },
      nodes: [pacsNode(archive)],
      model: { normalisation: NORMALISATION },
      delivery: { firstPauseSeconds: 0.2, maxPauseSeconds: 1, timeoutSeconds: 60 },
      limits: { minFreeMiB: 0 },
    });
    await Promise.all(installation.members.map((each) => each.start()));
  }, 180_000);
  afterAll(async () => {
    await installation?.[Symbol.asyncDispose]();
    await archive?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const ask = <Row extends QueryResultRow>(text: string, values: readonly string[] = []): Promise<Row[]> =>
    askPostgres(server.url, text, values);
  const send = ({ baseline, followUp }: PhantomCase): Promise<void> =>
    new Sender([member('receive')]).sendStudy([...baseline.all, ...followUp.all], 3);
  const deliveryOf = async ({ followUp }: PhantomCase) => {
    const rows = await ask<{ state: string; SOPInstanceUID: string }>(
      'SELECT "state", "SOPInstanceUID" FROM "delivery" WHERE "StudyInstanceUID" = $1',
      [followUp.StudyInstanceUID],
    );
    expect(rows.length).toBeLessThan(2);
    return rows[0];
  };
  const delivered = (one: PhantomCase) =>
    until(
      'the delivery',
      async () => {
        const row = await deliveryOf(one);
        return row?.state === 'delivered' ? row : undefined;
      },
      { withinMs, everyMs: 200 },
    ).catch((thrown) => {
      throw new Error(installation.members.map((each) => each.log().slice(-3000)).join('\n==\n'), {
        cause: thrown,
      });
    });
  const status = async ({ httpPort }: Member, path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${httpPort}${path}`, { signal: AbortSignal.timeout(20_000) })).status;
  /** The PACS has the object and has not answered. */
  const underWay = async (one: PhantomCase): Promise<void> => {
    const before = archive.attempts();
    await send(one);
    await until('a report at the PACS', async () => archive.attempts() > before || undefined, { withinMs });
  };

  test('a report whose sending SIGTERM ends is sent again, the same one, by who comes next', async () => {
    const one = phantomCase('stopped-in-delivery');
    reply = 'silent';
    await underWay(one);
    await member('work').stop('SIGTERM');
    expect((await deliveryOf(one))?.state).toBe('waiting');
    expect(await ask(`SELECT 1 FROM pgboss.job WHERE state = 'active'`)).toEqual([]);
    reply = { status: 0 };
    await member('work').start();
    const { SOPInstanceUID } = await delivered(one);
    expect(archive.asked()).toEqual([SOPInstanceUID, SOPInstanceUID]);
  });

  test('a database that is away for longer than a lease loses nothing and sends no second report', async () => {
    const [one, other] = [phantomCase('under-way'), phantomCase('sent-meanwhile')];
    const before = archive.attempts();
    reply = 'silent';
    await underWay(one);
    await server.crash();
    const away = pause(AWAY_MS);
    reply = { status: 0 };
    const sending = send(other);
    await pause(3000);
    for (const each of installation.members) {
      expect([each.name, await status(each, '/healthz')]).toEqual([each.name, 200]);
      expect([each.name, await status(each, '/readyz')]).toEqual([each.name, 503]);
      expect([each.name, await status(each, '/metrics')]).toEqual([each.name, 200]);
    }
    await away;
    await server.startAgain();
    await sending;
    const reports = [await delivered(one), await delivered(other)].map(
      ({ SOPInstanceUID }) => SOPInstanceUID,
    );
    // What the PACS may have got twice is the same object.
    expect(new Set(archive.asked().slice(before))).toEqual(new Set(reports));
    await until(
      "duties to be someone's",
      async () => (await ask(`SELECT 1 FROM "lease" WHERE "name" = 'duties'`))[0],
      {
        withinMs,
      },
    );
    for (const each of installation.members) {
      expect(each.isRunning()).toBe(true);
      expect(await status(each, '/readyz')).toBe(200);
    }
  });

  test('SIGTERM ends processes whose database is gone for good', async () => {
    await send(phantomCase('left-behind'));
    await server.crash();
    await pause(1000);
    await Promise.race([
      Promise.all(installation.members.map((each) => each.stop('SIGTERM'))),
      pause(withinMs, undefined, { ref: false }),
    ]);
    for (const each of installation.members) {
      expect([each.name, each.isRunning()]).toEqual([each.name, false]);
      expect(each.log()).not.toContain(new URL(server.url).password);
      expect(each.log()).not.toMatch(/SECRETNAME|CASE-/);
    }
  });
});

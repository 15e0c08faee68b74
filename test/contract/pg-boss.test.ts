import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openConnection } from '../../adapters/database/postgres-connection.ts';
import { openPgBossQueue, type PgBossOptions } from '../../adapters/queue/pg-boss.ts';
import { openQueueAt } from '../../src/startup/open-database.ts';
import { startChild } from '../support/child.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { keptLog } from '../support/log.ts';

const within = { timeout: 15_000, interval: 20 };
const LEASE_SECONDS = 3;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe.skipIf(postgresMissing())('pg-boss in several processes', () => {
  let url: string;
  let server: pg.Client;
  let parts: AsyncDisposable[] = [];
  const open = async (options: Partial<PgBossOptions> = {}) => {
    const queue = await openQueueAt(url, { log: keptLog(), leaseSeconds: LEASE_SECONDS, ...options });
    parts.push(queue);
    return queue;
  };
  beforeEach(async () => {
    url = await newDatabase();
    server = new pg.Client({ connectionString: url });
    await server.connect();
    parts = [];
  });
  afterEach(async () => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
    await server.end();
  });

  test('of many that put the same job at once, one has put it', async () => {
    const queues = await Promise.all([open(), open(), open()]);
    const put = queues.flatMap((queue) => [1, 2, 3].map(() => queue.put({ kind: 'score', key: 'a' })));
    expect((await Promise.all(put)).filter(Boolean)).toHaveLength(1);
    expect((await queues[0]?.waiting())?.count).toBe(1);
  });

  test('a job is taken at once by a process that has nothing to do, also when another puts it', async () => {
    const [mine, other] = [await open(), await open()];
    const took: number[] = [];
    parts.push(await other.work('score', async () => void took.push(performance.now())));
    const waits: number[] = [];
    for (let at = 0; at < 10; at += 1) {
      const begun = performance.now();
      await mine.put({ kind: 'score', key: `${at}` });
      await vi.waitFor(() => expect(took).toHaveLength(at + 1), within);
      waits.push((took.at(-1) ?? 0) - begun);
    }
    // What is only looked for would wait half a second on average.
    expect(waits.toSorted((a, b) => a - b)[5]).toBeLessThan(450);
  });

  test('every job is run once, one of a key at a time, whoever puts and whoever takes', async () => {
    const queues = await Promise.all([open(), open()]);
    const limit = { concurrency: { assess: () => 4 } };
    const takers = await Promise.all([open(limit), open(limit)]);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const now = new Set<string>();
    const seen = new Map<string, number>();
    const both: string[] = [];
    for (const taker of takers)
      parts.push(
        await taker.work('assess', async ({ key }) => {
          if (now.has(key)) both.push(key);
          now.add(key);
          await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
          seen.set(key, (seen.get(key) ?? 0) + 1);
          now.delete(key);
        }),
      );
    const last = new Map<string, number>();
    for (let round = 0; round < 15; round += 1)
      await Promise.all(
        keys.map(async (key, at) => {
          await queues[(round + at) % 2]?.put({ kind: 'assess', key });
          last.set(key, seen.get(key) ?? 0);
        }),
      );
    // What was put last is seen afterwards: no wake-up is lost.
    await vi.waitFor(async () => {
      for (const key of keys) expect(seen.get(key)).toBeGreaterThan(last.get(key) ?? 0);
      expect((await takers[0]?.waiting())?.count).toBe(0);
    }, within);
    expect(both).toEqual([]);
  });

  test('a job whose key runs holds up no other job', async () => {
    const queue = await open({ concurrency: { assess: () => 2 } });
    const begun: string[] = [];
    let end = () => {};
    parts.push(
      await queue.work('assess', async ({ key }) => {
        begun.push(key);
        if (key === 'long' && begun.length === 1) await new Promise<void>((resolve) => (end = resolve));
      }),
    );
    await queue.put({ kind: 'assess', key: 'long' });
    await vi.waitFor(() => expect(begun).toEqual(['long']), within);
    await queue.put({ kind: 'assess', key: 'long' });
    await queue.put({ kind: 'assess', key: 'short' });
    await vi.waitFor(() => expect(begun).toEqual(['long', 'short']), within);
    end();
    await vi.waitFor(() => expect(begun).toEqual(['long', 'short', 'long']), within);
  });

  test('a job that takes longer than a lease stays with its process', async () => {
    const [mine, other] = [await open(), await open()];
    const begun: string[] = [];
    const job = (name: string) => async () => {
      begun.push(name);
      await new Promise((resolve) => setTimeout(resolve, LEASE_SECONDS * 2500));
    };
    parts.push(await mine.work('measure', job('mine')));
    await mine.put({ kind: 'measure', key: 'a' });
    await vi.waitFor(() => expect(begun).toEqual(['mine']), within);
    parts.push(await other.work('measure', job('other')));
    await vi.waitFor(async () => {
      const { rows } = await server.query('SELECT 1 FROM pgboss.job');
      expect(rows).toEqual([]);
    }, within);
    expect(begun).toEqual(['mine']);
  });

  test('the job of a process that is killed is taken over within a lease and a half', async () => {
    const queue = await open();
    await queue.put({ kind: 'assess', key: 'a' });
    const script = fileURLToPath(new URL('../support/queue-process.ts', import.meta.url));
    const child = startChild(process.execPath, ['--import', 'tsx', script, url, String(LEASE_SECONDS)], ROOT);
    await vi.waitFor(() => expect(child.output()).toContain('took a'), within);
    const took: string[] = [];
    parts.push(await queue.work('assess', async ({ key, deaths }) => void took.push(`${key} ${deaths}`)));
    await new Promise((resolve) => setTimeout(resolve, LEASE_SECONDS * 1500));
    expect(took).toEqual([]);
    await child.stop('SIGKILL');
    const killed = performance.now();
    await vi.waitFor(() => expect(took).toEqual(['a 1']), within);
    // And some seconds until somebody looks; what pg-boss itself would wait for is minutes.
    expect(performance.now() - killed).toBeLessThan(LEASE_SECONDS * 1500 + 9000);
  });

  test('a clock of the server that is set back by a year keeps no job waiting, one that stands still no longer than a lease', async () => {
    const queue = await open();
    const [queued, failing, dead] = ['score', 'assess', 'measure'] as const;
    const took: string[] = [];
    let hasFailed = false;
    const failed = await queue.work(failing, async () => {
      hasFailed = true;
      throw new Error('the first time');
    });
    for (const kind of [queued, failing, dead]) await queue.put({ kind, key: 'a' });
    await queue.put({ kind: queued, key: 'later' }, { notBefore: new Date(Date.now() + 3_600_000) });
    await vi.waitFor(async () => {
      const { rows } = await server.query(`SELECT 1 FROM pgboss.job WHERE state = 'retry'`);
      expect([hasFailed, rows.length]).toEqual([true, 1]);
    }, within);
    await failed[Symbol.asyncDispose]();
    await server.query(`UPDATE pgboss.job SET state = 'active', started_on = now() WHERE name = $1`, [dead]);
    await server.query(
      `UPDATE pgboss.job SET start_after = start_after + interval '1 year', created_on = created_on + interval '1 year',
       started_on = started_on + interval '1 year' WHERE COALESCE(singleton_key, '') <> 'later'`,
    );
    await server.query(`UPDATE pgboss.version SET maintained_on = maintained_on + interval '1 year'`);
    for (const kind of [queued, failing, dead])
      parts.push(await queue.work(kind, async ({ key }) => void took.push(`${kind} ${key}`)));
    await vi.waitFor(() => expect(took.toSorted()).toEqual(['assess a', 'measure a', 'score a']), within);
  });

  test('a process whose job another took over is told to stop, ends nothing of the other, and did not die', async () => {
    const [mine, other] = [await open(), await open()];
    const told: string[] = [];
    let end = () => {};
    parts.push(
      await mine.work('measure', async (_job, signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        told.push('stop');
      }),
    );
    await mine.put({ kind: 'measure', key: 'a' });
    await vi.waitFor(async () => {
      const { rows } = await server.query(`SELECT 1 FROM pgboss.job WHERE state = 'active'`);
      expect(rows).toHaveLength(1);
    }, within);
    // As if the lease had run out while this process slept.
    await server.query(`UPDATE pgboss.job SET state = 'retry', start_after = now() - interval '1 s'`);
    parts.push(
      await other.work('measure', async () => {
        told.push('other');
        await new Promise<void>((resolve) => (end = resolve));
      }),
    );
    await vi.waitFor(() => expect(told).toContain('stop'), within);
    await vi.waitFor(() => expect(told).toContain('other'), within);
    await vi.waitFor(async () => {
      const { rows } = await server.query(
        `SELECT state, retry_count - (data->>'givenBack')::int AS deaths FROM pgboss.job`,
      );
      expect(rows).toEqual([{ state: 'active', deaths: 0 }]);
    }, within);
    end();
    await vi.waitFor(async () => {
      expect((await server.query('SELECT 1 FROM pgboss.job')).rows).toEqual([]);
    }, within);
  });

  test('a process that the server does not answer is told to stop before another can have the job', async () => {
    const connection = openConnection(url, 'test');
    let isCut = false;
    const gone = new Promise<never>(() => undefined);
    const cut: typeof connection = {
      ...connection,
      patiently: (task) => (isCut ? gone : connection.patiently(task)),
      run: async (text, values) => {
        if (isCut) return gone;
        const answer = await connection.run<never>(text, values);
        // Several statements at once have no rows.
        if (!answer.rows?.some((row) => 'singletonKey' in row)) return answer;
        // The job is fetched, which is told late; nothing is answered any more.
        isCut = true;
        fetchedAt = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 400));
        return answer;
      },
    };
    let fetchedAt = 0;
    let toldAt = 0;
    const queue = await openPgBossQueue(cut, { log: keptLog(), leaseSeconds: LEASE_SECONDS });
    await queue.put({ kind: 'measure', key: 'a' });
    void queue.work('measure', async (_job, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      toldAt = performance.now();
    });
    await vi.waitFor(() => expect(toldAt).toBeGreaterThan(0), within);
    expect(toldAt - fetchedAt).toBeLessThan(LEASE_SECONDS * 1000);
    await queue[Symbol.asyncDispose]();
  });

  test('what runs when a process stops is handed back at once', async () => {
    const [mine, other] = [await open(), await open()];
    const worker = await mine.work(
      'score',
      (_job, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('stopped'))),
        ),
    );
    await mine.put({ kind: 'score', key: 'a' });
    await vi.waitFor(async () => {
      const { rows } = await server.query(`SELECT 1 FROM pgboss.job WHERE state = 'active'`);
      expect(rows).toHaveLength(1);
    }, within);
    const took: string[] = [];
    const stopped = performance.now();
    await worker[Symbol.asyncDispose]();
    parts.push(await other.work('score', async ({ key }) => void took.push(key)));
    await vi.waitFor(() => expect(took).toEqual(['a']), within);
    expect(performance.now() - stopped).toBeLessThan(LEASE_SECONDS * 1000);
  });

  test('what a version put and tried that noted nothing begins with no deaths, and counts from then on', async () => {
    const queue = await open();
    const told: number[] = [];
    await queue.put({ kind: 'score', key: 'a' });
    const nineMore = `state = 'retry', started_on = now(), retry_count = retry_count + 9, start_after = now()`;
    await server.query(`UPDATE pgboss.job SET data = '{}', ${nineMore}`);
    parts.push(
      await queue.work('score', async ({ deaths }) => {
        told.push(deaths);
        if (told.length === 1) throw new Error('a fault is no death');
      }),
    );
    await vi.waitFor(async () => {
      const { rows } = await server.query(`SELECT state FROM pgboss.job`);
      expect([told, rows]).toEqual([[0], [{ state: 'retry' }]]);
    }, within);
    // As if nine processes more had died over it.
    await server.query(`UPDATE pgboss.job SET ${nineMore}`);
    await vi.waitFor(() => expect(told).toEqual([0, 9]), within);
  });

  test('it goes on when the server has cut every connection', async () => {
    const queue = await open();
    const took: string[] = [];
    parts.push(await queue.work('score', async ({ key }) => void took.push(key)));
    await server.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await queue.put({ kind: 'score', key: 'a' });
    await vi.waitFor(() => expect(took).toEqual(['a']), within);
  });
});

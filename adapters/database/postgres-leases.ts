import { randomUUID } from 'node:crypto';
import { Fault } from '../../src/fault.ts';
import type { Lease, Leases, Log } from '../../src/ports.ts';
import { told } from './postgres-faults.ts';

type Connection = AsyncDisposable &
  Readonly<{
    run<Row>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
  }>;

type Options = Readonly<{
  log: Log;
  /** what a process that said nothing for so long held is free for others */
  seconds?: number;
  /** of no process it lasts longer */
  longestSeconds?: number;
}>;

type Held = { readonly lost: AbortController; over?: NodeJS.Timeout };

/** Of its time one is kept so much without an answer: a clock may go fast, and a timer come late. */
const KEPT = 0.9;

/** By the clock of the server, so that those of the machines may differ; milliseconds. */
const NOW = 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)';

/**
 * Leases in the table "lease", renewed together every third of their time. What this process could not renew in nine tenths of it is
 * lost to it, before another can have it. A clock of the server that is set back keeps nothing for the dead longer than the longest
 * lease. Closes the connection with itself, and frees what it still holds.
 */
export function postgresLeases(
  connection: Connection,
  { log, seconds = 15, longestSeconds = 60 }: Options,
): Leases {
  const run = async <Row>(text: string, values: readonly unknown[]) => {
    try {
      return await connection.run<Row>(text, values);
    } catch (thrown) {
      throw told(thrown);
    }
  };
  const holder = randomUUID();
  const milliseconds = Math.round(seconds * 1000);
  const held = new Map<string, Held>();
  const taking = new Set<string>();

  const end = (name: string, lease: Held): boolean => {
    clearTimeout(lease.over);
    return held.get(name) === lease && held.delete(name);
  };
  const lose = (name: string, lease: Held): void => {
    if (!end(name, lease)) return;
    log.warn('lease.lost', { kind: kindOf(name) });
    lease.lost.abort(new Fault('DATABASE_FAILED', 'another process has taken over'));
  };

  /** It counts from before the server was asked, whose own time began later; no answer is waited for. */
  const confirm = (name: string, lease: Held, askedAt: number): void => {
    clearTimeout(lease.over);
    lease.over = setTimeout(() => lose(name, lease), askedAt + KEPT * milliseconds - performance.now());
    lease.over.unref();
  };

  const renew = async (): Promise<void> => {
    // One that is freed and taken again meanwhile is another one.
    const asked = [...held];
    if (asked.length === 0) return;
    const askedAt = performance.now();
    try {
      const { rows } = await run<{ name: string }>(
        `UPDATE "lease" SET "until" = ${NOW} + $2 WHERE "holder" = $1 AND "name" = ANY($3) AND "until" > ${NOW}
         RETURNING "name"`,
        [holder, milliseconds, asked.map(([name]) => name)],
      );
      const kept = new Set(rows.map(({ name }) => name));
      for (const [name, lease] of asked) {
        if (held.get(name) !== lease) continue;
        if (kept.has(name)) confirm(name, lease, askedAt);
        else lose(name, lease);
      }
    } catch (thrown) {
      log.warn('lease.notRenewed', { code: (thrown as { code?: string }).code ?? 'INTERNAL' });
    }
  };

  /** What reaches further ahead was taken before the clock was set back. Not free at once: its process may live, and renews it soon. */
  const shorten = async (): Promise<void> => {
    await run(`UPDATE "lease" SET "until" = ${NOW} + $1 WHERE "until" > ${NOW} + $1`, [
      Math.round(longestSeconds * 1000),
    ]).catch(() => undefined);
  };

  let renewing: Promise<void> | undefined;
  const timer = setInterval(() => {
    renewing ??= Promise.all([renew(), shorten()]).then(() => {
      renewing = undefined;
    });
  }, milliseconds / 3);
  timer.unref();

  const leaseOf = (name: string, mine: Held): Lease => ({
    lost: mine.lost.signal,
    tell: async (detail) => {
      await run('UPDATE "lease" SET "detail" = $3 WHERE "name" = $1 AND "holder" = $2', [
        name,
        holder,
        detail,
      ]);
    },
    [Symbol.asyncDispose]: async () => {
      if (!end(name, mine)) return;
      // One that cannot be freed is free when its time is over.
      await run('DELETE FROM "lease" WHERE "name" = $1 AND "holder" = $2', [name, holder]).catch(
        () => undefined,
      );
    },
  });

  return {
    holder,
    take: async (name, detail = '') => {
      if (held.has(name) || taking.has(name)) return undefined;
      const mine: Held = { lost: new AbortController() };
      const askedAt = performance.now();
      taking.add(name);
      // What this process had and lost is its own to take.
      const { rowCount } = await run(
        `INSERT INTO "lease" ("name", "holder", "detail", "until") VALUES ($1, $2, $3, ${NOW} + $4)
         ON CONFLICT ("name") DO UPDATE SET "holder" = $2, "detail" = $3, "until" = ${NOW} + $4
         WHERE "lease"."until" <= ${NOW} OR "lease"."holder" = $2`,
        [name, holder, detail, milliseconds],
      ).finally(() => taking.delete(name));
      if (!rowCount || performance.now() - askedAt >= KEPT * milliseconds) return undefined;
      held.set(name, mine);
      confirm(name, mine, askedAt);
      return leaseOf(name, mine);
    },
    held: async (prefix) => {
      const { rows } = await run<{ name: string; detail: string }>(
        `SELECT "name", "detail" FROM "lease" WHERE starts_with("name", $1) AND "until" > ${NOW} ORDER BY "name"`,
        [prefix],
      );
      return rows;
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await renewing;
      for (const [name, lease] of held) end(name, lease);
      await run('DELETE FROM "lease" WHERE "holder" = $1', [holder]).catch(() => undefined);
      await connection[Symbol.asyncDispose]();
    },
  };
}

/** Names hold UIDs: what is told of them is their first word. */
const kindOf = (name: string): string => name.split('/')[0] ?? '';

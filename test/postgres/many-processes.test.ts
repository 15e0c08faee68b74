/**
 * Two receivers, two workers and administration over one PostgreSQL; any of them, and PostgreSQL itself, is killed at any time. The PACS
 * gets all that goes beside a report, too, which a worker makes of what it remembers, and another one of what it finds again.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { QueryResultRow } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgres } from '../../adapters/database/postgres.ts';
import { AuditTrail } from '../../src/catalogue/audit-trail.ts';
import { datasetOf } from '../support/ct-slice.ts';
import { postgresMissing } from '../support/databases.ts';
import { type Installation, newInstallation } from '../support/killable-installation.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { askPostgres, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { NORMALISATION, type Pacs, pacsNode, startPacs } from '../support/running-service.ts';
import { seededRandom } from '../support/seeded-phantom.ts';
import { sha256 } from '../support/sha256.ts';
import { Sender } from '../support/stubborn-sender.ts';
import { until } from '../support/until.ts';

const SEED = Number(process.env['EARSHOT_SEED'] ?? 8);
/** More for the long form: `npm run test:faults:long`. */
const KILLS = Number(process.env['EARSHOT_KILLS'] ?? 10);
const CASES = Math.max(6, Math.ceil(KILLS / 2));
const QUIET_SECONDS = 4;
/** What the PACS gets of a case, each once; `view` is one for each of its studies. */
const SENDS = ['sr', 'picture', 'pdf', 'view'] as const;

describe.skipIf(postgresMissing())(
  'two receivers, two workers, administration',
  { timeout: Math.max(1_800_000, KILLS * 20_000) },
  () => {
    let server: PostgresServer;
    let pacs: Pacs;
    let installation: Installation;
    const cases: PhantomCase[] = Array.from({ length: CASES }, (_, index) => phantomCase(`many-${index}`));
    const random = seededRandom(SEED);
    /** Of its own, so that the seed tells who is killed when. */
    const pauses = seededRandom(SEED + 1);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;

    beforeAll(async () => {
      // A commit that was answered is in the log of the server, so that a crash of it loses nothing.
      server = (await startPostgres({ synchronous_commit: 'on' }))!;
      pacs = await startPacs();
      installation = await newInstallation(['receive', 'receive', 'work', 'work', 'admin'], {
        database: server.url,
        databaseConnections: 4,
        completeness: { quietPeriodSeconds: QUIET_SECONDS },
        nodes: [{ ...pacsNode(pacs), sends: SENDS }],
        model: { normalisation: NORMALISATION },
        delivery: { firstPauseSeconds: 0.2, maxPauseSeconds: 1, timeoutSeconds: 20 },
        limits: { minFreeMiB: 0 },
      });
      // All at once on an empty database.
      await Promise.all(installation.members.map((member) => member.start()));
    }, 180_000);
    afterAll(async () => {
      await installation?.[Symbol.asyncDispose]();
      await pacs?.[Symbol.asyncDispose]();
      await server?.[Symbol.asyncDispose]();
    });

    const ask = <Row extends QueryResultRow>(text: string): Promise<Row[]> => askPostgres(server.url, text);

    /** Kinds of what was made for a study, and of what came of it: the same bytes once more are nothing new. */
    const madeAndArrived = async (StudyInstanceUID: string): Promise<string[][]> => {
      const made = await ask<{ SOPInstanceUID: string; kind: string }>(
        `SELECT "SOPInstanceUID", "kind" FROM "report" WHERE "StudyInstanceUID" = '${StudyInstanceUID}'`,
      );
      const kindOf = new Map(made.map(({ SOPInstanceUID, kind }) => [SOPInstanceUID, kind]));
      const arrived = pacs.reports.filter((each) => each.StudyInstanceUID === StudyInstanceUID);
      const objects = new Set(
        arrived.map(({ SOPInstanceUID, bytes }) => `${SOPInstanceUID} ${sha256(bytes)}`),
      );
      const kinds = [...objects].map((object) => kindOf.get(object.split(' ')[0] ?? '') ?? 'unknown');
      return [made.map(({ kind }) => kind).sort(), kinds.sort()];
    };

    /** What was killed, and when the next is. PostgreSQL is one of them. */
    async function killNext(): Promise<string> {
      const victim = pick([...installation.members, undefined]);
      if (!victim) {
        await server.crash();
        await pause(2000 * random());
        await server.startAgain();
        return 'postgres';
      }
      await victim.stop('SIGKILL');
      await pause(1000 * random());
      await victim.start();
      return victim.name;
    }

    test(`${KILLS} kills lose nothing and report nothing twice (EARSHOT_SEED=${SEED})`, async () => {
      const sender = new Sender(installation.members.filter(({ role }) => role === 'receive'));
      const sending = (async () => {
        for (const { baseline, followUp } of cases) {
          await sender.sendStudy(baseline.all, 3);
          await sender.sendStudy(followUp.all, 3);
          await pause(8000 * pauses());
        }
      })();
      const killed: string[] = [];
      while (killed.length < KILLS) {
        await pause(1500 * random());
        killed.push(await killNext());
      }
      await sending;
      const states = async () => {
        const rows = await ask<{ StudyInstanceUID: string; state: string }>(
          'SELECT "StudyInstanceUID", "state" FROM "study"',
        ).catch(() => []);
        const found = new Map(rows.map((row) => [row.StudyInstanceUID, row.state]));
        return cases.map(({ followUp }) => found.get(followUp.StudyInstanceUID));
      };
      await until(
        'every follow-up to be delivered',
        async () => (await states()).every((state) => state === 'delivered') || undefined,
        { withinMs: 240_000, everyMs: 500 },
      ).catch(async (thrown) => {
        const log = installation.members
          .map((each) => `== ${each.name}\n${each.log().slice(-3000)}`)
          .join('\n');
        throw new Error(`after killing ${killed.join(', ')}: ${(await states()).join(', ')}\n${log}`, {
          cause: thrown,
        });
      });
      const settled = async () => {
        const left = await ask<{ n: string }>(
          `SELECT (SELECT COUNT(*) FROM "report" WHERE "due" IS NOT NULL)
            + (SELECT COUNT(*) FROM "delivery" WHERE "state" <> 'delivered') AS "n"`,
        );
        return left[0]?.n === '0' || undefined;
      };
      await until('all that goes beside the reports', settled, { withinMs: 240_000, everyMs: 500 });
      // What would come twice had the time to come.
      await pause(3000);

      const rows = await ask<{ SOPInstanceUID: string; file: string; digest: string }>(
        'SELECT "SOPInstanceUID", "file", "digest" FROM "instance"',
      );
      const here = new Set(
        rows
          .filter(
            ({ file, digest }) =>
              sha256(datasetOf(readFileSync(join(installation.dataDir, file)))) === digest,
          )
          .map(({ SOPInstanceUID, digest }) => `${SOPInstanceUID} ${digest}`),
      );
      const objects = cases.flatMap(({ baseline, followUp }) => [...baseline.all, ...followUp.all]);
      expect(sender.promised.size).toBe(objects.length);
      expect([...sender.promised].filter((promise) => !here.has(promise))).toEqual([]);
      expect(rows).toHaveLength(objects.length);

      const followUps = new Set(cases.map(({ followUp }) => followUp.StudyInstanceUID));
      // Nothing is missing beside a report.
      const reasons = await ask<{ StudyInstanceUID: string; reasons: string }>(
        `SELECT "StudyInstanceUID", "reasons" FROM "study" WHERE "reasons" <> '[]'`,
      );
      expect(reasons.filter(({ StudyInstanceUID }) => followUps.has(StudyInstanceUID))).toEqual([]);
      const each = [...SENDS].sort();
      for (const { baseline, followUp } of cases) {
        expect(await madeAndArrived(followUp.StudyInstanceUID)).toEqual([each, each]);
        expect(await madeAndArrived(baseline.StudyInstanceUID)).toEqual([['view'], ['view']]);
      }
      const deliveries = await ask(
        `SELECT "kind", "state", COUNT(*) AS "n" FROM "delivery" LEFT JOIN "report" USING ("SOPInstanceUID") GROUP BY 1, 2 ORDER BY 1`,
      );
      const times = (kind: string) => String(kind === 'view' ? 2 * CASES : CASES);
      expect(deliveries).toEqual(each.map((kind) => ({ kind, state: 'delivered', n: times(kind) })));
      expect(await ask(`SELECT name FROM "lease" WHERE "name" = 'duties'`)).toHaveLength(1);
      // Every process writes to one audit trail.
      const sql = await openPostgres(server.url);
      const trail = new AuditTrail(sql, () => new Date(), false);
      expect(await trail.verify(new AbortController().signal)).toMatchObject({ isWhole: true });
      await sql.close();
    });

    test('SIGTERM hands back what was under way, and the processes end by themselves', async () => {
      const one = phantomCase('handed-back');
      const sender = new Sender(installation.members.filter(({ role }) => role === 'receive'));
      await sender.sendStudy([...one.baseline.all, ...one.followUp.all], 4);
      const active = async () =>
        (await ask(`SELECT 1 FROM pgboss.job WHERE state = 'active'`)).length > 0 || undefined;
      await until('a job to run', active, { withinMs: 30_000, everyMs: 5 });
      const workers = installation.members.filter(({ role }) => role !== 'receive');
      const started = performance.now();
      await Promise.all(workers.map((member) => member.stop('SIGTERM')));
      expect(performance.now() - started).toBeLessThan(60_000);
      // Nobody has to wait for a lease that nobody renews.
      expect(await ask(`SELECT 1 FROM pgboss.job WHERE state = 'active'`)).toEqual([]);
      expect(await ask(`SELECT 1 FROM "lease" WHERE "name" = 'duties'`)).toEqual([]);
      await Promise.all(workers.map((member) => member.start()));
      const report = () =>
        pacs.reports.find((each) => each.StudyInstanceUID === one.followUp.StudyInstanceUID);
      await until('the report', async () => report(), { withinMs: 60_000 });
    });
  },
);

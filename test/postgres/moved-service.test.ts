import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Accounts } from '../../src/catalogue/accounts.ts';
import { AuditTrail } from '../../src/catalogue/audit-trail.ts';
import type { Sql } from '../../src/ports.ts';
import { configSchema } from '../../src/startup/config.ts';
import { createLogins } from '../../src/users/logins.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { freePort } from '../support/free-port.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type Pacs, startPacs, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';
import { run } from '../unit/cli/run.ts';

const clock = () => new Date();
const PASSWORD = 'a phantom listens at night';
const historyOf = (sql: Sql) => sql.query('SELECT * FROM "configurationChange" ORDER BY "id"');
const studies = ({ reports }: Pacs) => reports.map(({ StudyInstanceUID }) => StudyInstanceUID).sort();

describe.skipIf(postgresMissing())('a service that moved from SQLite to PostgreSQL', () => {
  test('goes on with what waited, and sends nothing twice', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earshot-moved-'));
    const dataDir = join(folder, 'data');
    const database = await newDatabase();
    await using pacs = await startPacs();
    const deadPort = await freePort();
    const node = (name: string, port: number, roles: readonly string[]) => ({
      name,
      aeTitle: PACS,
      host: '127.0.0.1',
      port,
      roles,
    });
    const alive = node('pacs', pacs.port, ['source', 'destination']);
    const both = [alive, node('down', deadPort, ['destination'])];
    const onSqlite = (nodes: readonly unknown[]) => startService({ dataDir, database: 'sqlite', nodes });
    const delivered = phantomCase('delivered');
    const pending = phantomCase('pending');
    const waiting = phantomCase('waiting');
    let history: unknown[] = [];
    const configuration = join(folder, 'earshot.yaml');
    const configured = (where: string) =>
      writeFileSync(configuration, JSON.stringify({ dataDir, database: where, nodes: both }), {
        mode: 0o600,
      });
    try {
      {
        await using earshot = await onSqlite([alive]);
        await earshot.send([...delivered.baseline.all, ...delivered.followUp.all]);
        await earshot.inState(delivered.followUp.StudyInstanceUID, 'delivered');
      }
      {
        await using earshot = await onSqlite(both);
        await earshot.send([...pending.baseline.all, ...pending.followUp.all, ...waiting.followUp.all]);
        await earshot.inState(waiting.followUp.StudyInstanceUID, 'waitingForBaseline');
        await until('one of two deliveries', async () => pacs.reports[1]);
        await earshot.inState(pending.followUp.StudyInstanceUID, 'delivering');
        const { sql } = earshot.service.world.catalogue;
        const { admin } = configSchema.parse({});
        await createLogins(new Accounts(sql, clock), admin, clock).add(
          'anna',
          PASSWORD,
          'operator',
          'a test',
        );
        history = await historyOf(sql);
        expect(history.length).toBeGreaterThan(1);
      }
      const before = studies(pacs);
      expect(before).toEqual([delivered, pending].map(({ followUp }) => followUp.StudyInstanceUID).sort());

      configured(database);
      const moved = await run('migrate', 'sqlite-to-postgres', '--config', configuration);
      expect([moved.status, moved.err]).toEqual([0, '']);
      expect(moved.out).toMatch(/All \d+ files that the catalogue names are in the data folder/);
      const settings = { dataDir, database, databaseConnections: 4, nodes: both };
      await using down = await startPacs(deadPort);
      {
        await using earshot = await startService(settings);
        const { catalogue, reports } = earshot.service.world;
        await earshot.inState(pending.followUp.StudyInstanceUID, 'delivered');
        expect(studies(down)).toEqual([pending.followUp.StudyInstanceUID]);
        await earshot.send(waiting.baseline.all);
        await earshot.inState(waiting.followUp.StudyInstanceUID, 'delivered');
        // Time for what must not happen: a delivery is due again within a fifth of a second.
        await pause(2000);
        expect(studies(pacs)).toEqual([...before, waiting.followUp.StudyInstanceUID].sort());
        expect(studies(down)).toEqual(
          [pending, waiting].map(({ followUp }) => followUp.StudyInstanceUID).sort(),
        );
        expect((await catalogue.study(delivered.followUp.StudyInstanceUID))?.state).toBe('delivered');
        expect(await reports.of(delivered.followUp.StudyInstanceUID)).toHaveLength(1);
        expect(await historyOf(catalogue.sql)).toEqual(history);
        expect(await new Accounts(catalogue.sql, clock).user('anna')).toMatchObject({ role: 'operator' });
        const chain = await new AuditTrail(catalogue.sql, clock, false).verify();
        expect(chain).toMatchObject({ isWhole: true });
        expect(chain.rows).toBeGreaterThan(5);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

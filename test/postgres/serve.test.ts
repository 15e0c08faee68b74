import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { earshotProcess } from '../support/earshot-process.ts';
import { freePort } from '../support/free-port.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { reportValues } from '../support/report-values.ts';
import { NORMALISATION, PACS, sendTo, startPacs } from '../support/running-service.ts';
import { until } from '../support/until.ts';

describe.skipIf(postgresMissing())('earshot serve on PostgreSQL', () => {
  test('reports a follow-up once, though it was killed at work and the server cut its connections', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earshot-serve-'));
    await using pacs = await startPacs();
    const database = await newDatabase();
    const [dimsePort, httpPort] = [await freePort(), await freePort()];
    const earshot = earshotProcess(folder, {
      database,
      dimse: { aeTitle: 'EARSHOT', host: '127.0.0.1', port: dimsePort },
      http: { host: '127.0.0.1', port: httpPort },
      completeness: { quietPeriodSeconds: 0.5 },
      nodes: [
        { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port, roles: ['source', 'destination'] },
      ],
      model: { normalisation: NORMALISATION },
    });
    const server = new pg.Client({ connectionString: database });
    await server.connect();
    const running = async () => {
      const { rows } = await server.query(`SELECT name FROM pgboss.job WHERE state = 'active' LIMIT 1`);
      return rows[0] as Readonly<{ name: string }> | undefined;
    };
    try {
      await earshot.start();
      const { baseline, followUp } = phantomCase('served');
      await sendTo({ dimsePort }, [...baseline.all, ...followUp.all]);
      await until('a job to run', running, { everyMs: 5 });
      await earshot.stop('SIGKILL');
      await earshot.start();
      await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`);
      // Within a lease and a third, and the time that a case takes.
      const sr = () => pacs.reports.filter(({ bytes }) => readPart10(bytes)['Modality'] === 'SR');
      const report = await until('the report', async () => sr()[0], { withinMs: 80_000 });
      expect(reportValues(report.bytes).dataset['PatientID']).toBe('CASE-served');
      await until('rest', async () => ((await running()) ? undefined : true), { withinMs: 60_000 });
      await pause(2000);
      expect(sr()).toHaveLength(1);
      const uids = pacs.reports.map(({ SOPInstanceUID }) => SOPInstanceUID);
      expect(new Set(uids).size).toBe(uids.length);
      await earshot.stop();
      expect(earshot.log()).not.toContain(new URL(database).password);
    } finally {
      await earshot.stop();
      await server.end();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('starts not, with a coded line, when the database is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earshot-serve-'));
    const missing = new URL(await newDatabase());
    missing.pathname = '/nowhere';
    const earshot = earshotProcess(folder, {
      database: missing.href,
      dimse: { aeTitle: 'EARSHOT', host: '127.0.0.1', port: 0 },
      http: { host: '127.0.0.1', port: 0 },
      completeness: { quietPeriodSeconds: 1 },
      nodes: [],
    });
    await expect(earshot.start()).rejects.toThrow(/DATABASE_FAILED.*3D000.*no database of this name/);
    expect(earshot.log()).not.toContain(missing.password);
    await earshot.stop();
    await rm(folder, { recursive: true, force: true });
  });
});

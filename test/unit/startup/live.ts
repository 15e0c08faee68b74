import { migrate } from '../../../src/catalogue/migrate.ts';
import type { Sql } from '../../../src/ports.ts';
import { configSchema } from '../../../src/startup/config.ts';
import { LiveConfiguration } from '../../../src/startup/live-configuration.ts';
import { loadMigrations, unwrittenConfig } from '../../../src/startup/load.ts';
import { withEnvironment } from '../../../src/startup/placeholders.ts';
import { openTestSql } from '../../support/databases.ts';
import { keptLog } from '../../support/log.ts';

/** A database in memory that outlives what is opened on it, as a data folder outlives a service. */
export async function emptyDatabase(): Promise<Sql> {
  const sql = await openTestSql();
  await migrate(sql, loadMigrations(), new Date(0));
  return sql;
}

let now = Date.UTC(2026, 0, 1);
const clock = () => {
  now += 1000;
  return new Date(now);
};

/** The configuration of a service that starts on a database with this file. */
export const opened = (
  sql: Sql,
  file: Readonly<Record<string, unknown>> = {},
  folder = '/',
): Promise<LiveConfiguration> => {
  const { nodes = [], model = {}, notifications = {} } = file;
  const said = { nodes, model, notifications };
  const filled = withEnvironment(said, process.env) as typeof said;
  const written = { ...unwrittenConfig(configSchema.parse(file)), folder, written: said, filled };
  return LiveConfiguration.open({ sql, clock, log: keptLog(), written });
};

export const BY = { author: 'ada', reason: 'ticket 7', source: 'browser' } as const;
export const PACS = { name: 'pacs', aeTitle: 'PACS', host: '10.0.0.1', port: 104, roles: ['destination'] };

import { describe, expect, test } from 'vitest';
import { keepOldDeltas } from '../../src/catalogue/local-deltas.ts';
import { configSchema } from '../../src/startup/config.ts';
import { LiveConfiguration } from '../../src/startup/live-configuration.ts';
import { unwrittenConfig } from '../../src/startup/load.ts';
import { openCatalogue } from '../../src/startup/open-catalogue.ts';
import { openQueue } from '../../src/startup/open-database.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { type ComposeFile, dockerYaml } from '../support/docker-files.ts';
import { keptLog } from '../support/log.ts';
import { startPostgres } from '../support/postgres-server.ts';

const clock = () => new Date();

describe.skipIf(postgresMissing())('five processes that start at once on an empty database', () => {
  test('make one schema, one installation, one configuration and one queue; each starts', async () => {
    for (let round = 0; round < 3; round += 1) {
      const place = { dataDir: '/nowhere', database: await newDatabase(), databaseConnections: 2 };
      const closing: (() => unknown)[] = [];
      const start = async (at: number) => {
        const log = keptLog();
        const opened = await openCatalogue(place, clock);
        closing.push(() => opened.sql.close());
        const { sql, catalogue } = opened;
        const written = { ...unwrittenConfig(configSchema.parse({ nodes: [] })), folder: '/' };
        const configuration = await LiveConfiguration.open({ sql, clock, log, written });
        await keepOldDeltas(sql, configuration.current().model);
        const queue = await openQueue(place, { sql, clock, log, concurrency: {} }, closing);
        await queue.put({ kind: 'assess', key: '1' });
        await queue.put({ kind: 'measure', key: String(at) });
        return {
          catalogue,
          configuration,
          queue,
          log,
          installation: await catalogue.setting('installation', `process ${at}`),
        };
      };
      try {
        const all = await Promise.all([0, 1, 2, 3, 4].map(start));
        expect(new Set(all.map(({ installation }) => installation)).size).toBe(1);
        expect(await all[0]?.configuration.history({ limit: 100 })).toHaveLength(6);
        expect((await all[0]?.queue.waiting())?.count).toBe(6);
        for (const { log } of all)
          expect(log.lines.filter(({ event }) => event !== 'configuration.changed')).toEqual([]);
      } finally {
        for (const close of closing.reverse()) await close();
      }
    }
  });
});

describe.skipIf(postgresMissing())('a server as docker/compose.scale-out.yaml makes it', () => {
  test('is fit, whatever language its image speaks', async () => {
    const { services } = dockerYaml<ComposeFile>('compose.scale-out.yaml');
    const args = services['postgres']?.environment?.['POSTGRES_INITDB_ARGS']?.split(' ') ?? [];
    expect(args).not.toEqual([]);
    // As in the image, where without these arguments texts would be ordered as in English.
    const server = await startPostgres({}, { args, env: { LANG: 'en_US.utf8' } });
    if (!server) throw new Error('asked before');
    try {
      const place = { dataDir: '/nowhere', database: server.url, databaseConnections: 2 };
      const { sql } = await openCatalogue(place, clock);
      const rows = await sql.query(`SELECT current_setting('data_checksums') AS "checksums"`);
      expect(rows).toEqual([{ checksums: 'on' }]);
      await sql.close();
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
});

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { namedRandom } from '../../src/demo/random.ts';
import { openCatalogue } from '../../src/startup/open-catalogue.ts';
import { type Child, startChild } from '../support/child.ts';
import { postgresMissing } from '../support/databases.ts';
import { filledCatalogue } from '../support/filled-catalogue.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const INSTANCES = 20_000;
const OTHERS = 200;
const KILLS = 4;

describe.skipIf(postgresMissing())('earshot migrate sqlite-to-postgres, killed again and again', () => {
  test('goes on where it was, moves no row twice, and opens nothing before its end', async () => {
    const filled = await filledCatalogue((table) => (table === 'instance' ? INSTANCES : OTHERS));
    const server = new pg.Client({ connectionString: filled.target.database });
    await server.connect();
    const command = (): Child =>
      startChild(
        process.execPath,
        [
          '--import',
          'tsx',
          join(ROOT, 'src/main.ts'),
          'migrate',
          'sqlite-to-postgres',
          '--config',
          filled.configuration,
        ],
        ROOT,
      );
    /** Rows that are there; undefined: no move was begun. */
    const moved = async (): Promise<number | undefined> => {
      const { rows } = await server
        .query<{ sum: string | null }>('SELECT SUM("lastRow") AS sum FROM "moveTable"')
        .catch(() => ({ rows: [] }));
      const sum = rows[0]?.sum;
      return sum === null || sum === undefined ? undefined : Number(sum);
    };
    const kill = async (what: string, isTime: () => Promise<boolean>): Promise<number> => {
      const run = command();
      await until(
        what,
        async () => {
          if (run.hasEnded()) throw new Error(`it ended: ${run.output()}`);
          return (await isTime()) || undefined;
        },
        { everyMs: 1 },
      );
      await run.stop('SIGKILL');
      return (await moved()) ?? 0;
    };
    const refused = async () => {
      await expect(openCatalogue({ ...filled.target, database: 'sqlite' }, () => new Date())).rejects.toThrow(
        /^CATALOGUE_MOVED/,
      );
      await expect(openCatalogue(filled.target, () => new Date())).rejects.toThrow(/^MOVE_UNFINISHED/);
    };
    const total = INSTANCES + (filled.tables.length - 1) * OTHERS + 1;
    try {
      await kill('the mark', async () => existsSync(`${filled.sqlite}.moved`));
      await refused();
      const random = namedRandom('kills of a move');
      const moments = Array.from({ length: KILLS }, () => random.index(total)).sort((a, b) => a - b);
      for (const moment of moments) {
        const rows = await kill(`${moment} rows`, async () => ((await moved()) ?? -1) >= moment);
        expect(rows, `killed after ${moment}`).toBeGreaterThanOrEqual(moment);
        await refused();
      }
      await kill('all rows, before they are compared', async () => (await moved()) === total);
      await refused();

      const last = command();
      expect([await last.ended, last.output()]).toEqual([
        0,
        expect.stringContaining('; 0 of them by this run'),
      ]);
      expect(last.output()).toContain(
        `${total} rows of ${filled.tables.length} tables are moved and the same`,
      );
      const { sql } = await openCatalogue(filled.target, () => new Date());
      await sql.close();
      const { rows } = await server.query(
        'SELECT COUNT(*) AS n, COUNT(DISTINCT "SOPInstanceUID") AS d FROM "instance"',
      );
      expect(rows).toEqual([{ n: `${INSTANCES}`, d: `${INSTANCES}` }]);
      expect(last.output().match(/ same$/gm)).toHaveLength(filled.tables.length);
    } finally {
      await server.end();
      rmSync(filled.folder, { recursive: true, force: true });
    }
  });
});

/** A start that waits for somebody else is stopped as a service that runs is. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { startChild } from '../support/child.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';

describe.skipIf(postgresMissing())('a start', () => {
  it('that waits for a schema which another one is changing ends by SIGTERM', {
    timeout: 90_000,
  }, async () => {
    const url = await newDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'earshot-stop-'));
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    try {
      await other.query('SELECT pg_advisory_lock($1)', [0x65617273]);
      const config = join(folder, 'earshot.yaml');
      const here = { port: 0, host: '127.0.0.1' };
      writeFileSync(
        config,
        JSON.stringify({ dataDir: join(folder, 'data'), database: url, dimse: here, http: here }),
        { mode: 0o600 },
      );
      const child = startChild(process.execPath, [
        '--import',
        'tsx',
        'src/main.ts',
        'serve',
        '--config',
        config,
      ]);
      const waiting = `SELECT 1 FROM pg_locks WHERE "locktype" = 'advisory' AND NOT "granted"
      AND "database" = (SELECT "oid" FROM "pg_database" WHERE "datname" = current_database())`;
      await expect.poll(async () => (await other.query(waiting)).rowCount, { timeout: 40_000 }).toBe(1);
      child.signal('SIGTERM');
      expect(await child.ended).toBe(1);
      expect(child.output()).toMatch(/STOP_UNFINISHED/);
    } finally {
      await other.end();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

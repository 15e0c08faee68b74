/**
 * What was deleted from a SQLite file is overwritten where it lay (`secure_delete`), but not copies that moving rows between pages left in
 * their free room, nor older pages in the log.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../src/fault.ts';
import type { Sql } from '../../src/ports.ts';

/** Writes the whole file anew, which takes room for a second one. */
export async function writeAnew(sql: Sql): Promise<void> {
  await sql.query('VACUUM');
  await emptyLog(sql);
}

/**
 * Writes the indexes anew, where nearly all such copies are: each in a transaction of its own, so that a service beside this process
 * waits for one of them at most. What was copied in the rows' own pages stays until they are written anew.
 */
export async function writeIndexesAnew(sql: Sql): Promise<void> {
  const indexes = await sql.query<{ name: string }>(
    `SELECT "name" FROM "sqlite_master" WHERE "type" = 'index' AND "tbl_name" <> 'audit'`,
  );
  for (const { name } of indexes) await sql.query(`REINDEX "${name}"`);
  await emptyLog(sql);
}

const TRIES = 50;

/** Somebody who reads just then keeps the log from being cut. Fault: DATABASE_FAILED after ten seconds of that. */
async function emptyLog(sql: Sql): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const [row] = await sql.query<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
    if (row?.busy === 0) return;
    await pause(200);
  }
  throw new Fault('DATABASE_FAILED', 'the log of the catalogue is being read');
}

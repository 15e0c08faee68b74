import { chmodSync, existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Fault } from '../../src/fault.ts';
import { makeClosed } from './closed-file.ts';
import { isLocked, toldBySqlite } from './sqlite-faults.ts';

/**
 * Holds a data folder for one service. The lock is the operating system's, on a small database file, so it is gone
 * when the process is, however it ended. Faults: DATA_DIR_LOCKED, DATABASE_FAILED.
 */
export function lockDataDir(file: string): Disposable {
  let database: Database.Database | undefined;
  try {
    closeToOthers(file);
    // Somebody may just be looking whether it is held.
    database = new Database(file, { timeout: LOOK_MS });
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    database?.close();
    if (isLocked(thrown)) throw new Fault('DATA_DIR_LOCKED', '', { cause: thrown });
    throw toldOfLock(file, thrown);
  }
  const held = database;
  return {
    [Symbol.dispose]: () => {
      held.close();
    },
  };
}

/** Whether somebody holds it, which is looked at without taking it. Fault: DATABASE_FAILED. */
export function isDataDirLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, timeout: 0 });
    database.prepare('SELECT 1 FROM "sqlite_master"').all();
    return false;
  } catch (thrown) {
    if (isLocked(thrown)) return true;
    throw toldOfLock(file, thrown);
  } finally {
    database?.close();
  }
}

const LOOK_MS = 500;

/** It is no catalogue. */
function toldOfLock(file: string, thrown: unknown): unknown {
  const told = toldBySqlite(thrown);
  const isDamaged = told instanceof Fault && told.code === 'CATALOGUE_DAMAGED';
  return isDamaged ? new Fault('DATABASE_FAILED', `${file} is damaged: remove it`, { cause: thrown }) : told;
}

/** Who may read a file may lock it. It is never opened here: closing it would end the lock that this process may have on it. */
function closeToOthers(file: string): void {
  makeClosed(file, 0o600);
  try {
    chmodSync(file, 0o600);
  } catch {}
}

import Database from 'better-sqlite3';
import { Fault } from '../../src/fault.ts';

/**
 * Holds a data folder for one service. The lock is the operating system's, on a small database file, so it is gone
 * when the process is, however it ended.
 */
export function lockDataDir(file: string): Disposable {
  const database = new Database(file, { timeout: 0 });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    database.close();
    throw new Fault('DATA_DIR_LOCKED', '', { cause: thrown });
  }
  return {
    [Symbol.dispose]: () => {
      database.close();
    },
  };
}

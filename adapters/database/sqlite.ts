import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { Fault } from '../../src/fault.ts';
import type { Sql, SqlValue, Statement } from '../../src/ports.ts';
import { makeClosed } from './closed-file.ts';
import { isLocked, toldBySqlite } from './sqlite-faults.ts';
import { transactionsBehindDamage } from './write-ahead-log.ts';

type Prepared = Database.Statement<[Record<string, SqlValue>]>;

/**
 * `isChecked`: the file is looked through before it is used, which takes seconds where it is large. `mayWrite`: asked before everything
 * that writes, and again while the file is held for writing; throws what refuses it.
 */
type SqliteOptions = Readonly<{ isReadOnly?: boolean; isChecked?: boolean; mayWrite?: () => void }>;

/** Thrown inside a transaction to undo it; never leaves this file. */
const unchanged = new Error('a statement that must change a row changed none');

/** So long is waited for another program that has locked the file. */
const LOCKED_MS = 5000;
const LOOK_MS = 20;

/** What SQLite does in no transaction. It changes no row. */
const ALONE = /^\s*(VACUUM|PRAGMA)\b/i;

/**
 * SQLite behind the Sql port: one connection, write-ahead log, and a sync of the log at every commit
 * (synchronous FULL), so that what is committed survives a power cut. `:memory:` for tests. `isReadOnly`: the file is there, and no
 * statement can change it. Once the file has shown damage nothing is read or written any more. Faults: DATABASE_FAILED,
 * STORAGE_FULL, CATALOGUE_DAMAGED; what is wrong with a statement itself stays an error of SQLite.
 */
export function openSqlite(file: string, options: SqliteOptions = {}): Sql {
  const database = open(file, options);
  const prepared = new Map<string, Prepared>();
  const prepare = (text: string): Prepared => {
    let statement = prepared.get(text);
    if (!statement) {
      statement = database.prepare<[Record<string, SqlValue>]>(text);
      prepared.set(text, statement);
    }
    return statement;
  };
  const { mayWrite = () => undefined } = options;
  const held = database.transaction((write: () => unknown) => {
    mayWrite();
    return write();
  });
  const writing = <T>(write: () => T): T => {
    mayWrite();
    return held.immediate(write) as T;
  };
  const runAll = (statements: readonly Statement[]): void => {
    for (const { text, values = [], mustChange = false } of statements) {
      const { changes } = prepare(text).run(named(values));
      if (mustChange && changes === 0) throw unchanged;
    }
  };
  const runOne = <Row>(statement: Prepared, values: readonly SqlValue[]): Row[] => {
    if (statement.reader) return statement.all(named(values)) as Row[];
    statement.run(named(values));
    return [];
  };
  let damage: Fault | undefined;
  const soundly = async <T>(run: () => T): Promise<T> => {
    if (damage) throw damage;
    try {
      return await patiently(run);
    } catch (thrown) {
      const told = toldBySqlite(thrown);
      if (told instanceof Fault && told.code === 'CATALOGUE_DAMAGED') damage = told;
      throw told;
    }
  };

  return {
    query: <Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> =>
      soundly(() => {
        const statement = prepare(text);
        const run = () => runOne<Row>(statement, values);
        if (statement.readonly) return run();
        if (!ALONE.test(text)) return writing(run);
        mayWrite();
        return run();
      }),
    batch: (statements) =>
      soundly(() => {
        try {
          writing(() => runAll(statements));
          return true;
        } catch (thrown) {
          if (thrown === unchanged) return false;
          throw thrown;
        }
      }),
    emptyLog: () => soundly(() => void database.pragma('wal_checkpoint(TRUNCATE)')),
    close: async () => {
      database.close();
    },
  };
}

/**
 * Keeps every other connection from writing to a file that is there, until it is closed; everybody can go on reading. Who is writing just
 * then is waited for. The lock is the operating system's, so it is gone when the process is. Fault: DATABASE_FAILED.
 */
export async function holdWrites(file: string): Promise<Disposable> {
  let database: Database.Database | undefined;
  try {
    const opened = new Database(file, { fileMustExist: true, timeout: 0 });
    database = opened;
    await patiently(() => opened.exec('BEGIN IMMEDIATE'));
    return { [Symbol.dispose]: () => void opened.close() };
  } catch (thrown) {
    database?.close();
    throw toldBySqlite(thrown);
  }
}

/** Done at once; while another program has locked the file, again, with pauses in which this one goes on with everything else. */
async function patiently<T>(run: () => T): Promise<T> {
  const end = performance.now() + LOCKED_MS;
  for (;;) {
    try {
      return run();
    } catch (thrown) {
      if (!isLocked(thrown) || performance.now() >= end) throw thrown;
      await pause(LOOK_MS);
    }
  }
}

function open(file: string, { isReadOnly = false, isChecked = false }: SqliteOptions): Database.Database {
  let database: Database.Database | undefined;
  try {
    if (isChecked) refuseDamagedLog(file);
    if (!isReadOnly && file !== ':memory:') makeClosed(file, 0o640);
    database = new Database(file, { timeout: LOCKED_MS, readonly: isReadOnly });
    if (!isReadOnly) {
      // What is deleted is overwritten with zeros in the file, not left in it until the place is used again.
      database.pragma('secure_delete = ON');
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('foreign_keys = ON');
    }
    if (isChecked) {
      check(database);
      emptyLog(database);
    }
    // From here on waiting is ours: SQLite's own would keep the whole process waiting.
    database.pragma('busy_timeout = 0');
    return database;
  } catch (thrown) {
    database?.close();
    const told = toldBySqlite(thrown);
    throw told instanceof Fault ? told : new Fault('DATABASE_FAILED', 'SQLite', { cause: thrown });
  }
}

const LOOK_AGAIN_MS = 200;

/**
 * To be asked before SQLite opens a file that nobody has open: it drops what it does not take for committed, without a word. Fault:
 * CATALOGUE_DAMAGED.
 */
export function refuseDamagedLog(file: string): void {
  if (transactionsBehindDamage(file) <= 1) return;
  // A command that writes just then is no damage.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
  const behind = transactionsBehindDamage(file);
  if (behind > 1)
    throw new Fault(
      'CATALOGUE_DAMAGED',
      `the write-ahead log is damaged before ${behind} committed transactions`,
    );
}

/** Every page that is in use, without the comparison of indexes with their tables, which takes many times as long. */
function check(database: Database.Database): void {
  const [said] = database.pragma('quick_check(1)') as { quick_check: string }[];
  if (said?.quick_check !== 'ok') throw new Fault('CATALOGUE_DAMAGED', 'SQLite: quick_check');
}

/**
 * Each start begins an empty log: what a power cut left behind its end is not taken for a transaction at the next start. A full disk keeps
 * nobody from starting.
 */
function emptyLog(database: Database.Database): void {
  try {
    database.pragma('wal_checkpoint(TRUNCATE)');
  } catch {}
}

/** better-sqlite3 binds `$1` by the name `1`: positions become names, repeats included. */
const named = (values: readonly SqlValue[]): Record<string, SqlValue> =>
  Object.fromEntries(values.map((value, index) => [String(index + 1), value]));

/** A copy of a database as it is in one moment, for its owner alone, also while others write to it. Faults: DATABASE_FAILED, STORAGE_FULL. */
export function snapshot(file: string, to: string): void {
  makeClosed(to, 0o600);
  reading(file, (database) => database.prepare('VACUUM INTO ?').run(to));
}

/** What SQLite finds wrong with a file: pages, indexes, rows that refer to none. Empty: nothing. Fault: DATABASE_FAILED. */
export function damageOf(file: string): string[] {
  return reading(file, (database) => {
    const found = database.pragma('integrity_check(10)') as { integrity_check: string }[];
    const said = found.map((row) => row.integrity_check).filter((text) => text !== 'ok');
    const orphans = database.pragma('foreign_key_check') as { table: string }[];
    return [...said, ...orphans.slice(0, 10).map(({ table }) => `a row of ${table} refers to none`)];
  });
}

function reading<T>(file: string, task: (database: Database.Database) => T): T {
  try {
    const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 });
    try {
      return task(database);
    } finally {
      database.close();
    }
  } catch (thrown) {
    const { code = '' } = thrown as { code?: string };
    throw new Fault(code === 'SQLITE_FULL' ? 'STORAGE_FULL' : 'DATABASE_FAILED', code, { cause: thrown });
  }
}

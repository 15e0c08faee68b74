import Database from 'better-sqlite3';
import { Fault } from '../../src/fault.ts';
import type { Sql, SqlValue, Statement } from '../../src/ports.ts';

type Prepared = Database.Statement<[Record<string, SqlValue>]>;

/** Thrown inside a transaction to undo it; never leaves this file. */
const unchanged = new Error('a statement that must change a row changed none');

/**
 * SQLite behind the Sql port: one connection, write-ahead log, and a sync of the log at every commit
 * (synchronous FULL), so that what is committed survives a power cut. `:memory:` for tests. `isReadOnly`: the file is there, and no
 * statement can change it.
 */
export function openSqlite(file: string, { isReadOnly = false } = {}): Sql {
  const database = open(file, isReadOnly);
  const prepared = new Map<string, Prepared>();
  const prepare = (text: string): Prepared => {
    let statement = prepared.get(text);
    if (!statement) {
      statement = database.prepare<[Record<string, SqlValue>]>(text);
      prepared.set(text, statement);
    }
    return statement;
  };
  const runAll = database.transaction((statements: readonly Statement[]) => {
    for (const { text, values = [], mustChange = false } of statements) {
      const { changes } = prepare(text).run(named(values));
      if (mustChange && changes === 0) throw unchanged;
    }
  });

  return {
    query: async <Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> => {
      const statement = prepare(text);
      if (statement.reader) return statement.all(named(values)) as Row[];
      statement.run(named(values));
      return [];
    },
    batch: async (statements) => {
      try {
        runAll.immediate(statements);
        return true;
      } catch (thrown) {
        if (thrown === unchanged) return false;
        throw thrown;
      }
    },
    close: async () => {
      database.close();
    },
  };
}

function open(file: string, isReadOnly: boolean): Database.Database {
  try {
    const database = new Database(file, { timeout: 5000, readonly: isReadOnly });
    if (isReadOnly) return database;
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    return database;
  } catch (thrown) {
    throw new Fault('DATABASE_FAILED', (thrown as { code?: string }).code ?? '', { cause: thrown });
  }
}

/** better-sqlite3 binds `$1` by the name `1`: positions become names, repeats included. */
const named = (values: readonly SqlValue[]): Record<string, SqlValue> =>
  Object.fromEntries(values.map((value, index) => [String(index + 1), value]));

/** A copy of a database as it is in one moment, also while others write to it. Faults: DATABASE_FAILED, STORAGE_FULL. */
export function snapshot(file: string, to: string): void {
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

import { Fault } from '../../fault.ts';
import type { Job, JobQueue, Sql, SqlValue, Statement } from '../../ports.ts';
import { RowsDigest, sourcePages, targetPages } from './rows.ts';
import type { Table } from './tables.ts';

/** Rows of a table, of `total`, with which this was done by now. */
export type Progress = (
  step: 'moved' | 'read in SQLite' | 'read in PostgreSQL' | 'looked for the files of',
  table: string,
  rows: number,
  total: number,
) => void;
export type Compared = Readonly<{
  table: string;
  rows: number;
  rowsThere: number;
  digest: string;
  digestThere: string;
  /** texts with U+0000, which PostgreSQL keeps as U+FFFD */
  changed: number;
}>;

export const isSame = ({ rows, rowsThere, digest, digestThere }: Compared): boolean =>
  rows === rowsThere && digest === digestThere;

/** Refuses a catalogue that is still on its way here. Fault: MOVE_UNFINISHED. */
export async function refuseHalfMoved(sql: Sql): Promise<void> {
  const rows = await sql.query('SELECT "id" FROM "move" WHERE "doneAt" IS NULL');
  if (rows.length > 0) throw new Fault('MOVE_UNFINISHED');
}

/** Refuses a database in which that move has not ended, whatever else it holds. Fault: MOVE_UNFINISHED. */
export async function requireMoved(sql: Sql, id: string): Promise<void> {
  const [table] = await sql.query(`SELECT 1 FROM pg_class WHERE oid = to_regclass('"move"')`);
  const [ended] = table
    ? await sql.query('SELECT 1 FROM "move" WHERE "id" = $1 AND "doneAt" IS NOT NULL', [id])
    : [];
  if (!ended) throw new Fault('MOVE_UNFINISHED');
}

/**
 * Marks an empty database as the target of this move, or finds that it is. Answers whether that move is done already.
 * Fault: MOVE_TARGET_USED.
 */
export async function beginMove(
  target: Sql,
  id: string,
  tables: readonly Table[],
  now: Date,
): Promise<'begun' | 'done'> {
  const isEmpty = tables.map(({ name }) => `NOT EXISTS (SELECT 1 FROM "${name}")`);
  await target.batch([
    {
      text: `INSERT INTO "move" ("id", "begunAt") SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT)
        WHERE NOT EXISTS (SELECT 1 FROM "move") AND ${isEmpty.join(' AND ')}`,
      values: [id, now.getTime()],
      mustChange: true,
    },
    ...tables.map(({ name }) => ({ text: 'INSERT INTO "moveTable" VALUES ($1, 0)', values: [name] })),
  ]);
  const [move] = await target.query<{ id: string; doneAt: number | null }>('SELECT * FROM "move"');
  if (!move) throw new Fault('MOVE_TARGET_USED', 'it holds rows');
  if (move.id !== id) throw new Fault('MOVE_TARGET_USED', 'it holds another move');
  return move.doneAt === null ? 'begun' : 'done';
}

/** Moves what is not there yet; a page and how far it came are one transaction. How many rows. */
export async function moveRows(
  source: Sql,
  target: Sql,
  tables: readonly Table[],
  progress: Progress,
): Promise<number> {
  let moved = 0;
  for (const table of tables) {
    const { name } = table;
    const [mark] = await target.query<{ lastRow: number }>(
      'SELECT "lastRow" FROM "moveTable" WHERE "table" = $1',
      [name],
    );
    let at = mark?.lastRow ?? 0;
    const { total, done } = await countOf(source, name, at);
    let there = done;
    for await (const { rows, last } of sourcePages(source, table, at)) {
      const isMine = await target.batch([
        {
          text: 'UPDATE "moveTable" SET "lastRow" = $1 WHERE "table" = $2 AND "lastRow" = $3',
          values: [last, name, at],
          mustChange: true,
        },
        inserting(table, JSON.stringify(rows)),
      ]);
      if (!isMine) throw new Fault('MOVE_TARGET_USED', 'another process moves rows into it');
      at = last;
      there += rows.length;
      moved += rows.length;
      progress('moved', name, there, total);
    }
  }
  await target.query('ANALYZE');
  return moved;
}

/** One parameter for all rows: PostgreSQL reads each value as its column wants it. */
const inserting = ({ name, columns }: Table, rows: string): Statement => {
  const list = columns.map((column) => `"${column.name}"`).join(', ');
  return {
    text: `INSERT INTO "${name}" (${list}) SELECT ${list} FROM json_populate_recordset(CAST(NULL AS "${name}"), CAST($1 AS JSON))`,
    values: [rows],
  };
};

/** Reads every row on both sides. */
export async function compare(
  source: Sql,
  target: Sql,
  tables: readonly Table[],
  progress: Progress,
): Promise<Compared[]> {
  const compared: Compared[] = [];
  for (const table of tables) {
    const { name } = table;
    const [here, there] = [new RowsDigest(), new RowsDigest()];
    const { total } = await countOf(source, name);
    let changed = 0;
    for await (const page of sourcePages(source, table)) {
      here.add(page.rows);
      changed += page.changed;
      progress('read in SQLite', name, here.rows, total);
    }
    for await (const rows of targetPages(target, table)) {
      there.add(rows);
      progress('read in PostgreSQL', name, there.rows, here.rows);
    }
    compared.push({
      table: name,
      rows: here.rows,
      rowsThere: there.rows,
      digest: here.digest,
      digestThere: there.digest,
      changed,
    });
  }
  return compared;
}

/** Whether another process wrote into the SQLite file between two answers that differ. */
export async function versionOf(source: Sql): Promise<SqlValue> {
  const [row] = await source.query<{ version: SqlValue }>(
    'SELECT "data_version" AS "version" FROM pragma_data_version',
  );
  return row?.version ?? null;
}

/** Puts every job of the queue in SQLite into the other one; one that waits there already is not put twice. How many there are. */
export async function putJobs(source: Sql, queue: Pick<JobQueue, 'put'>): Promise<number> {
  const [found] = await source.query(`SELECT 1 FROM "sqlite_master" WHERE "name" = 'job'`);
  if (!found) return 0;
  const jobs = await source.query<Job & { notBefore: number }>(
    'SELECT "kind", "key", "notBefore" FROM "job" ORDER BY "notBefore", "putAt"',
  );
  for (const { kind, key, notBefore } of jobs) {
    await queue.put({ kind, key }, { notBefore: new Date(notBefore) });
  }
  return jobs.length;
}

/** From then on the catalogue can be opened. */
export const ending = (id: string, now: Date): Statement => ({
  text: 'UPDATE "move" SET "doneAt" = $1 WHERE "id" = $2 AND "doneAt" IS NULL',
  values: [now.getTime(), id],
  mustChange: true,
});

/** `digest`: SHA-256 of the data set that was received, or of the file that was made; undefined where none is kept. */
export type NamedFile = Readonly<{ file: string; digest: string | undefined }>;

/** Files that the catalogue names, some at a time. Those that are still to be removed may be gone. */
export async function* filesNamed(
  source: Sql,
  tables: readonly Table[],
  progress: Progress,
): AsyncGenerator<NamedFile[]> {
  for (const table of tables) {
    const isNaming = table.columns.some(({ name }) => name === 'file');
    if (!isNaming || table.name === 'removal') continue;
    const { total } = await countOf(source, table.name);
    let looked = 0;
    for await (const { rows } of sourcePages(source, table)) {
      yield rows.map(({ file, digest }) => ({
        file: String(file),
        digest: digest ? String(digest) : undefined,
      }));
      looked += rows.length;
      progress('looked for the files of', table.name, looked, total);
    }
  }
}

async function countOf(source: Sql, table: string, at = 0): Promise<{ total: number; done: number }> {
  const [row] = await source.query<{ total: number; done: number }>(
    `SELECT COUNT(*) AS "total", COUNT(CASE WHEN rowid <= $1 THEN 1 END) AS "done" FROM "${table}"`,
    [at],
  );
  return row ?? { total: 0, done: 0 };
}

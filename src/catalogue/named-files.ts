import type { InstanceFile, Sql } from '../ports.ts';
import { type Raw, text } from './values.ts';

const TABLES = ['instance', 'conflict', 'superseded', 'removal'] as const;

/** Files of that folder (`instances/` and a StudyInstanceUID, or `later`) in which an object lies, or which are to be removed. */
export async function namedFiles(sql: Sql, folder: string): Promise<ReadonlySet<InstanceFile>> {
  const StudyInstanceUID = /^instances\/(.+)$/.exec(folder)?.[1];
  const within = `"file" >= $1 AND "file" < $2`;
  const ofStudy = StudyInstanceUID === undefined ? '' : `AND "StudyInstanceUID" = $3`;
  const each = TABLES.map(
    (table) => `SELECT "file" FROM "${table}" WHERE ${within} ${table === 'removal' ? '' : ofStudy}`,
  );
  // '0' is next to '/'.
  const values = [`${folder}/`, `${folder}0`, ...(StudyInstanceUID === undefined ? [] : [StudyInstanceUID])];
  const rows = await sql.query<Raw>(each.join(' UNION ALL '), values);
  return new Set(rows.map((row) => text(row['file'])));
}

import type { Sql } from '../ports.ts';

/** The task while no other process runs one of that key. A database of one process needs no lock: within it the caller sees to turns. */
export const locked = <T>(sql: Sql, key: string, task: () => Promise<T>): Promise<T> =>
  sql.locked ? sql.locked(key, task) : task();

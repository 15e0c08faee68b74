import { closeSync, openSync } from 'node:fs';

/**
 * SQLite itself makes files that every user of the machine may read; what it writes beside one (log, index of the log) has its mode. A
 * file that is there keeps its mode; where none can be made SQLite says so.
 */
export function makeClosed(file: string, mode: number): void {
  try {
    closeSync(openSync(file, 'ax', mode));
  } catch {}
}

import { resolve } from 'node:path';
import { type Compared, isSame, type Progress } from '../catalogue/move/move.ts';
import { Fault } from '../fault.ts';
import { loadConfig } from '../startup/load.ts';
import { type Moved, moveCatalogue } from '../startup/move-catalogue.ts';
import { sqliteFile } from '../startup/open-database.ts';
import { AUTHOR } from './audited.ts';
import { type Command, parse } from './command.ts';

/** `earshot migrate sqlite-to-postgres`: once, between the last stop on SQLite and the first start on PostgreSQL. */
export const migrate: Command = {
  usage: `Usage: earshot migrate sqlite-to-postgres [--from FILE] [--config earshot.yaml]

Moves the catalogue of a stopped service from SQLite to the PostgreSQL database that the configuration names
(database: postgres://…), which must be empty. Every table is counted and digested on both sides before anything may open
it there. Ended at any moment, run it again: it goes on where it was. The SQLite file is read only and stays; from the
beginning on no service starts on it. Files of objects and reports stay in the data folder.
  --from FILE      the SQLite catalogue (default catalogue.sqlite in dataDir)
  --config FILE    configuration (default earshot.yaml)

docs/DEPLOYMENT.md has the steps, the time that it takes, and the way back.`,
  run: async (args) => {
    const { values, positionals } = parse(
      args,
      { config: { type: 'string', default: 'earshot.yaml' }, from: { type: 'string' } },
      1,
    );
    if (positionals[0] !== 'sqlite-to-postgres') throw new Fault('USAGE', 'migrate sqlite-to-postgres');
    const config = loadConfig(values.config);
    const moved = await moveCatalogue({
      config,
      from: values.from === undefined ? sqliteFile(config) : resolve(values.from),
      clock: () => new Date(),
      line: { actor: AUTHOR, role: '', via: 'machine', address: '', action: 'catalogue.moved' },
      progress: sayingSometimes(),
      compared: show,
    });
    console.log(moved ? endOf(moved) : 'This catalogue was moved before. Nothing was done.');
    return 0;
  },
};

const EVERY_MS = 5000;

function sayingSometimes(): Progress {
  let saidAt = performance.now();
  return (step, table, rows, total) => {
    if (performance.now() - saidAt < EVERY_MS) return;
    saidAt = performance.now();
    console.error(`${step} ${rows} of ${total} rows of ${table}`);
  };
}

/** The first digits of a digest: what people compare. */
const SHOWN = 12;

function show(tables: readonly Compared[]): void {
  const lines = tables.map((each) => [
    each.table,
    `${each.rows}`,
    `${each.rowsThere}`,
    each.digest.slice(0, SHOWN),
    each.digestThere.slice(0, SHOWN),
    isSame(each) ? 'same' : 'DIFFERENT',
  ]);
  const all = [['table', 'SQLite', 'PostgreSQL', 'digest', 'digest', ''], ...lines];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  for (const line of all)
    console.log(
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

function endOf({ rows, compared, jobs, files, missing, seconds }: Moved): string {
  const total = compared.reduce((sum, each) => sum + each.rows, 0);
  const changed = compared.reduce((sum, each) => sum + each.changed, 0);
  return [
    `${total} rows of ${compared.length} tables are moved and the same; ${rows} of them by this run, in ${seconds.toFixed(1)} s.`,
    ...(changed > 0 ? [`${changed} texts held U+0000, which PostgreSQL keeps as U+FFFD.`] : []),
    `${jobs} jobs wait in the new queue.`,
    missing > 0
      ? `${missing} of ${files} files that the catalogue names are missing in the data folder: restore them from a backup.`
      : `All ${files} files that the catalogue names are in the data folder.`,
    'Start the service. The SQLite catalogue is as it was; it can be removed when you need no way back.',
  ].join('\n');
}

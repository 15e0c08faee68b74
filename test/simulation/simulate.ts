/**
 * How many receivers, workers, database cores and connections 10, 100 and 1,000 hospitals need, what runs out first, and what
 * trouble does to them: tables from test/simulation/costs.json, the same at every run.
 *
 *     npm run simulate [-- --write]
 *
 * `--write` puts them, and what was measured, into docs/SCALING.md between their marks, and draws its figure.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { costTables } from './cost-tables.ts';
import { readCosts } from './costs.ts';
import { simulated } from './day-tables.ts';

const DOCUMENT = new URL('../../docs/SCALING.md', import.meta.url);
const FIGURE = new URL('../../docs/img/scaling-slowest-reports.svg', import.meta.url);

function between(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/SCALING.md has no part ${name}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

const costs = readCosts();
const { tables, figure } = simulated(costs);
process.stdout.write(`${tables}\n`);
if (process.argv.includes('--write')) {
  const text = between(readFileSync(DOCUMENT, 'utf8'), 'measured', costTables(costs));
  writeFileSync(DOCUMENT, between(text, 'simulated', tables));
  writeFileSync(FIGURE, figure);
}

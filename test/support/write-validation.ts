/**
 * Writes the table of docs/VALIDATION.md between its markers: every reference case whose input is here, each feature
 * that this version computes, against PyRadiomics. `node --import tsx test/support/write-validation.ts`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { validationRows } from './validation-rows.ts';

const file = new URL('../../docs/VALIDATION.md', import.meta.url);
const begin = '<!-- table: begin -->';
const end = '<!-- table: end -->';
const rows = validationRows();
const table = [
  '| Case | Input | Features | Undefined | Worst error | Of | Worst of MCC |',
  '|---|---|---|---|---|---|---|',
  ...rows.map(
    ({ name, input, count, undefinedCount, worst, feature, worstMcc }) =>
      `| \`${name}\` | ${input} | ${count} | ${undefinedCount} | ${worst.toExponential(1)} | \`${feature}\` | ${worstMcc.toExponential(1)} |`,
  ),
].join('\n');
const text = readFileSync(file, 'utf8');
const [before = '', rest = ''] = text.split(begin);
const after = rest.split(end)[1] ?? '';
writeFileSync(file, `${before}${begin}\n${table}\n${end}${after}`);
process.stdout.write(`${table}\n`);

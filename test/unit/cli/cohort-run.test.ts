import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openProgress } from '../../../src/cli/cohort-progress.ts';
import type { Flow } from '../../../src/lab/cohort/flow.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { codeOf } from '../../support/code-of.ts';
import { withFileLimit } from '../../support/file-limit.ts';
import { isOneCodedLine, run } from './run.ts';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-cohort-run-'));
  mkdirSync(at('empty'));
  writeFileSync(at('file'), 'no folder');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const optionsOf = (rows: readonly string[], out: string, jobs: string): string[] => {
  writeFileSync(at(`${out}.csv`), `patient,study,visit\n${rows.join('\n')}\n`);
  return ['cohort', 'run', '--table', at(`${out}.csv`), '--out', at(out), '--jobs', jobs];
};

it('a row that names no folder is excluded, and the others are measured', { timeout: 30_000 }, async () => {
  const rows = ['A,file,FFT', 'B,a\0b,FFT', `C,${'a'.repeat(5000)},FFT`, 'D,empty,FFT'];
  const { status, out } = await run(...optionsOf(rows, 'bad-rows', '1'));
  expect([status, out]).toEqual([1, expect.stringContaining('INPUT_NOT_FOUND: 4 studies of 4 patients')]);
  const { exclusions } = JSON.parse(readFileSync(at('bad-rows/flow.json'), 'utf8')) as Flow;
  expect(exclusions.map(({ detail }) => detail)).toEqual([
    'the study: no folder',
    expect.stringMatching(/^the study: ERR_INVALID_ARG_VALUE/),
    'the study: ENAMETOOLONG',
    'the study: no CT image',
  ]);
});

it.each(['null', '[]', '{"inputs":"a"}', '{"inputs":"a","outcome":{"kind":"measured"}}'])(
  'refuses a folder whose progress has the line %s',
  async (line) => {
    const options = optionsOf(['A,empty,FFT'], 'bad-progress', '1');
    mkdirSync(at('bad-progress'), { recursive: true });
    for (const text of [`${line}\n`, `{"run":"a"}\n${line}\n`]) {
      writeFileSync(at('bad-progress/progress.jsonl'), text);
      const result = await run(...options);
      expect(isOneCodedLine(result, 'FOLDER_OF_ANOTHER_RUN')).toBe(true);
      expect(result.err).toContain('progress.jsonl cannot be read');
    }
  },
);

it('the process ends once the disk takes no more', { timeout: 60_000 }, () => {
  const start = (row: string, ...before: string[]) => {
    const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
    const command = [process.execPath, '--import', 'tsx', main, ...optionsOf([row], 'full', '1')];
    const [program = '', ...args] = [...before, ...command];
    return spawnSync(program, args, { encoding: 'utf8', timeout: 25_000 });
  };
  // a folder with a head and no lines, since nothing is kept of a study that is not there
  expect(start('A,gone,FFT').status).toBe(1);
  const { size } = statSync(at('full/progress.jsonl'));
  const { status, stderr } = start('A,empty,FFT', 'prlimit', `--fsize=${size}`);
  expect([status, stderr]).toEqual([1, expect.stringContaining('OUTPUT_FAILED')]);
});

it('writes nothing behind a line that the disk cut short', async () => {
  const recipe = { settings: EAR_2023, features: [], rules: loadRules(defaultConfig()) };
  const outcome = { kind: 'excluded', excluded: { reason: 'MASK_MISSING', detail: '' } } as const;
  const progress = openProgress(at('cut'), recipe);
  progress.keep('a', outcome);
  const { size } = statSync(at('cut/progress.jsonl'));
  const refused = await withFileLimit(size + 10, () => codeOf(() => progress.keep('b', outcome)));
  expect([refused, statSync(at('cut/progress.jsonl')).size]).toEqual(['OUTPUT_FAILED', size + 10]);
  expect(codeOf(() => progress.keep('c', outcome))).toBe('OUTPUT_FAILED');
  const next = openProgress(at('cut'), recipe);
  expect(['a', 'b', 'c'].map((inputs) => next.known(inputs))).toEqual([outcome, undefined, undefined]);
});

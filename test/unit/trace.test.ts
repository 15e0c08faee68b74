import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readHazardLog, requirementsOf } from '../support/hazard-log.ts';
import { titlesIn } from '../support/test-titles.ts';
import { faultOf, faultsOf, traceDocument } from '../support/trace.ts';

const root = new URL('../../', import.meta.url);
const hazards = readHazardLog();
const requirements = requirementsOf(hazards);

describe('docs/hazards.yaml', () => {
  it('names tests that are there, each title once in its file', () => {
    expect(faultsOf(hazards)).toEqual([]);
  });

  it('numbers hazards and their requirements in order', () => {
    expect(hazards.map(({ id }) => id)).toEqual(hazards.map((_, at) => `H-${at + 1}`));
    expect(requirements.map(({ id }) => id)).toEqual(
      hazards.flatMap(({ measures }, at) => measures.map((_, row) => `R-${at + 1}.${row + 1}`)),
    );
  });

  it('has a requirement for each pain of test/issues/README.md, with the test that is named there', () => {
    const rows = readFileSync(new URL('test/issues/README.md', root), 'utf8')
      .split('\n')
      .filter((line) => /^\| \d+ \|/.test(line))
      .map((line) => line.split('|').map((text) => text.trim()))
      .map(([, pain, , file]) => ({ pain: Number(pain), file }));
    expect(rows).toHaveLength(25);
    const missing = rows.filter(
      ({ pain, file }) =>
        !requirements.some(
          ({ pains, tests }) => pains?.includes(pain) && tests?.some((reference) => reference.file === file),
        ),
    );
    expect(missing).toEqual([]);
  });
});

describe('docs/TRACE.md', () => {
  it('is what is written now (write-trace.ts)', () => {
    expect(readFileSync(new URL('docs/TRACE.md', root), 'utf8')).toBe(traceDocument(hazards));
  });
});

describe('a reference', () => {
  const file = 'test/unit/trace.test.ts';

  it('to a test, to a describe, or to a file is found', () => {
    expect(faultOf({ file, title: 'is what is written now (write-trace.ts)' })).toBeUndefined();
    expect(faultOf({ file, title: 'docs/TRACE.md' })).toBeUndefined();
    expect(faultOf({ file })).toBeUndefined();
  });

  it('to a title or a file that is not there is found out, with the requirement that has it', () => {
    const [first, ...others] = hazards;
    const [requirement, ...measures] = first!.measures;
    const planted = {
      ...requirement!,
      tests: [{ file, title: 'is what was written then' }, { file: 'test/gone.test.ts' }],
    };
    expect(faultsOf([{ ...first!, measures: [planted, ...measures] }, ...others])).toEqual([
      `R-1.1: ${file}: "is what was written then" names no test`,
      'R-1.1: test/gone.test.ts names no test',
    ]);
  });

  it('to a title that stands twice in its file is found out', () => {
    const twice = { file: 'test/unit/model/drift.test.ts', title: 'is seldom cried where nothing changed' };
    expect(faultOf(twice)).toBe(`${twice.file}: "${twice.title}" stands there 2 times`);
  });
});

describe('the titles of a test file', () => {
  it('are those of describe, test and it, with what they lie within', () => {
    const source = `
      describe('outer', () => {
        it('one', run);
        describe.skipIf(missing).each(rows)('inner %s', () => { test.only.each\`a\`('two $name', run); });
      });
      it.concurrent(\`counts \${ CASES } of them\`, { timeout: 1 }, run);
      describe(missing ?? 'what is installed', run);`;
    expect(titlesIn(source)).toEqual([
      { kind: 'suite', title: 'outer', within: [] },
      { kind: 'test', title: 'one', within: ['outer'] },
      { kind: 'suite', title: 'inner %s', within: ['outer'] },
      { kind: 'test', title: 'two $name', within: ['outer', 'inner %s'] },
      { kind: 'test', title: `counts \${CASES} of them`, within: [] },
      { kind: 'suite', title: 'what is installed', within: [] },
    ]);
  });

  it('are not those of other calls, nor what stands in a comment or a text', () => {
    expect(titlesIn(`/a/.test('b', c); // it('d', run)\nsay("it('e', run)", run); it(run);`)).toEqual([]);
  });
});

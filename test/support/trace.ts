import { existsSync, readdirSync } from 'node:fs';
import type { Hazard, Reference, Requirement } from './hazard-log.ts';
import { requirementsOf } from './hazard-log.ts';
import { type TitledBlock, titlesOf } from './test-titles.ts';

const root = new URL('../../', import.meta.url);
const titles = new Map<string, TitledBlock[]>();

/** The titled blocks of a test file by its path from the repository's root; none where there is no such file. */
function blocksOf(file: string): TitledBlock[] {
  const known = titles.get(file);
  if (known !== undefined) return known;
  const url = new URL(file, root);
  const blocks = existsSync(url) ? titlesOf(url) : [];
  titles.set(file, blocks);
  return blocks;
}

/** The tests that a reference names, as text that is unique in its file; none for one that names nothing. */
function testsOf({ file, title }: Reference): string[] {
  return blocksOf(file)
    .filter(({ kind }) => kind === 'test')
    .map((test) => [...test.within, test.title])
    .filter((path) => title === undefined || path.includes(title))
    .map((path) => [file, ...path].join(' > '));
}

/** What is wrong with a reference: no such file, no such title, or a title that stands there more than once. */
export function faultOf(reference: Reference): string | undefined {
  const { file, title } = reference;
  const named = blocksOf(file).filter((block) => block.title === title).length;
  const where = title === undefined ? file : `${file}: "${title}"`;
  if (title !== undefined && named > 1) return `${where} stands there ${named} times`;
  return testsOf(reference).length === 0 ? `${where} names no test` : undefined;
}

export function faultsOf(hazards: readonly Hazard[]): string[] {
  return requirementsOf(hazards).flatMap(({ id, tests = [] }) =>
    tests.flatMap((reference) => {
      const fault = faultOf(reference);
      return fault === undefined ? [] : [`${id}: ${fault}`];
    }),
  );
}

/** docs/TRACE.md: the hazard log, what shows each of its requirements, and what no requirement names. */
export function traceDocument(hazards: readonly Hazard[]): string {
  const requirements = requirementsOf(hazards);
  return `# Hazards, requirements and tests

What may go wrong with Earshot to the harm of somebody, what Earshot does about it, and the tests that show that it does.
In the manner of ISO 14971: words, and no claim of conformity. Severity and probability are those before any measure.
Written from \`docs/hazards.yaml\` and the titles of the tests by \`node --import tsx test/support/write-trace.ts\`; a test fails
when a title is not there any more, or when this page is not what would be written. A file without a title stands for all
of its tests, the title of a \`describe\` for all in it. What must be installed for which tests is in
[CONTRIBUTING.md](../CONTRIBUTING.md).

${countsOf(hazards)}

## Hazards

${table(
  ['', 'Hazard', 'Harm', 'Severity', 'Probability', 'Requirements'],
  hazards.map(({ id, hazard, harm, severity, probability, measures }) => [
    `[${id}](#${id.toLowerCase()})`,
    hazard,
    harm,
    severity,
    probability,
    `${measures.length}`,
  ]),
)}

${hazards.map(sectionOf).join('\n\n')}

## Open points

${table(
  ['Requirement', 'What no test shows'],
  requirements.flatMap(({ id, open }) => (open === undefined ? [] : [[id, open]])),
)}

## The 25 pains of users of comparable software

Each is a row of [test/issues](../test/issues/README.md).

${table(['Pain', 'Requirement'], painRows(requirements))}

## Test files that no requirement names

They show how the parts work, and what is no measure against a hazard.

${table(['Folder', 'Test files', 'Named by a requirement', 'Not named'], folderRows(requirements))}
`;
}

function countsOf(hazards: readonly Hazard[]): string {
  const requirements = requirementsOf(hazards);
  const references = requirements.flatMap(({ tests = [] }) => tests);
  const distinct = new Set(references.flatMap(testsOf)).size;
  const files = new Set(references.map(({ file }) => file)).size;
  const open = requirements.filter((each) => each.open !== undefined).length;
  return `${hazards.length} hazards, ${requirements.length} requirements, shown by ${distinct} tests of ${files} files (a test of many rows counts once); ${open} open points.`;
}

function sectionOf({ id, hazard, causes, remains, measures }: Hazard): string {
  return `## ${id}

**${cell(hazard)}.** Causes:

${causes.map((cause) => `- ${cell(cause)}`).join('\n')}

${table(
  ['', 'What Earshot does', 'Shown by', 'Tests'],
  measures.map((requirement) => [
    requirement.id,
    requirement.does,
    shownBy(requirement),
    `${new Set((requirement.tests ?? []).flatMap(testsOf)).size}`,
  ]),
)}

What remains: ${cell(remains)}`;
}

function shownBy({ tests = [], open }: Requirement): string {
  const lines = tests.map(({ file, title }) => {
    const link = `[${file.replace(/^test\//, '')}](../${file})`;
    return title === undefined ? link : `${link}: ${title}`;
  });
  return [...lines, ...(open === undefined ? [] : [`**Open:** ${open}`])].join('<br>');
}

function painRows(requirements: readonly Requirement[]): string[][] {
  const pairs = requirements.flatMap(({ id, pains = [] }) => pains.map((pain) => ({ pain, id })));
  const pains = [...new Set(pairs.map(({ pain }) => pain))].sort((a, b) => a - b);
  return pains.map((pain) => [
    `${pain}`,
    pairs
      .filter((pair) => pair.pain === pain)
      .map(({ id }) => id)
      .join(', '),
  ]);
}

function folderRows(requirements: readonly Requirement[]): string[][] {
  const named = new Set(requirements.flatMap(({ tests = [] }) => tests.map(({ file }) => file)));
  const counts = new Map<string, { all: number; named: number }>();
  for (const file of testFiles()) {
    const folder = folderOf(file);
    const { all, named: namedBefore } = counts.get(folder) ?? { all: 0, named: 0 };
    counts.set(folder, { all: all + 1, named: namedBefore + (named.has(file) ? 1 : 0) });
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, count]) => [folder, `${count.all}`, `${count.named}`, `${count.all - count.named}`]);
}

/** `test/e2e`, and the part of the program that a unit test is of: `test/unit/model`. */
const folderOf = (file: string): string =>
  file
    .split('/')
    .slice(0, -1)
    .slice(0, file.startsWith('test/unit/') ? 3 : 2)
    .join('/');

const testFiles = (): string[] =>
  readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(test|contract)\.ts$/.test(file))
    .map((file) => `test/${file}`)
    .sort();

/** Titles are text: nothing in them is markup of the table or a tag. */
const cell = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .replaceAll(/<(?!br>)/g, '&lt;')
    .replaceAll('$', '\\$');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

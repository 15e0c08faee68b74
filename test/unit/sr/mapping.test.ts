import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codeText, sameCode } from '../../../src/sr/codes.ts';
import type { ContentItem } from '../../../src/sr/content-item.ts';
import { renderTree } from '../../../src/sr/render.ts';
import { whyNotInstalled } from '../../support/installed.ts';
import { reportCases } from '../../support/report-content.ts';
import { type MappingRow, mappingRows, templates } from '../../support/sr-mapping.ts';
import { dump, MAPPING_FOLDER, mappingFiles } from '../../support/sr-mapping-files.ts';

const files = [...mappingFiles()];
const pathOf = (path: string): string => fileURLToPath(new URL(path, MAPPING_FOLDER));
const samples = files.map(([path]) => path).filter((path) => path.endsWith('.dcm'));

describe('docs/sr-mapping is what the templates give (node --import tsx test/support/write-sr-mapping.ts)', () => {
  it.each(files)('%s', (path, content) => {
    const written = readFileSync(pathOf(path));
    expect(written.equals(Buffer.from(content))).toBe(true);
  });

  it('has nothing else', () => {
    const wanted = [...files.map(([path]) => path), ...samples.map((path) => path.replace(/dcm$/, 'txt'))];
    const written = readdirSync(MAPPING_FOLDER, { recursive: true, encoding: 'utf8' });
    expect(written.filter((path) => path.includes('.')).sort()).toEqual(wanted.sort());
  });

  const noDsrdump = whyNotInstalled('dsrdump');
  it.skipIf(noDsrdump)(`has the text of every sample as dsrdump gives it ${noDsrdump ?? ''}`, () => {
    for (const path of samples)
      expect(readFileSync(pathOf(path.replace(/dcm$/, 'txt')), 'utf8')).toBe(dump(pathOf(path)));
  });
});

/** Steps of a path as they stand in a report: `125007[1411]`. */
const stepOf = (item: ContentItem): string => {
  const tid = item.valueType === 'CONTAINER' && item.template !== '1500' ? item.template : undefined;
  return item.concept.CodeValue + (tid === undefined ? '' : `[${tid}]`);
};

function isAt({ path }: MappingRow, steps: readonly string[]): boolean {
  const wanted = path.split('/');
  return wanted.length === steps.length && wanted.every((step, at) => step.split('|').includes(steps[at]!));
}

type Placed = Readonly<{ item: ContentItem; steps: readonly string[] }>;

function* placed(item: ContentItem, above: readonly string[] = []): Generator<Placed> {
  const steps = [...above, stepOf(item)];
  yield { item, steps };
  for (const child of item.children) yield* placed(child, steps);
}

function describes(row: MappingRow, { item, steps }: Placed): boolean {
  if (!isAt(row, steps)) return false;
  if (row.valueType !== item.valueType || row.relationship !== (item.relationship ?? '')) return false;
  if (item.valueType === 'NUM') return row.unit !== undefined && sameCode(row.unit, item.unit);
  if (item.valueType !== 'CODE') return true;
  return row.codes.some((code) => sameCode(code, item.code)) || /ProcedureCodeSequence/.test(row.value);
}

describe.each(templates())('the rows of $name', (named) => {
  const rows = mappingRows(named);

  it.each(Object.entries(reportCases()))('describe every item of the report "%s"', (_, content) => {
    const items = [...placed(renderTree(named.template, content))];
    const unknown = items.filter((each) => !rows.some((row) => describes(row, each)));
    expect(unknown.map(({ item, steps }) => `${steps.join('/')} ${codeText(item.concept)}`)).toEqual([]);
  });

  it('that are always there are in every report, below what they are below', () => {
    const always = rows.filter(({ presence, repeat }) => presence === 'always' && repeat === '');
    for (const content of Object.values(reportCases())) {
      const items = [...placed(renderTree(named.template, content))];
      const parents = (row: MappingRow) => {
        const above = rows.find(({ position }) => position === row.position.replace(/\.\d+$/, ''));
        return items.filter(({ steps }) => above && above.position !== row.position && isAt(above, steps));
      };
      for (const row of always)
        for (const { item, steps } of parents(row))
          expect(
            item.children.some((child) => describes(row, { item: child, steps: [...steps, stepOf(child)] })),
            row.path,
          ).toBe(true);
    }
  });

  it('have a place of their own, and a list of codes wherever a code may come', () => {
    expect(new Set(rows.map(({ position }) => position)).size).toBe(rows.length);
    expect(rows.filter(({ valueType, codes }) => valueType === 'CODE' && codes.length === 0)).toEqual([]);
    expect(rows.filter(({ concepts }) => concepts.length === 0)).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { conceptText, type PreviewItem, previewOf } from '../../../src/sr/preview.ts';
import { everyItem, readTree, textOf } from '../../../src/sr/read-tree.ts';
import { validatorOutput } from '../../../src/sr/validator-output.ts';

const SAMPLES = ['normalised', 'chinese', 'several-lesions-trend-late', 'progression', 'not-evaluable'];
const sample = (name: string): Uint8Array => readFileSync(`docs/sr-mapping/samples/${name}.dcm`);

function* all(item: PreviewItem): Generator<PreviewItem> {
  yield item;
  for (const child of item.children) yield* all(child);
}
const itemsIn = (bytes: Uint8Array): PreviewItem[] => {
  const { root } = previewOf(bytes);
  return root ? [...all(root)] : [];
};

describe('the preview of a report', () => {
  it.each(SAMPLES)('%s: has every item of the document, in its order, with its own text', (name) => {
    const read = [...everyItem(readTree(readPart10(sample(name))))];
    const shown = itemsIn(sample(name));
    expect(shown.map(({ path }) => path)).toEqual(read.map(({ path }) => path));
    expect(shown.map(({ concept }) => conceptText(concept))).toEqual(
      read.map((item) => conceptText(item.concept ?? null)),
    );
    const texts = shown.filter(({ valueType }) => valueType === 'TEXT').map(({ value }) => value);
    const written = read.filter(({ valueType }) => valueType === 'TEXT');
    expect(texts).toEqual(written.map(({ dataset }) => textOf(dataset, 'TextValue')));
    expect(texts.length).toBeGreaterThan(10);
    expect(previewOf(sample(name)).isCut).toBe(false);
  });

  it('shows a number as it was written, with its unit, and why there is none', () => {
    const numbers = itemsIn(sample('normalised')).filter(({ valueType }) => valueType === 'NUM');
    expect(numbers.every(({ value, unit }) => value !== '' && unit !== null)).toBe(true);
    const without = itemsIn(sample('not-evaluable')).filter(
      ({ valueType, unit }) => valueType === 'NUM' && unit === null,
    );
    for (const { code, value } of without) expect(value).toBe(code?.CodeMeaning);
  });

  it('names the objects that are referred to', () => {
    const references = itemsIn(sample('normalised')).flatMap((item) => item.references);
    expect(references.length).toBeGreaterThan(0);
    expect(references.map(({ SOPClassName }) => SOPClassName)).toContain('RT Structure Set Storage');
  });

  it('has the header, names of persons and sequences with it, and not the content again', () => {
    const { header } = previewOf(sample('normalised'));
    const of = (keyword: string) => header.find((each) => each.keyword === keyword);
    expect(of('Modality')?.values).toEqual(['SR']);
    expect(of('PatientName')?.values.join('')).not.toContain('[object');
    expect(of('CurrentRequestedProcedureEvidenceSequence')?.items.length).toBeGreaterThan(0);
    expect(of('ContentSequence')).toBeUndefined();
  });

  it('passes hostile text on as it is', () => {
    const dataset = readPart10(sample('normalised'));
    const hostile = '<script>alert(1)</script>\u202e &amp; "\'';
    const bytes = writePart10({ ...dataset, StudyDescription: hostile, _vrMap: {} });
    const { header } = previewOf(bytes);
    expect(header.find(({ keyword }) => keyword === 'StudyDescription')?.values).toEqual([hostile]);
  });

  it('of a document that is nested without end is cut, and says so', () => {
    const dataset = readPart10(sample('normalised'));
    let item: Record<string, unknown> = { ValueType: 'TEXT', RelationshipType: 'CONTAINS', TextValue: 'x' };
    for (let depth = 0; depth < 100; depth++)
      item = { ValueType: 'CONTAINER', RelationshipType: 'CONTAINS', ContentSequence: [item] };
    const preview = previewOf(writePart10({ ...dataset, ContentSequence: [item] }));
    expect(preview.isCut).toBe(true);
    const [first] = preview.root?.children ?? [];
    expect(first ? [...all(first)].length : 0).toBeLessThan(40);
  });

  it('of bytes that are none is refused', () => {
    expect(() => previewOf(new Uint8Array(10))).toThrow(/REPORT_INVALID/);
  });
});

describe('the output of the validator', () => {
  it.each(SAMPLES)('%s: has no faults', (name) => {
    expect(validatorOutput(sample(name)).split('\n').at(-2)).toBe('0 faults');
  });

  it('names each rule that is broken, a line each, and no patient', () => {
    const dataset = readPart10(sample('normalised'));
    const output = validatorOutput(writePart10({ ...dataset, Modality: 'OT', CompletionFlag: 'MAYBE' }));
    expect(output).toContain('\nfixed-value: Modality is not SR\n');
    expect(output).toContain('\ncompletion: the flag is neither COMPLETE nor PARTIAL\n2 faults\n');
    expect(output).not.toContain(String(dataset['PatientID']));
  });
});

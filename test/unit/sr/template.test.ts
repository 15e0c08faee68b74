import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseTemplate, templateSchema } from '../../../src/sr/template.ts';
import { shippedTemplateData, shippedTemplates } from '../../support/report-template.ts';

const SCHEMA = new URL('../../../sr-templates/schema.json', import.meta.url);

type Item = { [key: string]: unknown; children: Item[] };

/** The shipped template, changed at one place. */
function changed(change: (document: Item) => void): unknown {
  const data = shippedTemplateData() as { document: Item };
  change(data.document);
  return data;
}

const meaning = (item: Item): unknown => (item['concept'] as string[])[2];
const child = (item: Item, name: string): Item => item.children.find((one) => meaning(one) === name)!;
const group = (root: Item, tid: string): Item =>
  child(root, 'Imaging Measurements').children.find((one) => one['template'] === tid)!;
const without = (item: Item, name: string): void => {
  item.children = item.children.filter((one) => meaning(one) !== name);
};

describe('the shipped report template', () => {
  it('is accepted', () => {
    const { comprehensive, comprehensive3d } = shippedTemplates();
    expect([comprehensive.value.name, comprehensive3d.value.name]).toEqual([
      'delta-radiomics',
      'delta-radiomics-3d',
    ]);
  });

  it('has the schema that editors use, generated from the code', () => {
    const generated = z.toJSONSchema(templateSchema, { io: 'input' });
    if (process.env['UPDATE']) writeFileSync(SCHEMA, `${JSON.stringify(generated, null, 2)}\n`);
    expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(JSON.parse(JSON.stringify(generated)));
  });
});

describe('a report template is refused, and the place named,', () => {
  const summary = (root: Item): Item => child(root, 'Summary');
  const cases: readonly [string, (root: Item) => void, RegExp][] = [
    [
      'when a slot does not exist',
      (root) => Object.assign(summary(root), { slot: 'score.luck' }),
      /document\.children\.8\.slot/,
    ],
    [
      'when a key is unknown',
      (root) => Object.assign(summary(root), { colour: 'red' }),
      /document\.children\.8: .*colour/,
    ],
    [
      'when a slot gives a number to a text',
      (root) => Object.assign(summary(root), { slot: 'score.z' }),
      /children\.8\.slot: slot score\.z does not give a TEXT/,
    ],
    [
      'when an item has both a slot and a fixed text',
      (root) => Object.assign(summary(root), { text: 'x' }),
      /children\.8: a TEXT needs exactly one value/,
    ],
    [
      'when an item has no value',
      (root) => {
        delete summary(root)['slot'];
      },
      /children\.8: a TEXT needs exactly one value/,
    ],
    [
      'when a value type is not one that Earshot writes',
      (root) => Object.assign(summary(root), { valueType: 'SCOORD' }),
      /children\.8\.valueType/,
    ],
    [
      'when the title is Imaging Measurement Report, which OHIF shows as nothing',
      (root) => Object.assign(root, { concept: ['126000', 'DCM', 'Imaging Measurement Report'] }),
      /document\.concept: the title/,
    ],
    [
      'when the root names another template',
      (root) => Object.assign(root, { template: '1411' }),
      /document: the root/,
    ],
    [
      'when a known code carries a wrong meaning',
      (root) => Object.assign(summary(root), { concept: ['121111', 'DCM', 'Conclusion'] }),
      /children\.8\.concept: the meaning of this code is "Summary"/,
    ],
    [
      'when a code value is longer than 16 characters',
      (root) => Object.assign(summary(root), { concept: ['12345678901234567', '99X', 'x'] }),
      /children\.8\.concept/,
    ],
    [
      'when a number is a concept modifier (TID 1419 sigma)',
      (root) =>
        Object.assign(group(root, '1501').children.find((one) => one['slot'] === 'score.z')!, {
          relationship: 'HAS CONCEPT MOD',
        }),
      /CONTAINER HAS CONCEPT MOD NUM is not allowed/,
    ],
    [
      'when something but a modifier stands below a structure set',
      (root) =>
        Object.assign(child(group(root, '1411'), 'Region in Space').children[0]!, {
          relationship: 'HAS PROPERTIES',
        }),
      /COMPOSITE HAS PROPERTIES TEXT is not allowed/,
    ],
    [
      'when a number has no unit',
      (root) => {
        delete child(group(root, '1411'), 'Volume')['unit'];
      },
      /a NUM needs a unit/,
    ],
    [
      'when a relationship is missing',
      (root) => {
        delete summary(root)['relationship'];
      },
      /children\.8: a relationship is missing/,
    ],
    [
      'without a summary',
      (root) => without(root, 'Summary'),
      /document: the mandatory row CONTAINS TEXT \(121111/,
    ],
    [
      'without the tracking UID in a TID 1411 group',
      (root) => without(group(root, '1411'), 'Tracking Unique Identifier'),
      /mandatory row HAS OBS CONTEXT UIDREF \(112040/,
    ],
    [
      'without the region in space that RTSTRUCT needs',
      (root) => without(group(root, '1411'), 'Region in Space'),
      /\(130488/,
    ],
    [
      'without the class in the TID 1501 group',
      (root) => without(group(root, '1501'), 'Predicted early acquired resistance to EGFR-TKI'),
      /\(EAR_CLASS/,
    ],
    [
      'without a TID 1501 group',
      (root) => {
        const all = child(root, 'Imaging Measurements');
        all.children = all.children.filter((one) => one['template'] !== '1501');
      },
      /template 1501 is missing/,
    ],
    [
      'without the quality assessment',
      (root) => without(child(root, 'Qualitative Evaluations'), 'Quality Assessment'),
      /\(111050/,
    ],
    [
      'when a time point slot stands outside of its repeat',
      (root) => {
        delete group(root, '1411')['repeat'];
      },
      /timePoint\.label stands outside/,
    ],
    [
      'when repeated text stands outside of a repeat',
      (root) => Object.assign(summary(root), { slot: 'repeated.text' }),
      /repeated\.text stands outside/,
    ],
  ];

  it.each(cases)('%s', (_title, change, message) => {
    expect(() => parseTemplate(changed(change))).toThrow(message);
  });

  it('with the code TEMPLATE_INVALID', () => {
    expect(() => parseTemplate({})).toThrow(expect.objectContaining({ code: 'TEMPLATE_INVALID' }));
  });
});

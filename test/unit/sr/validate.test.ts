import { describe, expect, it } from 'vitest';
import { type Dataset, readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { renderReport } from '../../../src/sr/document.ts';
import { everyItem, itemsOf, type ReadItem, readTree } from '../../../src/sr/read-tree.ts';
import { reportFaults, validateReport } from '../../../src/sr/validate.ts';
import { reportCases } from '../../support/report-content.ts';
import { shippedTemplates } from '../../support/report-template.ts';

const template = shippedTemplates();
const cases = reportCases();
const bytesOf = Object.fromEntries(
  Object.entries(cases).map(([name, content]) => [name, renderReport(template, content).bytes]),
);
const good = (name = 'normalised'): Dataset => readPart10(bytesOf[name]!);

const find = (dataset: Dataset, codeValue: string): ReadItem =>
  [...everyItem(readTree(dataset))].find(({ concept }) => concept?.CodeValue === codeValue)!;
const item = (dataset: Dataset, codeValue: string): Dataset => find(dataset, codeValue).dataset;
/** Takes the children with this concept out of the item with that one. */
const remove = (dataset: Dataset, parent: string, codeValue: string): void => {
  const found = item(dataset, parent);
  found['ContentSequence'] = itemsOf(found, 'ContentSequence').filter(
    (child) => itemsOf(child, 'ConceptNameCodeSequence')[0]?.['CodeValue'] !== codeValue,
  );
};
const group = (dataset: Dataset, tid: string): Dataset =>
  [...everyItem(readTree(dataset))].find((one) => one.template === tid)!.dataset;
const current = (dataset: Dataset): Dataset[] =>
  dataset['CurrentRequestedProcedureEvidenceSequence'] as Dataset[];

describe('our own assertions pass', () => {
  it.each(Object.keys(cases))('the report %s', (name) => {
    expect(reportFaults(good(name))).toEqual([]);
  });
});

describe('our own assertions catch', () => {
  const faults: readonly [string, string, (dataset: Dataset) => void][] = [
    [
      'a missing template identifier at the root',
      'template-id',
      (d) => {
        delete d['ContentTemplateSequence'];
      },
    ],
    [
      'a missing template identifier of a group',
      'template-id',
      (d) => {
        delete group(d, '1501')['ContentTemplateSequence'];
      },
    ],
    [
      'a title that OHIF shows as nothing',
      'title',
      (d) => {
        itemsOf(d, 'ConceptNameCodeSequence')[0]!['CodeValue'] = '126000';
      },
    ],
    [
      'an instance in both evidence sequences',
      'evidence',
      (d) => {
        d['PertinentOtherEvidenceSequence'] = [...current(d)];
      },
    ],
    [
      'a referenced mask that is in no evidence sequence',
      'evidence',
      (d) => {
        delete d['CurrentRequestedProcedureEvidenceSequence'];
      },
    ],
    [
      'a text of more than 1000 characters',
      'text',
      (d) => {
        item(d, '121111')['TextValue'] = 'x'.repeat(1001);
      },
    ],
    [
      'an empty text',
      'text',
      (d) => {
        item(d, '121111')['TextValue'] = '';
      },
    ],
    [
      'an item without a concept name',
      'concept-name',
      (d) => {
        delete item(d, '121111')['ConceptNameCodeSequence'];
      },
    ],
    [
      'an item that refers to another',
      'by-reference',
      (d) => {
        item(d, '121111')['ReferencedContentItemIdentifier'] = [1, 2];
      },
    ],
    [
      'a number as concept modifier',
      'relationship',
      (d) => {
        item(d, 'LOG_SIGMA')['RelationshipType'] = 'HAS CONCEPT MOD';
      },
    ],
    [
      'a structure set as image',
      'region',
      (d) => {
        item(d, '130488')['ValueType'] = 'IMAGE';
      },
    ],
    [
      'a property below a structure set',
      'relationship',
      (d) => {
        item(d, '130489')['RelationshipType'] = 'HAS PROPERTIES';
      },
    ],
    [
      'a group without a region',
      'region',
      (d) => {
        group(d, '1411')['ContentSequence'] = itemsOf(group(d, '1411'), 'ContentSequence').filter(
          (child) => child['ValueType'] !== 'IMAGE',
        );
      },
    ],
    [
      'a code value of 17 characters',
      'code',
      (d) => {
        itemsOf(item(d, '121071'), 'ConceptCodeSequence')[0]!['CodeValue'] = '1'.repeat(17);
      },
    ],
    [
      'a number without a unit',
      'number',
      (d) => {
        delete itemsOf(item(d, '118565006'), 'MeasuredValueSequence')[0]!['MeasurementUnitsCodeSequence'];
      },
    ],
    [
      'a number without its exact value',
      'number',
      (d) => {
        delete itemsOf(item(d, '118565006'), 'MeasuredValueSequence')[0]!['FloatingPointValue'];
      },
    ],
    [
      'an empty number without a reason',
      'number',
      (d) => {
        item(d, '118565006')['MeasuredValueSequence'] = [];
      },
    ],
    [
      'a decimal string of 17 characters',
      'number',
      (d) => {
        itemsOf(item(d, '118565006'), 'MeasuredValueSequence')[0]!['NumericValue'] = '1234567890.123456';
      },
    ],
    [
      'a class without its probability',
      'result',
      (d) => {
        group(d, '1501')['ContentSequence'] = itemsOf(group(d, '1501'), 'ContentSequence').filter(
          (child) => itemsOf(child, 'ConceptNameCodeSequence')[0]!['CodeValue'] !== 'PROB_EAR',
        );
      },
    ],
    [
      'a positive class beside a probability that was not computed',
      'result',
      (d) => {
        Object.assign(item(d, 'PROB_EAR'), {
          MeasuredValueSequence: [],
          NumericValueQualifierCodeSequence: itemsOf(item(d, 'PROB_EAR'), 'ConceptNameCodeSequence'),
        });
      },
    ],
    ['a missing summary', 'mandatory-row', (d) => remove(d, '126001', '121111')],
    ['a missing quality assessment', 'mandatory-row', (d) => remove(d, 'C0034375', '111050')],
    [
      'a missing SeriesNumber',
      'type-1',
      (d) => {
        delete d['SeriesNumber'];
      },
    ],
    [
      'a missing ReferencedPerformedProcedureStepSequence',
      'type-2',
      (d) => {
        delete d['ReferencedPerformedProcedureStepSequence'];
      },
    ],
    [
      'a missing PatientBirthDate',
      'type-2',
      (d) => {
        delete d['PatientBirthDate'];
      },
    ],
    [
      'a report that says it was verified',
      'fixed-value',
      (d) => {
        d['VerificationFlag'] = 'VERIFIED';
      },
    ],
    [
      'another character set',
      'fixed-value',
      (d) => {
        d['SpecificCharacterSet'] = 'ISO_IR 100';
      },
    ],
    [
      'a partial report that does not say why',
      'completion',
      (d) => {
        d['CompletionFlag'] = 'PARTIAL';
      },
    ],
    [
      'a coding scheme that is not identified',
      'coding-scheme',
      (d) => {
        delete d['CodingSchemeIdentificationSequence'];
      },
    ],
    [
      'a UID with a leading zero',
      'uid',
      (d) => {
        d['SeriesInstanceUID'] = '1.02';
      },
    ],
    [
      'another SOP class',
      'sop-class',
      (d) => {
        d['SOPClassUID'] = '1.2.840.10008.5.1.4.1.1.88.22';
      },
    ],
  ];

  it.each(faults)('%s (rule %s)', (_title, rule, plant) => {
    const dataset = good();
    plant(dataset);
    const found = reportFaults(dataset);
    expect(
      found.some((line) => line.startsWith(`${rule}:`)),
      found.join('\n'),
    ).toBe(true);
  });

  it('a fault in the bytes, and throw REPORT_INVALID with the name of the rule', () => {
    const dataset = good();
    delete dataset['ContentTemplateSequence'];
    expect(() => validateReport(writePart10(dataset))).toThrow(
      expect.objectContaining({ code: 'REPORT_INVALID', detail: expect.stringContaining('template-id') }),
    );
  });
});

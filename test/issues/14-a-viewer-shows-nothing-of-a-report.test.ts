/**
 * PEERS.md pain 14: a viewer opens a report and shows nothing. OHIF sends the title 126000 to a viewport that needs coordinates, stops at
 * an item without a concept name, fetches long text apart, and prints nothing below a number, a code or a reference.
 */
import { describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { renderReport } from '../../src/sr/document.ts';
import { messagesOf } from '../../src/sr/messages/messages-of.ts';
import { codeIn, everyItem, readTree, textOf } from '../../src/sr/read-tree.ts';
import { isoDate } from '../../src/sr/wording.ts';
import { reportCases } from '../support/report-content.ts';
import { NORMALISED } from '../support/report-parts.ts';
import { shippedTemplates } from '../support/report-template.ts';
import { treeText } from '../support/tree-text.ts';

const template = shippedTemplates();

describe.each(Object.entries(reportCases()))('report "%s"', (_, content) => {
  const dataset = readPart10(renderReport(template, content).bytes);
  const root = readTree(dataset);

  it('is not given to the viewport that draws measurements', () => {
    expect(root.concept?.CodeValue).not.toBe('126000');
  });
  it('has a name for every item, and text that an archive sends within it', () => {
    for (const { concept, valueType, dataset: item } of everyItem(root)) {
      expect(concept?.CodeMeaning).toBeTruthy();
      if (valueType === 'TEXT') expect(textOf(item, 'TextValue').length).toBeLessThanOrEqual(1000);
      if (valueType === 'CODE') expect(codeIn(item, 'ConceptCodeSequence')?.CodeMeaning).toBeTruthy();
    }
  });
  it('says in what is printed that it is investigational, and of which lesion and days it speaks', () => {
    const shown = treeText(dataset);
    expect(shown).toContain('Summary: ');
    const messages = messagesOf(content.language);
    expect(shown).toContain(messages.researchUse);
    expect(shown).toContain(content.lesion.trackingId);
    const days = [content.baseline, content.followUp].map(
      ({ measurement }) => isoDate(measurement.header.StudyDate) ?? messages.unknownDate,
    );
    const line = shown.split('\n').find((each) => each.startsWith(content.lesion.trackingId));
    for (const day of days) expect(line).toContain(day);
  });
});

it('the result itself is printed, not only kept below a number', () => {
  const content = reportCases()['normalised']!;
  const shown = treeText(readPart10(renderReport(template, content).bytes));
  expect(content.score).toMatchObject({ probability: NORMALISED.probability, cutOff: NORMALISED.cutOff });
  expect(shown).toContain('65.53');
  expect(shown).toContain('44.38');
});

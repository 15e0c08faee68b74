/** A report's content tree as text, the way OHIF's text viewport prints it: children of containers only. */
import type { Dataset } from '../../src/dicom/part10.ts';
import { codeIn, itemsOf, type ReadItem, readTree, textOf } from '../../src/sr/read-tree.ts';

function valueText({ dataset, valueType }: ReadItem): string {
  if (valueType === 'TEXT') return textOf(dataset, 'TextValue').replaceAll('\r\n', '\n');
  if (valueType === 'UIDREF') return textOf(dataset, 'UID');
  if (valueType === 'CODE') return codeIn(dataset, 'ConceptCodeSequence')!.CodeMeaning;
  if (valueType !== 'NUM') return `[${valueType} is not supported]`;
  const [value] = itemsOf(dataset, 'MeasuredValueSequence');
  if (!value) return `[${codeIn(dataset, 'NumericValueQualifierCodeSequence')!.CodeMeaning}]`;
  return `${textOf(value, 'NumericValue')} ${codeIn(value, 'MeasurementUnitsCodeSequence')!.CodeValue}`;
}

function lines(item: ReadItem, number: string, depth: number): string[] {
  const own = `${'    '.repeat(depth)}${number} ${item.concept!.CodeMeaning}`;
  let containers = 0;
  const below = item.children.flatMap((child) => {
    if (child.valueType === 'CONTAINER') return lines(child, `${number}${++containers}.`, depth + 1);
    return [`${'    '.repeat(depth + 1)}${child.concept!.CodeMeaning}: ${valueText(child)}`];
  });
  return [own, ...below];
}

export const treeText = (dataset: Dataset): string => `${lines(readTree(dataset), '1.', 0).join('\n')}\n`;

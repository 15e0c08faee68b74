/** Content items of a foreign dataset by their codes. What must be there and is not, or is malformed, throws REPORT_INVALID. */
import type { Code } from '../dicom/header.ts';
import type { Dataset } from '../dicom/part10.ts';
import { isUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { CODES, codeText, sameCode } from './codes.ts';
import { codeIn, itemsOf, textOf } from './read-tree.ts';

export function malformed(what: string): never {
  throw new Fault('REPORT_INVALID', what);
}

/** Items directly below that are named by one of the concepts. */
export const itemsNamed = (item: Dataset, ...concepts: readonly Code[]): readonly Dataset[] =>
  itemsOf(item, 'ContentSequence').filter((child) => {
    const name = codeIn(child, 'ConceptNameCodeSequence');
    return name !== undefined && concepts.some((concept) => sameCode(concept, name));
  });

/** Undefined without one; two say two things. */
export function itemNamed(item: Dataset, ...concepts: readonly Code[]): Dataset | undefined {
  const found = itemsNamed(item, ...concepts);
  if (found.length > 1) malformed(`${found.length} of ${concepts.map(codeText).join(' or ')}`);
  return found[0];
}

export const theItem = (item: Dataset, ...concepts: readonly Code[]): Dataset =>
  itemNamed(item, ...concepts) ?? malformed(`no ${concepts.map(codeText).join(' or ')}`);

/** '' without one. */
export function textNamed(item: Dataset, concept: Code): string {
  const found = itemNamed(item, concept);
  return found ? textOf(found, 'TextValue') : '';
}

/** A text that was too long for one item: its pieces, joined. */
export const longTextNamed = (item: Dataset, concept: Code): string => textsNamed(item, concept).join('');

export const textsNamed = (item: Dataset, concept: Code): readonly string[] =>
  itemsNamed(item, concept).map((found) => textOf(found, 'TextValue'));

export function uidNamed(item: Dataset, concept: Code): string {
  const uid = textOf(theItem(item, concept), 'UID');
  return isUid(uid) ? uid : malformed(`${codeText(concept)}: no UID`);
}

/** Which of the codes an item has; undefined without the item. */
export function choiceNamed<T extends string>(
  item: Dataset,
  concept: Code,
  choices: Readonly<Record<T, Code>>,
): T | undefined {
  const found = itemNamed(item, concept);
  if (!found) return undefined;
  const code = codeIn(found, 'ConceptCodeSequence') ?? malformed(`${codeText(concept)}: no code`);
  const choice = (Object.keys(choices) as T[]).find((key) => sameCode(choices[key], code));
  return choice ?? malformed(`${codeText(concept)}: an unknown code`);
}

/** Of a NUM: the double itself, not its rounding for people; null where it says that there is no number. */
export function numberIn(item: Dataset, unit: Code): number | null {
  const [measured] = itemsOf(item, 'MeasuredValueSequence');
  if (!measured) {
    const reason = codeIn(item, 'NumericValueQualifierCodeSequence');
    const isKnown = reason && [CODES.calculationFailure, CODES.notAttempted].some((c) => sameCode(c, reason));
    return isKnown ? null : malformed('neither a number nor why there is none');
  }
  const given = codeIn(measured, 'MeasurementUnitsCodeSequence');
  if (!given || !sameCode(given, unit)) malformed(`a number that is not in ${codeText(unit)}`);
  const value = measured['FloatingPointValue'];
  return typeof value === 'number' && Number.isFinite(value) ? value : malformed('no exact number');
}

/** Undefined without the item. */
export function numberNamed(
  item: Dataset,
  unit: Code,
  ...concepts: readonly Code[]
): number | null | undefined {
  const found = itemNamed(item, ...concepts);
  return found && numberIn(found, unit);
}

export const theNumber = (item: Dataset, unit: Code, ...concepts: readonly Code[]): number =>
  numberNamed(item, unit, ...concepts) ?? malformed(`no number ${concepts.map(codeText).join(' or ')}`);

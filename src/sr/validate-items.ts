/** Assertions on single content items, wherever they stand in the tree. */
import type { Code } from '../dicom/header.ts';
import type { Dataset } from '../dicom/part10.ts';
import { isUid } from '../dicom/uid.ts';
import { isCode, MAXIMUM_TEXT_LENGTH } from './content-item.ts';
import { codeIn, everyItem, itemsOf, type ReadItem, textOf } from './read-tree.ts';
import { isAllowed, RELATIONSHIPS, type Relationship, VALUE_TYPES, type ValueType } from './relationships.ts';

const isValueType = (text: string): text is ValueType => (VALUE_TYPES as readonly string[]).includes(text);
const isRelationship = (text: string): text is Relationship =>
  (RELATIONSHIPS as readonly string[]).includes(text);

function* relationshipRules(parent: ReadItem): Generator<string> {
  for (const { relationship, valueType, path } of parent.children) {
    const isLegal =
      isValueType(parent.valueType) &&
      isRelationship(relationship) &&
      isValueType(valueType) &&
      isAllowed(parent.valueType, relationship, valueType);
    if (!isLegal) yield `relationship: ${path} is ${parent.valueType} ${relationship} ${valueType}`;
  }
}

const isMissing = (code: Code | undefined): boolean => code === undefined || !isCode(code);

function* numRules(dataset: Dataset, path: string): Generator<string> {
  const values = itemsOf(dataset, 'MeasuredValueSequence');
  if (dataset['MeasuredValueSequence'] === undefined) yield `number: ${path} has no MeasuredValueSequence`;
  if (values.length === 0 && isMissing(codeIn(dataset, 'NumericValueQualifierCodeSequence')))
    yield `number: ${path} has neither a value nor a reason`;
  for (const value of values) {
    const text = textOf(value, 'NumericValue');
    if (text === '' || text.length > 16) yield `number: the value of ${path} is not a DS`;
    if (!Number.isFinite(value['FloatingPointValue'])) yield `number: ${path} has no exact value`;
    if (isMissing(codeIn(value, 'MeasurementUnitsCodeSequence'))) yield `number: ${path} has no unit`;
  }
}

/** A closed POLYLINE ends in the point that it begins with (PS3.3 C.18.6.1.2). */
function* outlineRules(dataset: Dataset, path: string): Generator<string> {
  const data = dataset['GraphicData'];
  const isClosed =
    Array.isArray(data) &&
    data.length >= 8 &&
    data.length % 2 === 0 &&
    data.every(Number.isFinite) &&
    data.at(0) === data.at(-2) &&
    data.at(1) === data.at(-1);
  if (textOf(dataset, 'GraphicType') !== 'POLYLINE' || !isClosed)
    yield `coordinates: ${path} is not a closed POLYLINE`;
}

function* valueRules({ dataset, valueType, path }: ReadItem): Generator<string> {
  switch (valueType) {
    case 'TEXT': {
      const text = textOf(dataset, 'TextValue');
      if (text.trim() === '') yield `text: ${path} is empty`;
      if (text.length > MAXIMUM_TEXT_LENGTH) yield `text: ${path} is longer than ${MAXIMUM_TEXT_LENGTH}`;
      return;
    }
    case 'CODE':
      if (isMissing(codeIn(dataset, 'ConceptCodeSequence'))) yield `code: ${path} has no legal code`;
      return;
    case 'NUM':
      yield* numRules(dataset, path);
      return;
    case 'UIDREF':
      if (!isUid(dataset['UID'])) yield `uid: ${path} is malformed`;
      return;
    case 'SCOORD':
      yield* outlineRules(dataset, path);
      return;
    case 'CONTAINER':
      if (textOf(dataset, 'ContinuityOfContent') !== 'SEPARATE') yield `container: ${path} is not SEPARATE`;
      return;
  }
}

export function* itemRules(root: ReadItem): Generator<string> {
  for (const item of everyItem(root)) {
    if (isMissing(item.concept)) yield `concept-name: ${item.path} has no legal concept name`;
    if (item.dataset['ReferencedContentItemIdentifier'] !== undefined)
      yield `by-reference: ${item.path} refers to another item`;
    yield* valueRules(item);
    yield* relationshipRules(item);
  }
}

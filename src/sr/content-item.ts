/** Content items of an SR document. Only the constructors below make them, and they refuse what the IOD refuses. */
import type { Code } from '../dicom/header.ts';
import { isUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { PixelPolygon } from '../picture/key-view.ts';
import { codeText } from './codes.ts';
import { isAllowed, type Relationship, type ValueType } from './relationships.ts';

/** Text longer than this may reach a viewer as a bulk data link instead of text (SR.md 3.1). */
export const MAXIMUM_TEXT_LENGTH = 1000;

/** A DICOM object named by a content item; segments only with a SEG, a frame (from 1) only of a multi-frame image. */
export type ObjectReference = Readonly<{
  ReferencedSOPClassUID: string;
  ReferencedSOPInstanceUID: string;
  ReferencedSegmentNumber?: number | undefined;
  ReferencedFrameNumber?: number | undefined;
}>;

/** `text` is the rounding for people, `value` the exact number; or the reason why there is no number. */
export type Quantity = Readonly<{ text: string; value: number }> | Readonly<{ qualifier: Code }>;

type Base = Readonly<{
  /** absent at the root only */
  relationship?: Relationship | undefined;
  concept: Code;
  children: readonly ContentItem[];
}>;

export type ContentItem =
  | (Base & Readonly<{ valueType: 'CONTAINER'; template?: string | undefined }>)
  | (Base & Readonly<{ valueType: 'TEXT'; text: string }>)
  | (Base & Readonly<{ valueType: 'CODE'; code: Code }>)
  | (Base & Readonly<{ valueType: 'NUM'; quantity: Quantity; unit: Code }>)
  | (Base & Readonly<{ valueType: 'UIDREF'; uid: string }>)
  | (Base & Readonly<{ valueType: 'IMAGE' | 'COMPOSITE'; reference: ObjectReference }>)
  | (Base & Readonly<{ valueType: 'SCOORD'; polyline: PixelPolygon }>);

export type ItemHead = Readonly<{
  relationship?: Relationship | undefined;
  concept: Code;
  children?: readonly ContentItem[] | undefined;
}>;

function invalid(concept: Code, what: string): never {
  throw new Fault('REPORT_INVALID', `${codeText(concept)}: ${what}`);
}

/** PS3.5 table 6.2-1: SH of at most 16 characters, LO of at most 64; neither empty here. */
export const isCode = (code: Code): boolean =>
  code.CodeValue.length >= 1 &&
  code.CodeValue.length <= 16 &&
  code.CodingSchemeDesignator.length >= 1 &&
  code.CodingSchemeDesignator.length <= 16 &&
  code.CodeMeaning.length >= 1 &&
  code.CodeMeaning.length <= 64;

function base(valueType: ValueType, head: ItemHead): Base {
  const { relationship, concept, children = [] } = head;
  if (!isCode(concept)) invalid(concept, 'the concept is too long or empty');
  for (const child of children) {
    if (child.relationship === undefined) invalid(child.concept, 'only the root has no relationship');
    if (!isAllowed(valueType, child.relationship, child.valueType))
      invalid(child.concept, `${valueType} ${child.relationship} ${child.valueType} is not allowed`);
  }
  return { relationship, concept, children };
}

/** A heading; `template` is the TID that the part below follows. */
export const containerItem = (head: ItemHead, template?: string): ContentItem => ({
  ...base('CONTAINER', head),
  valueType: 'CONTAINER',
  template,
});

export function textItem(head: ItemHead, text: string): ContentItem {
  if (text.trim() === '') invalid(head.concept, 'the text is empty');
  if (text.length > MAXIMUM_TEXT_LENGTH) invalid(head.concept, 'the text is too long');
  return { ...base('TEXT', head), valueType: 'TEXT', text };
}

export function codeItem(head: ItemHead, code: Code): ContentItem {
  if (!isCode(code)) invalid(head.concept, 'the code is too long or empty');
  return { ...base('CODE', head), valueType: 'CODE', code };
}

export function uidItem(head: ItemHead, uid: string): ContentItem {
  if (!isUid(uid)) invalid(head.concept, 'the UID is malformed');
  return { ...base('UIDREF', head), valueType: 'UIDREF', uid };
}

/** DS is decimal text of at most 16 characters (PS3.5 table 6.2-1); the exact double goes beside it. */
export function numItem(head: ItemHead, quantity: Quantity, unit: Code): ContentItem {
  if ('text' in quantity) {
    const isDecimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(quantity.text);
    if (!isDecimal || quantity.text.length > 16) invalid(head.concept, 'the number does not fit a DS');
    if (!Number.isFinite(quantity.value)) invalid(head.concept, 'the number is not finite');
  }
  return { ...base('NUM', head), valueType: 'NUM', quantity, unit };
}

/** IMAGE for a SEG, COMPOSITE for an RTSTRUCT (dsrdump refuses the latter as IMAGE). */
export function referenceItem(
  head: ItemHead,
  valueType: 'IMAGE' | 'COMPOSITE',
  reference: ObjectReference,
): ContentItem {
  if (!isUid(reference.ReferencedSOPClassUID) || !isUid(reference.ReferencedSOPInstanceUID))
    invalid(head.concept, 'the reference has a malformed UID');
  return { ...base(valueType, head), valueType, reference };
}

/** A closed outline on the image that a SELECTED FROM child names; its first point is not repeated in `outline`. */
export function outlineItem(head: ItemHead, outline: PixelPolygon): ContentItem {
  const [first] = outline;
  if (!first || outline.length < 3) invalid(head.concept, 'an outline has at least three points');
  if (!outline.flat().every(Number.isFinite)) invalid(head.concept, 'a point of the outline is not finite');
  const images = head.children?.filter(({ relationship }) => relationship === 'SELECTED FROM') ?? [];
  if (images.length !== 1) invalid(head.concept, 'an outline lies on exactly one image');
  return { ...base('SCOORD', head), valueType: 'SCOORD', polyline: [...outline, first] };
}

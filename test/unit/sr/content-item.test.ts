import { describe, expect, it } from 'vitest';
import type { Code } from '../../../src/dicom/header.ts';
import { CODES } from '../../../src/sr/codes.ts';
import {
  codeItem,
  containerItem,
  numItem,
  referenceItem,
  textItem,
  uidItem,
} from '../../../src/sr/content-item.ts';
import { isAllowed, RELATIONSHIPS, VALUE_TYPES } from '../../../src/sr/relationships.ts';

const concept = CODES.comment;
const head = { relationship: 'CONTAINS', concept } as const;
const code = (changes: Partial<Code>): Code => ({ ...CODES.positive, ...changes });
const refused = expect.objectContaining({ code: 'REPORT_INVALID' });
const reference = { ReferencedSOPClassUID: '1.2.3', ReferencedSOPInstanceUID: '1.2.4' };

describe('a content item cannot be made', () => {
  it('with an empty text', () => {
    expect(() => textItem(head, ' \r\n ')).toThrow(refused);
  });

  it('with a text of 1001 characters, though 1000 pass', () => {
    expect(() => textItem(head, 'x'.repeat(1001))).toThrow(refused);
    expect(textItem(head, 'x'.repeat(1000)).valueType).toBe('TEXT');
  });

  it('with a CodeValue of 17 characters or a CodeMeaning of 65', () => {
    expect(() => codeItem(head, code({ CodeValue: '1'.repeat(17) }))).toThrow(refused);
    expect(() => codeItem(head, code({ CodeMeaning: 'm'.repeat(65) }))).toThrow(refused);
    expect(() => textItem({ ...head, concept: code({ CodeMeaning: '' }) }, 'x')).toThrow(refused);
    expect(codeItem(head, code({ CodeValue: '1'.repeat(16), CodeMeaning: 'm'.repeat(64) })).valueType).toBe(
      'CODE',
    );
  });

  it.each(['12345678901234567', '1,5', 'NaN', '', '1e'])('with %j as decimal string', (text) => {
    expect(() => numItem(head, { text, value: 1 }, CODES.noUnits)).toThrow(refused);
  });

  it('with an exact value that is not finite', () => {
    expect(() => numItem(head, { text: '1', value: Number.NaN }, CODES.noUnits)).toThrow(refused);
  });

  it('with a malformed UID', () => {
    expect(() => uidItem(head, '1.02')).toThrow(refused);
    expect(() => referenceItem(head, 'IMAGE', { ...reference, ReferencedSOPInstanceUID: '../x' })).toThrow(
      refused,
    );
  });

  it('with a child whose relationship the IOD forbids, or a child without one', () => {
    const number = numItem(
      { relationship: 'HAS CONCEPT MOD', concept },
      { text: '3', value: 3 },
      CODES.noUnits,
    );
    expect(() => textItem({ ...head, children: [number] }, 'x')).toThrow(refused);
    expect(() => containerItem({ concept, children: [containerItem({ concept })] })).toThrow(refused);
  });
});

describe('relationships of the Comprehensive SR', () => {
  it('HAS CONCEPT MOD targets only TEXT and CODE', () => {
    for (const source of VALUE_TYPES)
      expect(VALUE_TYPES.filter((target) => isAllowed(source, 'HAS CONCEPT MOD', target))).toEqual([
        'TEXT',
        'CODE',
      ]);
  });

  it('below IMAGE and COMPOSITE stand only HAS CONCEPT MOD and HAS ACQ CONTEXT', () => {
    for (const source of ['IMAGE', 'COMPOSITE'] as const)
      expect(RELATIONSHIPS.filter((relationship) => isAllowed(source, relationship, 'TEXT'))).toEqual([
        'HAS ACQ CONTEXT',
        'HAS CONCEPT MOD',
      ]);
  });

  it('only a container contains', () => {
    expect(VALUE_TYPES.filter((source) => isAllowed(source, 'CONTAINS', 'TEXT'))).toEqual(['CONTAINER']);
  });
});

import { expect, test } from 'vitest';
import { roleOfGroups } from '../../../src/users/role-of-groups.ts';

const roles = { administrator: ['pacs'], operator: ['mta', 'physicists'], viewer: ['radiology'] };

test('a person has the highest role that one of the groups gives', () => {
  expect(roleOfGroups(['radiology', 'pacs'], roles)).toBe('administrator');
  expect(roleOfGroups(['physicists', 'radiology'], roles)).toBe('operator');
  expect(roleOfGroups(['radiology'], roles)).toBe('viewer');
});

test('who is in none of them does not get in, nor who is in one of nearly the name', () => {
  expect(roleOfGroups([], roles)).toBeUndefined();
  expect(roleOfGroups(['PACS', 'pacs ', 'radiology2'], roles)).toBeUndefined();
});

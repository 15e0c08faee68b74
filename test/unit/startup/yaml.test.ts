import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseYaml } from '../../../src/startup/yaml.ts';

const schema = z.strictObject({
  port: z.int().min(1),
  nodes: z.array(z.strictObject({ name: z.string(), roles: z.array(z.string()).min(1) })).default([]),
});
const parse = (text: string) => parseYaml(text, 'earshot.yaml', schema, 'CONFIG_INVALID');
const problem = (text: string): string => {
  try {
    parse(text);
  } catch (thrown) {
    return (thrown as { detail: string }).detail;
  }
  throw new Error('it was accepted');
};

describe('parseYaml', () => {
  test('a valid file gives its values with their defaults', () => {
    expect(parse('port: 7 # a comment\n')).toEqual({ port: 7, nodes: [] });
  });

  test('an unknown key is refused at the key', () => {
    expect(problem('port: 7\nprot: 8\n')).toContain('earshot.yaml:2:1 prot');
  });

  test('an unknown key deep inside is refused where it stands', () => {
    expect(problem('port: 7\nnodes:\n  - name: a\n    roles: [x]\n    aetitle: B\n')).toContain(
      'earshot.yaml:5:5',
    );
  });

  test('a bad value is refused at the value', () => {
    expect(problem('port: seven\n')).toMatch(/^earshot\.yaml:1:7 port: /);
  });

  test('a missing key is refused at its parent', () => {
    expect(problem('port: 7\nnodes:\n  - roles: [x]\n')).toContain('earshot.yaml:3:5 nodes.0.name');
  });

  test('a syntax error and a key given twice are refused with their line', () => {
    expect(problem('port: [1\n')).toMatch(/^earshot\.yaml:\d+:\d+ /);
    expect(problem('port: 1\nport: 2\n')).toContain('earshot.yaml:2:1');
  });

  test('every problem is told at once', () => {
    expect(problem('port: seven\nprot: 8\n').split('; ')).toHaveLength(2);
  });

  test('an empty file is an empty configuration, not a crash', () => {
    expect(problem('')).toContain('port');
  });
});

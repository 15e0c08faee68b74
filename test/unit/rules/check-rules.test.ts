import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkRules, RULE_FILES, type RuleFile } from '../../../src/rules/check-rules.ts';
import { patternCost } from '../../../src/rules/pattern-cost.ts';
import { MAX_TEXT_CHARACTERS, patternFault } from '../../../src/rules/rule-limits.ts';

const shipped = (which: RuleFile): string => readFileSync(`rules/${which}.yaml`, 'utf8');

describe('the check of a rule file while it is typed', () => {
  it.each(RULE_FILES)('%s as shipped is valid, says each rule, and every example passes', (which) => {
    const { isValid, problems, examples, rules, sha256 } = checkRules(which, shipped(which));
    expect({ isValid, problems }).toEqual({ isValid: true, problems: [] });
    expect(examples.length).toBeGreaterThan(5);
    expect(examples.filter(({ passes }) => !passes)).toEqual([]);
    expect(rules.every(({ sentence }) => sentence.endsWith('.'))).toBe(true);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says a rule of eligibility in words', () => {
    const { rules } = checkRules('eligibility', shipped('eligibility'));
    expect(rules.find(({ id }) => id === 'QC-04')?.sentence).toBe(
      'slice thickness at each time point: holds when above 5 mm; warns when not known.',
    );
  });

  it('shows what an example expected and what it got', () => {
    const text = shipped('eligibility').replace('hold: { above: 5 }', 'hold: { above: 6 }');
    const { isValid, examples } = checkRules('eligibility', text);
    expect(isValid).toBe(true);
    expect(examples.filter(({ passes }) => !passes)).toEqual([
      { rule: 'QC-04', example: 2, expected: 'hold', got: 'pass', passes: false },
    ]);
  });

  it('points at the line and column of a value that is wrong', () => {
    const text = shipped('baseline').replace('take: latest', 'take: lastest');
    const [problem, ...more] = checkRules('baseline', text).problems;
    const line = text.split('\n').findIndex((each) => each.includes('lastest')) + 1;
    expect(problem).toMatchObject({ line, column: 11, path: 'rules.1.take' });
    expect(more).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['half a line', 'rules:\n  - id: [QC'],
    ['a list that is no rules', '[1, 2]'],
    ['control characters', '\u0000\u0001\u202e'],
    ['brackets without end', '['.repeat(50_000)],
    [
      'aliases that grow',
      `a: &a [1]\n${'b'.repeat(3)}: &b [${'*a,'.repeat(50)}]\nrules: [${'*b,'.repeat(50)}]`,
    ],
    ['a text that is too long', `# ${'x'.repeat(MAX_TEXT_CHARACTERS)}`],
    ['a prototype', '__proto__: { rules: [] }\nconstructor: 1'],
  ])('never throws: %s is a problem of the text', (_, text) => {
    for (const which of RULE_FILES) {
      const { isValid, problems } = checkRules(which, text);
      expect(isValid).toBe(false);
      expect(problems.length).toBeGreaterThan(0);
    }
  });

  it('tells at most fifty problems', () => {
    const text = `rules: [${'{ x: 1 },'.repeat(500)}]`;
    expect(checkRules('eligibility', text).problems).toHaveLength(50);
  });

  it.each([
    '(a+)+$',
    '(a|a)*$',
    '(a|b?){40}c',
    'a?'.repeat(40) + 'a'.repeat(40),
    '.*.*.*.*x',
    '((a{99}){99}){99}',
  ])('a pattern that could stop the service is a problem and is never tried: %s', (pattern) => {
    const name = 'a'.repeat(60);
    const example = `examples:\n  - title: x\n    regions: [{ number: 1, name: "${name}!" }]\n    chosen: none\n`;
    const text = shipped('roi')
      .replace(/examples:[\s\S]*$/, example)
      .replace('include:\n', () => `include:\n  - '${pattern}'\n`);
    const { isValid, problems } = checkRules('roi', text);
    expect(isValid).toBe(false);
    expect(problems[0]).toMatchObject({ path: 'include.0', message: expect.stringMatching('long on some') });
  });

  it.each([
    '^(i?GTV|tumou?r|lesion)',
    '\\bnodes?\\b|lymph',
    '^T\\d+.*left',
    '(?<!no )mass[ _-]?\\d{1,3}$',
    '[)(+*]x',
  ])('a pattern as people write it is taken: %s', (pattern) => expect(patternFault(pattern)).toBeUndefined());

  it('counts the ways in which a pattern may match', () => {
    expect(patternCost('a|b|c', 64).ways).toBe(3);
    expect(patternCost('a?b{2,4}', 64).ways).toBe(6);
    expect(patternCost('.*x', 64).ways).toBe(65);
    expect(patternCost('(?:ab)*', 64).ways).toBe(65);
    expect(patternCost('(a*)*', 64).ways).toBe(Number.POSITIVE_INFINITY);
  });
});

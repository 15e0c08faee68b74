import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A `describe`, or a `test` or `it`, with the titles of the blocks around it, outermost first. */
export type TitledBlock = Readonly<{
  kind: 'suite' | 'test';
  title: string;
  within: readonly string[];
}>;

/**
 * The titled blocks of a test file by its syntax tree, in their order. A title is kept as it is written: `%s` and
 * `$name` of an `each`, and `${...}` of a template.
 */
export function titlesOf(file: URL): TitledBlock[] {
  return titlesIn(readFileSync(file, 'utf8'));
}

/** @see titlesOf */
export function titlesIn(source: string): TitledBlock[] {
  const blocks: TitledBlock[] = [];
  const visit = (node: ts.Node, within: readonly string[]): void => {
    const block = ts.isCallExpression(node) ? blockOf(node, within) : undefined;
    if (block !== undefined) blocks.push(block);
    const inside = block === undefined ? within : [...within, block.title];
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest, true), []);
  return blocks;
}

const KINDS = new Map<string, TitledBlock['kind']>([
  ['describe', 'suite'],
  ['test', 'test'],
  ['it', 'test'],
]);

/** The block that a call makes: its chain begins with `describe`, `test` or `it`, and its first argument is a title. */
function blockOf(call: ts.CallExpression, within: readonly string[]): TitledBlock | undefined {
  const kind = KINDS.get(firstNameOf(call.expression));
  const title = call.arguments[0] === undefined ? undefined : titleOf(call.arguments[0]);
  return kind === undefined || title === undefined || call.arguments.length < 2
    ? undefined
    : { kind, title, within };
}

/** `describe` of `describe.skipIf(missing).each(rows)`, and '' of what is no such chain. */
function firstNameOf(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return firstNameOf(node.expression);
  if (ts.isTaggedTemplateExpression(node)) return firstNameOf(node.tag);
  return '';
}

/** The text of a title; that of `missing ?? 'a title'` is what stands when nothing is missing. */
function titleOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(({ expression, literal }) => [
      `\${${textOf(expression)}}`,
      literal.text,
    ]);
    return [node.head.text, ...spans.flat()].join('');
  }
  if (ts.isBinaryExpression(node)) return titleOf(node.right);
  return undefined;
}

const textOf = (node: ts.Node): string => node.getText(node.getSourceFile());

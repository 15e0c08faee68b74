/** YAML text checked by a zod schema, without any file: every problem with its place in the text. */
import { type Document, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { Fault } from '../fault.ts';

type Path = readonly PropertyKey[];

export type YamlProblem = Readonly<{
  /** from 1; 0: the whole text */
  line: number;
  column: number;
  /** keys and indices joined by dots; '' for what is no YAML at all */
  path: string;
  message: string;
}>;

export type CheckedYaml<T> =
  /** `written`: what the text says itself, before defaults are added */
  | Readonly<{ isValid: true; value: T; written: unknown }>
  | Readonly<{ isValid: false; problems: readonly YamlProblem[] }>;

/** Aliases that would grow without end are refused. */
const MOST_ALIASES = 100;
/** Finding the place of each takes a walk; nobody reads more. */
const MOST_PROBLEMS = 50;

/**
 * YAML (or JSON) text checked by a schema. A bad value points at the value, a missing key at its parent, an unknown key at the
 * key. Never throws, but for the Faults of `prepare`, which may put other values in the place of some before they are checked.
 */
export function checkYaml<T>(
  text: string,
  schema: z.ZodType<T>,
  {
    maxAliasCount = MOST_ALIASES,
    prepare = (written: unknown) => written,
  }: Readonly<{ maxAliasCount?: number; prepare?: (written: unknown) => unknown }> = {},
): CheckedYaml<T> {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
    const at = (offset: number) => {
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    };
    const [first] = document.errors;
    if (first) {
      const message = first.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? '';
      return refused([{ ...at(first.pos[0]), path: '', message }]);
    }
    const twice = firstKeyGivenTwice(document);
    if (twice !== undefined) return refused([{ ...at(twice), path: '', message: 'Map keys must be unique' }]);
    const written = prepare(document.toJS({ maxAliasCount }) ?? {});
    const parsed = schema.safeParse(written);
    if (parsed.success) return { isValid: true, value: parsed.data, written };
    return refused(problemsOf(parsed.error, document, at));
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    return refused([{ line: 0, column: 0, path: '', message: (thrown as Error).message }]);
  }
}

const refused = (problems: readonly YamlProblem[]): CheckedYaml<never> => ({ isValid: false, problems });

function problemsOf(
  { issues }: z.ZodError,
  { contents }: Document,
  at: (offset: number) => Pick<YamlProblem, 'line' | 'column'>,
): YamlProblem[] {
  return issues.slice(0, MOST_PROBLEMS).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      const path = issue.path.join('.');
      return [{ ...at(offsetOf(contents, issue.path, false)), path, message: issue.message }];
    }
    return issue.keys.slice(0, MOST_PROBLEMS).map((key) => {
      const path = [...issue.path, key];
      const message = `Unrecognized key: "${key}"`;
      return { ...at(offsetOf(contents, path, true)), path: path.join('.'), message };
    });
  });
}

/** Where it stands. The parser's own search takes the square of the number of keys. */
function firstKeyGivenTwice(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          found = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

/** Where the deepest existing node of a path begins: of its key when the key itself is at fault. */
function offsetOf(root: unknown, path: Path, wantKey: boolean): number {
  let node: Node | null = isNode(root) ? root : null;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const next = childOf(node, step);
    if (!next) break;
    const isLast = depth === path.length - 1;
    offset = (isLast && wantKey ? next.key : next.value)?.range?.[0] ?? next.key?.range?.[0] ?? offset;
    node = next.value;
  }
  return offset;
}

function childOf(node: Node | null, step: PropertyKey): { key: Node | null; value: Node | null } | undefined {
  const items = (node as { items?: unknown[] } | null)?.items;
  if (!items) return undefined;
  if (typeof step === 'number') {
    const value = items[step];
    return isNode(value) ? { key: null, value } : undefined;
  }
  for (const item of items as { key?: unknown; value?: unknown }[]) {
    if (isNode(item.key) && (item.key as { value?: unknown }).value === step) {
      return { key: item.key, value: isNode(item.value) ? item.value : null };
    }
  }
  return undefined;
}

import { readFileSync } from 'node:fs';
import { isNode, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { Fault, type FaultCode } from '../fault.ts';

type Path = readonly PropertyKey[];

/** Reads a text file; a missing or unreadable one is the coded fault given. */
export function readText(file: string, code: FaultCode): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new Fault(code, `${file}: ${(thrown as NodeJS.ErrnoException).code ?? 'unreadable'}`, {
      cause: thrown,
    });
  }
}

/**
 * YAML (or JSON) text checked by a zod schema. Every problem is reported as `file:line:column path: message`;
 * a bad value points at the value, a missing key at its parent, an unknown key at the key.
 */
export function parseYaml<T>(text: string, file: string, schema: z.ZodType<T>, code: FaultCode): T {
  return readYaml(text, file, schema, code).value;
}

/**
 * The same, with what the text says itself (`written`), before defaults are added. `prepare` may put other values in the place of
 * some before they are checked.
 */
export function readYaml<T>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  code: FaultCode,
  prepare: (written: unknown) => unknown = (written) => written,
): Readonly<{ written: unknown; value: T }> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const first = document.errors[0];
  if (first)
    throw new Fault(code, `${at(first.pos[0])} ${first.message.split('\n')[0]?.replace(/ at line.*$/, '')}`);

  const written = prepare(valuesOf(document, file, code));
  const parsed = schema.safeParse(written);
  if (parsed.success) return { written, value: parsed.data };
  const problems = parsed.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return `${at(offsetOf(document.contents, issue.path, false))} ${issue.path.join('.')}: ${issue.message}`;
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return `${at(offsetOf(document.contents, path, true))} ${path.join('.')}: Unrecognized key: "${key}"`;
    });
  });
  throw new Fault(code, problems.join('; '));
}

/** Aliases that would grow without end are refused. */
function valuesOf(document: ReturnType<typeof parseDocument>, file: string, code: FaultCode): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (thrown) {
    throw new Fault(code, `${file}: ${(thrown as Error).message}`, { cause: thrown });
  }
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

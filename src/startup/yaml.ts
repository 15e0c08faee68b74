import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { Fault, type FaultCode } from '../fault.ts';
import { checkYaml, type YamlProblem } from '../rules/yaml.ts';

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
 * YAML (or JSON) text checked by a zod schema. Every problem is reported as `file:line:column path: message`; where they
 * point, `rules/yaml.ts` says.
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
  prepare?: (written: unknown) => unknown,
): Readonly<{ written: unknown; value: T }> {
  const checked = checkYaml(text, schema, prepare ? { prepare } : {});
  if (checked.isValid) return checked;
  throw new Fault(code, saidProblems(file, checked.problems));
}

/** `file:line:column path: message` of each. */
export const saidProblems = (file: string, problems: readonly YamlProblem[]): string =>
  problems
    .map(({ line, column, path, message }) => {
      if (line === 0) return `${file}: ${message}`;
      return `${file}:${line}:${column} ${path === '' ? message : `${path}: ${message}`}`;
    })
    .join('; ');

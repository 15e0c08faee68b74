import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Fault } from '../fault.ts';

export type Command = Readonly<{ usage: string; run(args: readonly string[]): Promise<number> }>;

/** node's own argument parser; what it does not understand is a usage fault, without a stack. */
export function parse<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  positionals = 0,
): ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: boolean; strict: true }>> {
  try {
    const parsed = parseArgs({
      args: joined(args),
      options,
      allowPositionals: positionals > 0,
      strict: true,
    });
    if (parsed.positionals.length !== positionals) throw new Error(`expected ${positionals} argument(s)`);
    return parsed;
  } catch (thrown) {
    throw new Fault('USAGE', (thrown as Error).message.split('.')[0], { cause: thrown });
  }
}

/** `--mean -0.1`: a negative number is a value, not another option. */
function joined(args: readonly string[]): string[] {
  const list: string[] = [];
  for (const arg of args) {
    const before = list.at(-1) ?? '';
    if (/^-\.?\d/.test(arg) && /^--[a-z]+$/.test(before)) list[list.length - 1] = `${before}=${arg}`;
    else list.push(arg);
  }
  return list;
}

/** The value of an option that the command cannot do without. */
export function required(value: string | undefined, option: string): string {
  if (value === undefined || value === '') throw new Fault('USAGE', `${option} is missing`);
  return value;
}

/** A whole number, `least` or more, given on the command line. */
export function wholeNumberOption(
  value: string | undefined,
  option: string,
  least: number,
): number | undefined {
  const number = numberOption(value, option);
  if (number !== undefined && (!Number.isSafeInteger(number) || number < least)) {
    throw new Fault('USAGE', `${option} must be a whole number, ${least} or more`);
  }
  return number;
}

/** A finite number given on the command line. */
export function numberOption(value: string | undefined, option: string): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) throw new Fault('USAGE', `${option} is not a number`);
  return number;
}

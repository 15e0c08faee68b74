import { vi } from 'vitest';
import { runCli } from '../../../src/cli/cli.ts';

export type CliRun = Readonly<{ status: number; out: string; err: string }>;

/** The command in this process: exit status and what it wrote to both channels. */
export async function run(...args: string[]): Promise<CliRun> {
  const [out, err]: [string[], string[]] = [[], []];
  const spies = [
    ...(['log', 'info'] as const).map((name) =>
      vi
        .spyOn(globalThis.console, name)
        .mockImplementation((...texts) => void out.push(`${texts.join(' ')}\n`)),
    ),
    ...(['error', 'warn'] as const).map((name) =>
      vi
        .spyOn(globalThis.console, name)
        .mockImplementation((...texts) => void err.push(`${texts.join(' ')}\n`)),
    ),
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0),
  ];
  try {
    const status = await runCli(args);
    return { status, out: out.join(''), err: err.join('') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** What a person sees of a mistake of theirs: one line with the code, and no stack. */
export const isOneCodedLine = ({ err }: CliRun, code: string): boolean =>
  err.startsWith(`earshot: ${code}: `) &&
  err.trim().split('\n').length === 1 &&
  !/\bat .*\.(ts|js):\d/.test(err);

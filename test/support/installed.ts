import { spawnSync } from 'node:child_process';

/** Undefined when every program is on the PATH, else the reason to print with a skipped test. */
export function whyNotInstalled(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => spawnSync('which', [program]).status !== 0);
  return missing.length === 0 ? undefined : `(skipped: ${missing.join(', ')} not installed)`;
}

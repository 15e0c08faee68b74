/** The most memory that this process had while something ran, as Linux counts it. */
import { readFileSync, writeFileSync } from 'node:fs';

const fieldMiB = (name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) /
  1024;

/** `grownMiB`: the peak less what was resident before. The high-water mark is reset first (proc(5), clear_refs). */
export async function peakWhile<Value>(
  work: () => Promise<Value>,
): Promise<Readonly<{ value: Value; grownMiB: number; ms: number }>> {
  writeFileSync('/proc/self/clear_refs', '5');
  const before = fieldMiB('VmRSS');
  const started = performance.now();
  const value = await work();
  const ms = Math.round(performance.now() - started);
  return { value, grownMiB: Math.round(fieldMiB('VmHWM') - before), ms };
}

/** Libraries of ours that come between a program and the C library (LD_PRELOAD): test/faults/shim. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mayBeMissing } from './may-be-missing.ts';

/** Why there are none here; undefined: they can be made. */
export const shimMissing: string | undefined = mayBeMissing(
  process.platform !== 'linux'
    ? 'LD_PRELOAD is of Linux'
    : spawnSync('gcc', ['--version']).status === 0
      ? undefined
      : 'there is no gcc',
);

/** Compiles one into `folder`. Its path. */
export function compiledShim(name: 'power-loss' | 'disk-full', folder: string): string {
  const source = fileURLToPath(new URL(`../faults/shim/${name}.c`, import.meta.url));
  const library = join(folder, `${name}.so`);
  const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-U_FORTIFY_SOURCE', '-fno-builtin'];
  execFileSync('gcc', [...flags, '-o', library, source, '-ldl', '-lpthread'], { stdio: 'pipe' });
  return library;
}

/** libuv may ask the kernel past the C library. */
export const preloading = (library: string): Record<string, string> => ({
  LD_PRELOAD: library,
  UV_USE_IO_URING: '0',
});

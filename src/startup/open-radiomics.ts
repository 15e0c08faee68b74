import { startPageRenderer } from '../../adapters/threads/page-renderer.ts';
import { type RadiomicsPool, startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import type { PageRenderer } from '../ports.ts';
import { defaultConfig } from './load.ts';

/** `threads` computing threads alone, for commands that need no service; the first is started at once, and learns from the case itself. */
export const openRadiomics = (threads: number): RadiomicsPool =>
  startRadiomicsPool({
    size: threads,
    timeoutSeconds: defaultConfig().limits.measureSeconds,
    isEager: true,
    isWarmedUp: false,
  });

/** The thread that renders picture pages, for commands that need no service. */
export const openPages = (): PageRenderer & AsyncDisposable => startPageRenderer();

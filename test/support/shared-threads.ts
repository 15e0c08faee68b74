/** Threads that outlive the services of one test process: to load their program takes longer than most of what they compute. */
import { startPageRenderer } from '../../adapters/threads/page-renderer.ts';
import { type RadiomicsPool, startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import type { PageRenderer } from '../../src/ports.ts';

let threads: RadiomicsPool | undefined;
let pages: PageRenderer | undefined;

/** The threads as one service has them: to dispose it ends what this service asked, and nothing else. */
export function sharedRadiomics(): RadiomicsPool {
  threads ??= startRadiomicsPool({ isEager: true });
  const shared = threads;
  const end = new AbortController();
  const until = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, end.signal]);
  return {
    measure: (request, signal) => shared.measure(request, until(signal)),
    measureFiles: (request, signal) => shared.measureFiles(request, until(signal)),
    view: (request, signal) => shared.view(request, until(signal)),
    describeMask: (file, signal) => shared.describeMask(file, until(signal)),
    readHeader: (file, signal) => shared.readHeader(file, until(signal)),
    segmentation: (request, signal) => shared.segmentation(request, until(signal)),
    [Symbol.asyncDispose]: async () => end.abort(),
  };
}

export function sharedPages(): PageRenderer {
  pages ??= startPageRenderer();
  return pages;
}

import type { RenderedPage } from '../../src/picture/rendered-page.ts';
import type { PageRenderer } from '../../src/ports.ts';
import type { PageQuestion, PageValue } from './messages.ts';
import { Pool } from './pool.ts';

/** A page takes a second; one that takes this long hangs. */
const TIMEOUT_SECONDS = 60;

/** It holds 200 MB, most of them fonts and what was drawn last; a page is made now and then. */
const IDLE_SECONDS = 60;

/** One thread that renders, started with a page and ended when none came for a while. Faults: PICTURE_INVALID, and those of Pool. */
export function startPageRenderer(): PageRenderer & AsyncDisposable {
  const entry = new URL('./page-worker.js', import.meta.url);
  const pool = new Pool<PageQuestion, PageValue>({
    entry,
    size: 1,
    timeoutSeconds: TIMEOUT_SECONDS,
    idleSeconds: IDLE_SECONDS,
  });
  return {
    render: (content, signal) => pool.ask({ kind: 'render', content }, signal) as Promise<RenderedPage>,
    renderPdf: (content, about, signal) =>
      pool.ask({ kind: 'renderPdf', content, about }, signal) as Promise<Uint8Array>,
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

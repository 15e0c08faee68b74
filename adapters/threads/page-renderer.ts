import type { RenderedPage } from '../../src/picture/rendered-page.ts';
import type { PageRenderer } from '../../src/ports.ts';
import type { PageQuestion, PageValue } from './messages.ts';
import { Pool } from './pool.ts';

/** A page takes a second; one that takes this long hangs. */
const TIMEOUT_SECONDS = 60;

/** One thread that renders, started with the first page and kept. Faults: PICTURE_INVALID, and those of Pool. */
export function startPageRenderer(): PageRenderer & AsyncDisposable {
  const entry = new URL('./page-worker.js', import.meta.url);
  const pool = new Pool<PageQuestion, PageValue>({ entry, size: 1, timeoutSeconds: TIMEOUT_SECONDS });
  return {
    render: (content, signal) => pool.ask({ kind: 'render', content }, signal) as Promise<RenderedPage>,
    renderPdf: (content, about, signal) =>
      pool.ask({ kind: 'renderPdf', content, about }, signal) as Promise<Uint8Array>,
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

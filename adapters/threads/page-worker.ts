/** A program of its own, in a thread: it composes and renders pages, one at a time. */
import { parentPort } from 'node:worker_threads';
import { asFault } from '../../src/fault.ts';
import { composePage } from '../../src/picture/page.ts';
import type { Answer, PageQuestion, PageValue } from './messages.ts';
import { rasterise } from './page-raster.ts';

async function answerTo(question: PageQuestion): Promise<PageValue> {
  const svg = composePage(question.content);
  if (question.kind === 'render') return rasterise(svg);
  // Seldom asked for, and slow to load.
  const { pdfOf } = await import('./page-pdf.ts');
  return pdfOf(svg, question.about);
}

async function answer(question: PageQuestion): Promise<Answer<PageValue>> {
  try {
    return { kind: 'done', value: await answerTo(question) };
  } catch (thrown) {
    const { code, detail, cause } = asFault(thrown);
    const told = cause instanceof Error ? (cause.stack ?? '') : String(cause ?? '');
    return { kind: 'fault', code, detail, cause: told };
  }
}

const port = parentPort;
if (!port) throw new Error('page-worker runs in a thread only');
port.on('message', (question: PageQuestion) => {
  void answer(question).then((answered) => port.postMessage(answered));
});
port.postMessage({ kind: 'ready' } satisfies Answer<PageValue>);

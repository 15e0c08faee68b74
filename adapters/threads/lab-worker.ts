/** A program of its own, in a thread: it fits one fold of a search at a time. */
import { parentPort } from 'node:worker_threads';
import { asFault } from '../../src/fault.ts';
import { answerFold, type FoldResult, type FoldTask } from '../../src/lab/search/fold.ts';
import type { Answer } from './messages.ts';

function answer(task: FoldTask): Answer<readonly FoldResult[]> {
  try {
    return { kind: 'done', value: answerFold(task) };
  } catch (thrown) {
    const { code, detail, cause } = asFault(thrown);
    const told = cause instanceof Error ? (cause.stack ?? '') : String(cause ?? '');
    return { kind: 'fault', code, detail, cause: told };
  }
}

const port = parentPort;
if (!port) throw new Error('lab-worker runs in a thread only');
port.on('message', (task: FoldTask) => port.postMessage(answer(task)));
port.postMessage({ kind: 'ready' } satisfies Answer<never>);

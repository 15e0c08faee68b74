/** A program of its own, in a thread: it reads files, computes, and answers one question at a time. */
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { asFault, Fault } from '../../src/fault.ts';
import { describeMask } from '../../src/masks/describe.ts';
import { measure } from '../../src/radiomics/measure.ts';
import { EAR_2023 } from '../../src/radiomics/settings.ts';
import { warmUp } from '../../src/radiomics/warm-up.ts';
import type { Answer, Question } from './messages.ts';

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Fault('STORAGE_FAILED', 'a file of the case cannot be read', { cause });
  }
}

function answer(question: Question): Answer {
  try {
    const value =
      question.kind === 'measure' ? measure(question.request, read) : describeMask(read(question.file));
    return { kind: 'done', value };
  } catch (thrown) {
    const { code, detail, cause } = asFault(thrown);
    return {
      kind: 'fault',
      code,
      detail,
      cause: cause instanceof Error ? (cause.stack ?? '') : String(cause ?? ''),
    };
  }
}

const port = parentPort;
if (!port) throw new Error('radiomics-worker runs in a thread only');
port.on('message', (question: Question) => port.postMessage(answer(question)));
port.postMessage({ kind: 'ready' } satisfies Answer);
warmUp(EAR_2023);

/** A program of its own, in a thread: it reads files, computes, and answers one question at a time. */
import { readFileSync, statSync } from 'node:fs';
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

/** A mask of a thousand slices with two bytes a pixel has half of it; the file is held whole while it is read. */
const MAX_MASK_BYTES = 1024 ** 3;

function readMask(file: string): Uint8Array {
  const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size > MAX_MASK_BYTES) throw new Fault('MASK_UNREADABLE', `more than ${MAX_MASK_BYTES / 2 ** 20} MiB`);
  return read(file);
}

function answer(question: Question): Answer {
  try {
    const value =
      question.kind === 'measure' ? measure(question.request, read) : describeMask(readMask(question.file));
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

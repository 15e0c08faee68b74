/** A program of its own, in a thread: it reads files, computes, and answers one question at a time. */
import { readFileSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { inflatedPart10 } from '../../src/dicom/deflated.ts';
import type { Header } from '../../src/dicom/header.ts';
import { readHeader } from '../../src/dicom/read-header.ts';
import { isAsStored } from '../../src/dicom/stored-digest.ts';
import { asFault, Fault } from '../../src/fault.ts';
import { describeMask } from '../../src/masks/describe.ts';
import { segmentRegions } from '../../src/masks/segment-regions.ts';
import { view } from '../../src/picture/view.ts';
import { measure } from '../../src/radiomics/measure.ts';
import { measureFiles } from '../../src/radiomics/measure-files.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { warmUp } from '../../src/radiomics/warm-up.ts';
import { CodecsNotStarted, decodeFrame, startCodecs } from './codecs.ts';
import { inflate, inflateRaw } from './inflate.ts';
import type { Answer, Question, Value, WorkerOptions } from './messages.ts';
import { reusedBytes } from './reused-bytes.ts';

type ReadFile = (path: string) => Uint8Array;

const read: ReadFile = (file) => inflatedPart10(readRaw(file, readFileSync), inflateRaw);

const readReused = reusedBytes();
/** For what looks at one object after the other: its bytes are good until the next is read. */
const readInTurn: ReadFile = (file) => inflatedPart10(readRaw(file, readReused), inflateRaw);

function readRaw(file: string, readFile: ReadFile, tries = 3): Uint8Array {
  try {
    // A pipe or a device would be read for ever.
    if (!statSync(file).isFile())
      throw new Fault('STORAGE_FAILED', 'what should be a file of the case is none');
    const bytes = readFile(file);
    if (!isAsStored(bytes)) throw new Fault('FILE_DAMAGED');
    return bytes;
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    // Over NFS: another machine has put an equal file in its place; opened anew, it is that one.
    if ((cause as NodeJS.ErrnoException).code === 'ESTALE' && tries > 1)
      return readRaw(file, readFile, tries - 1);
    throw new Fault('STORAGE_FAILED', (cause as NodeJS.ErrnoException).code ?? 'unknown', { cause });
  }
}

/** A mask of a thousand slices with two bytes a pixel has half of it; the file is held whole while it is read. */
const MAX_MASK_BYTES = 1024 ** 3;

function readMask(file: string): Uint8Array {
  const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size > MAX_MASK_BYTES) throw new Fault('MASK_UNREADABLE', `more than ${MAX_MASK_BYTES / 2 ** 20} MiB`);
  return read(file);
}

function answerTo(question: Question): Value {
  if (question.kind === 'measure') return measure(question.request, readInTurn, decodeFrame);
  if (question.kind === 'measureFiles') return measureFiles(question.request, read, inflate, decodeFrame);
  if (question.kind === 'segmentation') return segmentRegions(question.request, readInTurn, decodeFrame);
  if (question.kind === 'view') return view(question.request, readInTurn, decodeFrame);
  if (question.kind === 'readHeader') return headerIn(read(question.file));
  return describeMask(readMask(question.file));
}

function headerIn(bytes: Uint8Array): Header {
  const found = readHeader(bytes);
  if (!found) throw new Fault('DICOM_TRUNCATED');
  return found.header;
}

async function answer(question: Question): Promise<Answer<Value>> {
  try {
    return { kind: 'done', value: answerTo(question) };
  } catch (thrown) {
    if (thrown instanceof CodecsNotStarted) return startCodecs().then(() => answer(question), faultAnswer);
    return faultAnswer(thrown);
  }
}

function faultAnswer(thrown: unknown): Answer<never> {
  const { code, detail, cause } = asFault(thrown);
  const told = cause instanceof Error ? (cause.stack ?? '') : String(cause ?? '');
  return { kind: 'fault', code, detail, cause: told };
}

const port = parentPort;
if (!port) throw new Error('radiomics-worker runs in a thread only');
port.on('message', (question: Question) => {
  void answer(question).then((answered) => port.postMessage(answered));
});
port.postMessage({ kind: 'ready' } satisfies Answer<Value>);
if ((workerData as WorkerOptions).isWarmedUp) warmUp(EAR_2023);

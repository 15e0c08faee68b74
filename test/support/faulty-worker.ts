/**
 * A computing thread with a fault: for patients whose ID says so it ends, runs out of memory or never comes back instead of
 * answering, as often as the ID says; everything else it computes as the service's own.
 */
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
// Its listener is the first: the harm is done before the answer is out.
import '../../adapters/threads/radiomics-worker.ts';
import type { Question } from '../../adapters/threads/messages.ts';

/** `CASE-measure-crash2-…`: while measuring, crash, twice. */
const ORDER = /CASE-(measure|describe)-(crash|memory|loop)(\d+)-[0-9a-f-]+/;

const fileOf = (question: Question): string | undefined => {
  if (question.kind === 'measure') return question.request.mask.file;
  return question.kind === 'describeMask' ? question.file : undefined;
};

function runOutOfMemory(): void {
  for (const kept: unknown[] = []; ; ) kept.push(Array.from({ length: 100_000 }, () => ({})));
}

parentPort?.on('message', (question: Question) => {
  const file = fileOf(question);
  const order = file === undefined ? null : ORDER.exec(readFileSync(file, 'latin1'));
  const [patient, when, how, times] = order ?? [];
  if (patient === undefined || (when === 'measure') !== (question.kind === 'measure')) return;
  const tries = join(tmpdir(), `earshot-faulty-${patient}`);
  const before = statSync(tries, { throwIfNoEntry: false })?.size ?? 0;
  if (before >= Number(times)) return;
  appendFileSync(tries, '.');
  if (how === 'crash') process.exit(3);
  if (how === 'memory') runOutOfMemory();
  for (;;);
});

/** A program of its own: reads files, computes, posts numbers. It owns nothing that must survive, so it may be ended. */
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { asFault } from '../../src/fault.ts';
import { describeMask } from '../../src/masks/describe.ts';
import { measure } from '../../src/radiomics/measure.ts';
import type { Answer, Task } from './task.ts';

const readFile = (path: string): Uint8Array => readFileSync(path);

const perform = (task: Task): unknown => {
  switch (task.kind) {
    case 'measure':
      return measure(task.request, readFile);
    case 'describeMask':
      return describeMask(readFile(task.file));
  }
};

parentPort?.on('message', (task: Task) => {
  let answer: Answer;
  try {
    answer = { value: perform(task) };
  } catch (thrown) {
    const { code, detail, cause } = asFault(thrown);
    answer = { fault: { code, detail, cause: cause instanceof Error ? cause.message : undefined } };
  }
  parentPort?.postMessage(answer);
});

import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Actor, operation } from '../../../src/api/operation.ts';
import { type AuditLine, perform } from '../../../src/api/perform.ts';
import { Fault } from '../../../src/fault.ts';
import { gateTo } from '../../support/gate.ts';

const ANN: Actor = { name: 'ann', role: 'operator', via: 'browser', address: '10.0.0.9' };

test('what is about several cases has a line of the audit trail for each, and one when it failed before that was known', async () => {
  const lines: AuditLine[] = [];
  const gate = gateTo((line) => lines.push(line));
  const many = operation({
    id: 'cases.many',
    method: 'POST',
    path: '/cases/many',
    role: 'operator',
    changes: true,
    summary: '',
    input: z.object({ ids: z.array(z.string()), reason: z.string() }),
    output: z.object({}),
    subject: ({ ids }) => ids.map((id) => ({ kind: 'case', id }) as const),
    run: async () => ({}),
  });
  await perform(gate, many, { ids: ['1.2', '1.3'], reason: 'ticket 7' }, ANN);
  expect(lines).toMatchObject([
    { subject: { kind: 'case', id: '1.2' }, outcome: 'done', reason: 'ticket 7' },
    { subject: { kind: 'case', id: '1.3' }, outcome: 'done', reason: 'ticket 7' },
  ]);
  lines.length = 0;
  await expect(perform(gate, many, { ids: 7 }, ANN)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  expect(lines).toMatchObject([{ action: 'cases.many', outcome: 'failed', subject: undefined }]);
});

const change = (run: () => Promise<object>) =>
  operation({
    id: 'test.change',
    method: 'POST',
    path: '/test',
    role: 'operator',
    changes: true,
    summary: '',
    input: z.object({}),
    output: z.object({}),
    run,
  });

test('a change that the audit trail cannot hear of before is not made', async () => {
  const done: string[] = [];
  const begin = () => Promise.reject(new Fault('DATABASE_FAILED'));
  const gate = { ...gateTo((line) => done.push(line.outcome)), begin };
  const run = async () => ({ length: done.push('ran') });
  await expect(perform(gate, change(run), {}, ANN)).rejects.toMatchObject({ code: 'AUDIT_NOT_WRITTEN' });
  expect(done).toEqual([]);
});

test('what was done and could not be told is not told as failed', async () => {
  const told: string[] = [];
  const begin = async (lines: readonly AuditLine[]) => {
    told.push(...lines.map(({ outcome }) => outcome));
    return () => Promise.reject(new Fault('DATABASE_FAILED'));
  };
  const gate = { ...gateTo((line) => told.push(line.outcome)), begin };
  await expect(
    perform(
      gate,
      change(async () => ({})),
      {},
      ANN,
    ),
  ).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
  expect(told).toEqual(['unknown']);
});

import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Actor, operation } from '../../../src/api/operation.ts';
import { type AuditLine, perform } from '../../../src/api/perform.ts';

const ANN: Actor = { name: 'ann', role: 'operator', via: 'browser', address: '10.0.0.9' };

test('what is about several cases has a line of the audit trail for each, and one when it failed before that was known', async () => {
  const lines: AuditLine[] = [];
  const gate = { isLocked: () => false, audit: async (line: AuditLine) => void lines.push(line) };
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

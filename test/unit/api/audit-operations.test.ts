import { beforeEach, describe, expect, it } from 'vitest';
import { type AuditState, auditOperations } from '../../../src/api/audit-operations.ts';
import type { Actor, AnyOperation, Download } from '../../../src/api/operation.ts';
import { type AuditLine, perform } from '../../../src/api/perform.ts';
import { AuditTrail } from '../../../src/catalogue/audit-trail.ts';
import { parseCsv } from '../../../src/tables/csv.ts';
import { gateTo } from '../../support/gate.ts';
import { type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';

let world: OpenedCatalogue;
let trail: AuditTrail;
let operations: AnyOperation[];
const STATE: AuditState = {
  isCollected: false,
  backlog: 0,
  oldestWaiting: null,
  lastSentAt: null,
  problem: null,
  chain: null,
};
beforeEach(async () => {
  world = await openedCatalogue();
  trail = new AuditTrail(world.sql, world.clock, false);
  operations = Object.values(
    auditOperations({ trail, clock: world.clock, state: async () => STATE, verify: async () => STATE }),
  );
});

const person = (role: Actor['role']): Actor => ({ name: 'kim', role, via: 'browser', address: '10.0.0.8' });
const ask = <Answer>(id: string, input: unknown, role: Actor['role'] = 'administrator') => {
  const gate = gateTo(
    (line) => trail.write(line),
    () => true,
  );
  const asked = operations.find((each) => each.id === id);
  if (!asked) throw new Error(id);
  return perform(gate, asked, input, person(role)) as Promise<Answer>;
};
const line = (over: Partial<AuditLine> = {}): AuditLine => ({
  actor: 'lin',
  role: 'viewer',
  via: 'browser',
  address: '10.0.0.7',
  action: 'case.get',
  outcome: 'done',
  ...over,
});
type Found = { lines: { actor: string; action: string; at: string }[]; next: string | null };

describe('the audit trail', () => {
  it('is for administrators alone, also when changes are locked', async () => {
    for (const { id } of operations) {
      await expect(ask(id, {}, 'operator')).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(ask(id, {})).resolves.toBeDefined();
    }
  });

  it('is searched by time of any zone, and a look at it is a line of it', async () => {
    await trail.write(line());
    world.tick(7_200_000);
    await trail.write(line({ actor: 'second' }));
    const found = await ask<Found>('audit.search', { from: '2026-01-01T02:00:00+01:00', limit: '5' });
    expect(found.lines.map(({ actor }) => actor)).toEqual(['second']);
    const again = await ask<Found>('audit.search', {});
    expect(again.lines[0]).toMatchObject({ actor: 'kim', action: 'audit.search' });
  });

  it('answers every line as its schema says', async () => {
    await trail.write(line({ subject: { kind: 'case', id: '2.25.1' }, reason: 'why' }));
    const { output } = operations.find(({ id }) => id === 'audit.search') ?? {};
    if (!output || 'download' in output) throw new Error('no schema');
    const answer = await ask('audit.search', {});
    expect(output.parse(answer)).toEqual(answer);
  });

  it.each([{ from: 'yesterday' }, { limit: '0' }, { outcome: 'maybe' }, { before: "1' OR" }])(
    'refuses %j',
    async (input) => {
      await expect(ask('audit.search', input)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    },
  );
});

describe('the file of the audit trail', () => {
  const file = async (input: unknown) => {
    const { bytes, ...rest } = await ask<Download>('audit.export', input);
    return { ...rest, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) };
  };

  it('is CSV in which no cell is a formula, and every text is whole', async () => {
    const texts = [
      '=cmd|" /C calc"!A0',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      'a "quoted", text\nof two lines',
      '肺',
    ];
    for (const reason of texts) await trail.write(line({ reason }));
    const { text, fileName } = await file({ actor: 'lin' });
    expect(fileName).toBe('audit-2026-01-01.csv');
    const [header, ...rows] = parseCsv(text);
    const at = header?.cells.indexOf('reason') ?? -1;
    expect(rows.map(({ cells }) => cells[at]).toReversed()).toEqual([
      `'${texts[0]}`,
      "'+1",
      "'-1",
      "'@SUM(A1)",
      "'\t=1",
      texts[5],
      texts[6],
    ]);
  });

  it('is a JSON object a line, and is itself audited', async () => {
    await trail.write(line());
    await trail.write(line({ actor: 'second' }));
    const { text, contentType } = await file({ format: 'jsonl' });
    expect(contentType).toMatch(/jsonl/);
    const rows = text
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each) as { actor: string });
    expect(rows.map(({ actor }) => actor)).toEqual(['second', 'lin']);
    const { rows: after } = await trail.search({ action: 'audit.export' }, { limit: 1 });
    expect(after[0]?.actor).toBe('kim');
  });

  it('of nothing has a header alone', async () => {
    expect(parseCsv((await file({ actor: 'nobody' })).text)).toHaveLength(1);
  });
});

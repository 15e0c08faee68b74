import { describe, expect, it } from 'vitest';
import { type CheckResult, KEPT_CHECKS, NodeChecks } from '../../../src/catalogue/node-checks.ts';
import { openedCatalogue } from './opened.ts';

const check = (at: number, changes: Partial<CheckResult> = {}): CheckResult => ({
  ...{
    node: 'pacs',
    kind: 'echo',
    startedAt: new Date(at),
    milliseconds: 3.6,
    outcome: 'passed',
    code: '',
    text: '',
  },
  ...changes,
});

describe('the history of checks', () => {
  it('is newest first, by node, and knows who asked', async () => {
    const checks = new NodeChecks((await openedCatalogue()).sql);
    await checks.add(check(1), 'ada');
    await checks.add(check(2, { outcome: 'failed', code: 'PEER_TIMEOUT', text: 'slow' }), 'bob');
    await checks.add(check(3, { node: 'other' }), 'bob');
    const history = await checks.historyOf('pacs', 10);
    expect(history).toMatchObject([
      { startedAt: new Date(2), outcome: 'failed', code: 'PEER_TIMEOUT', text: 'slow', author: 'bob' },
      { startedAt: new Date(1), milliseconds: 4, author: 'ada' },
    ]);
    expect(await checks.historyOf('pacs', 1)).toHaveLength(1);
  });

  it('tells the newest of every node and kind, failures in a row and the last success', async () => {
    const checks = new NodeChecks((await openedCatalogue()).sql);
    const failed = { outcome: 'failed' } as const;
    for (const each of [
      check(1, failed),
      check(2),
      check(3, failed),
      check(4, { outcome: 'skipped' }),
      check(5, failed),
      check(6, { kind: 'find' }),
    ])
      await checks.add(each, '');
    expect((await checks.newest()).map(({ kind, startedAt }) => [kind, startedAt.getTime()])).toEqual([
      ['echo', 5],
      ['find', 6],
    ]);
    expect(await checks.failuresInARow('pacs', 'echo')).toBe(2);
    expect(await checks.failuresInARow('pacs')).toBe(0);
    expect(await checks.lastSuccess('pacs')).toEqual(new Date(6));
    expect(await checks.lastSuccess('nobody')).toBeUndefined();
  });

  it(`keeps the newest ${KEPT_CHECKS} of a node, and leaves other nodes alone`, async () => {
    const checks = new NodeChecks((await openedCatalogue()).sql);
    await checks.add(check(0, { node: 'other' }), '');
    for (let at = 1; at <= KEPT_CHECKS + 3; at += 1) await checks.add(check(at), '');
    const history = await checks.historyOf('pacs', 10_000);
    expect(history).toHaveLength(KEPT_CHECKS);
    expect(history.at(-1)?.startedAt).toEqual(new Date(4));
    expect(await checks.historyOf('other', 10)).toHaveLength(1);
  });
});

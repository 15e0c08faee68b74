import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeOperations } from '../../../src/api/node-operations.ts';
import type { Actor } from '../../../src/api/operation.ts';
import type { Sql } from '../../../src/ports.ts';
import { emptyDatabase, opened, PACS } from '../startup/live.ts';

const ANN: Actor = { name: 'ann', role: 'administrator', via: 'browser', address: '10.0.0.9' };
let sql: Sql;
let nodes: ReturnType<typeof nodeOperations>;
beforeEach(async () => {
  sql = await emptyDatabase();
  nodes = nodeOperations(await opened(sql, { nodes: [PACS] }));
});
afterEach(() => sql.close());

test('a node that somebody else changed meanwhile is neither taken out nor removed', async () => {
  const { digest: basedOn } = await nodes.list.run({}, ANN);
  const why = { name: 'pacs', reason: 'ticket 7' };
  await nodes.change.run({ ...why, node: { ...PACS, port: 105 }, basedOn }, ANN);
  await expect(nodes.disable.run({ ...why, isDisabled: true, basedOn }, ANN)).rejects.toMatchObject({
    code: 'CHANGE_CONFLICT',
  });
  await expect(nodes.remove.run({ ...why, basedOn }, ANN)).rejects.toMatchObject({ code: 'CHANGE_CONFLICT' });
  const now = await nodes.list.run({}, ANN);
  expect(now.nodes).toMatchObject([{ name: 'pacs', port: 105 }]);
  await nodes.disable.run({ ...why, isDisabled: true, basedOn: now.digest }, ANN);
  expect((await nodes.list.run({}, ANN)).nodes).toMatchObject([{ name: 'pacs', disabled: true }]);
});

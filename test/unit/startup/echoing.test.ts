import { expect, it } from 'vitest';
import { createLog } from '../../../adapters/telemetry/log.ts';
import { configSchema } from '../../../src/startup/config.ts';
import { echoAll } from '../../../src/startup/echoing.ts';

const at = { host: '127.0.0.1', port: 104 };
const { nodes } = configSchema.parse({
  nodes: [
    { ...at, name: 'pacs', aeTitle: 'PACS', roles: ['source', 'destination'] },
    { ...at, name: 'disabled', aeTitle: 'PACS', roles: ['source'], disabled: true },
    { ...at, name: 'off', aeTitle: 'PACS', roles: ['destination'], mode: 'off' },
    { ...at, name: 'off-yet-sends', aeTitle: 'PACS', roles: ['source', 'destination'], mode: 'off' },
    { ...at, name: 'asleep', aeTitle: 'PACS', roles: ['archive'] },
    { name: 'caller', aeTitle: 'CALLER', roles: ['source'] },
    { ...at, name: 'annotator', aeTitle: 'DRAWS', roles: ['annotator'] },
    { name: 'web', dicomWeb: 'http://127.0.0.1/x', roles: ['archive'] },
  ],
});

it('every node that we have to do with and that may be asked now is looked at, and no other', async () => {
  const echoed: string[] = [];
  await echoAll({
    nodes: () => nodes,
    mayAskNow: async (name) => name !== 'asleep',
    echo: async ({ name }) => echoed.push(name),
    clock: () => new Date(0),
    log: createLog('silent'),
  });
  expect(echoed).toEqual(['pacs', 'off-yet-sends', 'web']);
});

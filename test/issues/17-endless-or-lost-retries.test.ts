import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, startService } from '../support/running-service.ts';
import { type Reply, startScriptedArchive } from '../support/scripted-archive.ts';
import { isOneCodedLine, run } from '../unit/cli/run.ts';

it('a delivery ends after its tries, is listed with its age and reason, and is tried again when a person says so', async () => {
  let reply: Reply = { status: 0xa900, comment: 'no SR here' };
  await using pacs = await startScriptedArchive(() => reply);
  await using earshot = await startService({
    nodes: [
      { name: 'scanner', aeTitle: PACS, roles: ['source'] },
      { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port, roles: ['destination'] },
    ],
    delivery: { firstPauseSeconds: 0.05, maxPauseSeconds: 0.1, maxRefusals: 3 },
  });
  const config = join(earshot.dataDir, 'earshot.yaml');
  writeFileSync(config, `dataDir: ${earshot.dataDir}\n`);
  const deliveries = (...args: string[]) => run('deliveries', ...args, '--config', config);
  expect((await deliveries()).out).toBe('No delivery was given up.\n');

  const { baseline, followUp } = phantomCase('dead-letter');
  await earshot.send(baseline.all);
  await earshot.send(followUp.all);
  await earshot.inState(followUp.StudyInstanceUID, 'deliveryFailed');
  expect(pacs.attempts()).toBe(3);
  const [report] = await earshot.service.world.reports.of(followUp.StudyInstanceUID);
  const { out } = await deliveries();
  expect(out).toMatch(/^ +\d+s {2}pacs {2}PEER_REFUSED {2}3 tries {2}/);
  expect(out).toContain(`${report!.SOPInstanceUID}  status 0xA900, no SR here\n1 given up`);
  expect(isOneCodedLine(await deliveries('--retry', '2.25.404'), 'INPUT_NOT_FOUND')).toBe(true);

  reply = { status: 0 };
  expect((await deliveries('--retry', report!.SOPInstanceUID)).out).toMatch(/1 will be tried again/);
  await earshot.inState(followUp.StudyInstanceUID, 'delivered');
  expect(pacs.attempts()).toBe(4);
  expect((await deliveries('--retry', 'all')).out).toBe('0 will be tried again\n');
  const events = await earshot.service.world.catalogue.eventsOf(followUp.StudyInstanceUID);
  expect(events.some(({ kind }) => kind === 'delivery.retried')).toBe(true);
});

import { expect, it } from 'vitest';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, startService } from '../support/running-service.ts';
import { startScriptedArchive } from '../support/scripted-archive.ts';

it('a destination that takes the report and never answers keeps no other waiting (dcm4chee-arc-light#4355)', async () => {
  await using stuck = await startScriptedArchive(() => 'silent');
  await using good = await startScriptedArchive(() => ({ status: 0 }));
  const to = (name: string, port: number) => ({
    name,
    aeTitle: PACS,
    host: '127.0.0.1',
    port,
    roles: ['destination'],
  });
  await using earshot = await startService({
    nodes: [
      { name: 'scanner', aeTitle: PACS, roles: ['source'] },
      to('stuck', stuck.port),
      to('good', good.port),
    ],
    delivery: { firstPauseSeconds: 0.05, maxPauseSeconds: 0.1, timeoutSeconds: 60 },
  });
  const studies: string[] = [];
  for (const name of ['stuck-1', 'stuck-2', 'stuck-3']) {
    const { baseline, followUp } = phantomCase(name);
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    studies.push(followUp.StudyInstanceUID);
  }
  const stateAt = async (study: string, destination: string) => {
    const rows = await earshot.service.world.reports.deliveriesOf(study);
    return rows.find((row) => row.destination === destination)?.state;
  };
  for (const study of studies) {
    await expect.poll(() => stateAt(study, 'good'), { timeout: 15_000 }).toBe('delivered');
    expect(await stateAt(study, 'stuck')).toBe('waiting');
  }
  expect(stuck.attempts()).toBeLessThanOrEqual(2);
});

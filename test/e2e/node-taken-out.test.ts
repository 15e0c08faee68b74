import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { testPlace } from '../support/databases.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, startPacs, startService } from '../support/running-service.ts';
import { startScriptedArchive } from '../support/scripted-archive.ts';
import { until } from '../support/until.ts';
import { run } from '../unit/cli/run.ts';

/** What is due is looked for once a second. */
const within = { timeout: 20_000 };

it('a destination that is taken out and put back: its report is listed meanwhile, holds nothing up, and arrives', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-taken-out-'));
  await using pacs = await startPacs();
  await using busy = await startScriptedArchive(() => ({ status: 0xa700 }));
  await using back = await startPacs();
  const node = (name: string, port: number, over = {}) => ({
    name,
    aeTitle: PACS,
    host: '127.0.0.1',
    port,
    roles: ['source', 'destination'],
    ...over,
  });
  const listed = async (nodes: readonly object[]) => {
    const config = join(dataDir, 'earshot.yaml');
    writeFileSync(config, JSON.stringify({ ...(await testPlace(dataDir)), nodes }), { mode: 0o600 });
    return (await run('deliveries', '--config', config)).out;
  };
  const { baseline, followUp } = phantomCase('taken-out');
  const study = followUp.StudyInstanceUID;
  let uid = '';
  {
    const nodes = [node('pacs', pacs.port), node('old', busy.port)];
    await using earshot = await startService({ dataDir, nodes });
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await until('a try at the one that is busy', async () => {
      const rows = await earshot.service.world.reports.deliveriesOf(study);
      return rows.some(({ destination, attempts }) => destination === 'old' && attempts > 0) || undefined;
    });
    await earshot.inState(study, 'delivering');
    await expect.poll(() => pacs.reports.length, within).toBe(1);
    uid = pacs.reports[0]!.SOPInstanceUID;
    expect(await listed(nodes)).toBe('No delivery was given up.\n');
  }
  {
    const nodes = [node('pacs', pacs.port), node('old', busy.port, { mode: 'off' })];
    await using earshot = await startService({ dataDir, nodes });
    const { reasons } = await earshot.inState(study, 'delivered');
    expect(reasons).toEqual([{ code: 'NODE_OFF', text: 'old: waits: the node is off' }]);
    const tries = busy.attempts();
    expect(await listed(nodes)).toMatch(
      new RegExp(
        `^ +\\d+s {2}old {2}NODE_OFF {2}\\d+ tries {2}sr {2}${uid} {2}waits: the node is off\\nNo delivery was given up.\\n1 waiting `,
      ),
    );
    expect(await listed(nodes.slice(0, 1))).toContain(`${uid}  waits: the node is no longer configured\n`);
    expect(busy.attempts()).toBe(tries);
  }
  const nodes = [node('pacs', pacs.port), node('old', back.port)];
  await using earshot = await startService({ dataDir, nodes });
  await expect.poll(() => back.reports.map(({ SOPInstanceUID }) => SOPInstanceUID), within).toEqual([uid]);
  const { reasons } = await earshot.inState(study, 'delivered');
  expect(reasons).toEqual([]);
  expect(pacs.reports).toHaveLength(1);
  expect(await listed(nodes)).toBe('No delivery was given up.\n');
  await rm(dataDir, { recursive: true, force: true });
});

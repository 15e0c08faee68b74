import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { digestOfRules } from '../../src/pipeline/standing-report.ts';
import { configSchema } from '../../src/startup/config.ts';
import { start } from '../../src/startup/start.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { NORMALISATION, PACS, startPacs, startService } from '../support/running-service.ts';
import { run } from '../unit/cli/run.ts';

const BY = { author: 'ada', reason: 'ticket 7', source: 'browser' } as const;
const ROI = readFileSync('rules/roi.yaml', 'utf8');
const node = (name: string, port: number, over = {}) => ({
  name,
  aeTitle: PACS,
  host: '127.0.0.1',
  port,
  roles: ['source', 'destination'],
  ...over,
});

describe('while the service runs', () => {
  it('a destination that is added gets reports, and a source that is switched off is refused at once', async () => {
    await using added = await startPacs();
    await using earshot = await startService();
    const { configuration } = earshot.service;
    const pacs = node('pacs', earshot.pacs.port);
    const propose = (...nodes: readonly object[]) =>
      configuration.propose('nodes', JSON.stringify(nodes), BY);
    const first = earshot.service.world;

    await propose(pacs, node('added', added.port, { roles: ['destination'] }));
    expect(earshot.service.world).not.toBe(first);
    expect(earshot.service.world.slots).toBe(first.slots);
    const { baseline, followUp } = phantomCase('live-nodes');
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    const [one] = earshot.arrived(followUp.StudyInstanceUID);
    expect(added.reports.map(({ SOPInstanceUID }) => SOPInstanceUID)).toEqual([one?.SOPInstanceUID]);

    const { id } = await propose({ ...pacs, roles: ['source'], mode: 'off' });
    await expect(earshot.send(baseline.ct)).rejects.toThrow();
    await configuration.restore(id, 'before', { author: 'bob', reason: 'it sends again' });
    await earshot.send(baseline.ct);
  });

  it('a node that was off gets what waited for it when it is back', async () => {
    await using late = await startPacs();
    await using busy = await startPacs();
    const old = node('late', busy.port);
    await using earshot = await startService({ nodes: [node('pacs', busy.port), old] });
    const { configuration } = earshot.service;
    // Nobody listens there yet.
    const port = busy.port;
    await busy[Symbol.asyncDispose]();
    const { baseline, followUp } = phantomCase('live-back');
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'delivering');
    const off = JSON.stringify([
      node('pacs', late.port, { mode: 'off' }),
      node('late', port, { mode: 'off' }),
    ]);
    await configuration.propose('nodes', off, BY);
    await earshot.inState(followUp.StudyInstanceUID, 'reported');
    const back = JSON.stringify([node('pacs', late.port), node('late', port, { mode: 'off' })]);
    await configuration.propose('nodes', back, BY);
    await expect.poll(() => late.reports.length, { timeout: 20_000 }).toBe(1);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
  });

  it('a rule that is edited holds for the next case, what waits is looked at again, and what is reported stands', async () => {
    await using earshot = await startService();
    const { configuration } = earshot.service;
    const reported = phantomCase('live-rules');
    await earshot.send(reported.baseline.all);
    await earshot.send(reported.followUp.all);
    await earshot.inState(reported.followUp.StudyInstanceUID, 'delivered');
    const study = reported.followUp.StudyInstanceUID;
    // Another study of the same patient, without a mask: the patient is looked at again for its sake.
    const later = reported.objects('followUp', { as: 'later', StudyDate: '20251130' });
    await earshot.send(later.ct);
    await earshot.inState(later.StudyInstanceUID, 'waitingForMask');

    await configuration.propose(
      'rules/roi',
      ROI.replace('exclude:\n', 'exclude:\n  - "."\n').split('examples:')[0] ?? '',
      BY,
    );
    const next = phantomCase('live-rules-next');
    await earshot.send(next.baseline.all);
    await earshot.send(next.followUp.all);
    await earshot.inState(next.followUp.StudyInstanceUID, 'waitingForMask');
    const { catalogue, reports } = earshot.service.world;
    const looks = async () =>
      (await catalogue.eventsOf(later.StudyInstanceUID)).filter(({ kind }) => kind === 'state.complete');
    expect(await looks()).toHaveLength(2);
    await earshot.settled(reported.patient.PatientID);
    expect((await catalogue.study(study))?.state).toBe('delivered');
    expect(await reports.of(study)).toHaveLength(1);

    await configuration.propose('rules/roi', `${ROI}# ours\n`, BY);
    await earshot.inState(next.followUp.StudyInstanceUID, 'delivered');
    const digest = digestOfRules(earshot.service.world.rules);
    const names = (uid: string) =>
      earshot.arrived(uid).map(({ bytes }) => JSON.stringify(readPart10(bytes)).includes(digest));
    expect(names(next.followUp.StudyInstanceUID)).toEqual([true]);
    expect(names(study)).toEqual([false]);
    expect(await reports.of(study)).toHaveLength(1);
  });
});

it('the file that was edited while the service was stopped counts; until then, what was changed; commands say which', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-live-'));
  const file = join(dataDir, 'earshot.yaml');
  const settings = (port: number, over = {}) => ({
    dataDir,
    dimse: { host: '127.0.0.1', port: 0 },
    http: { host: '127.0.0.1', port: 0 },
    model: { normalisation: NORMALISATION },
    log: { level: 'silent' },
    nodes: [node('pacs', port)],
    ...over,
  });
  const from = (port: number, over = {}) =>
    start(configSchema.parse(settings(port, over)), undefined, { isWarmedUp: false });
  try {
    {
      await using service = await from(1001);
      await service.configuration.propose('nodes', JSON.stringify([node('pacs', 1002)]), BY);
    }
    {
      await using service = await from(1001);
      expect(service.configuration.current().config.nodes).toMatchObject([{ port: 1002 }]);
    }
    await writeFile(file, JSON.stringify({ dataDir, nodes: configSchema.parse(settings(1001)).nodes }));
    const { err, out } = await run('deliveries', '--config', file);
    expect(err).toContain('nodes are those of the data folder');
    expect(out).toContain('No delivery was given up.');
    expect((await run('check', '--config', file)).out).toMatch(
      /^!! {2}nodes +was changed while a service ran/m,
    );
    {
      await using service = await from(1003);
      expect(service.configuration.current().config.nodes).toMatchObject([{ port: 1003 }]);
      await service.configuration.propose('nodes', JSON.stringify([node('pacs', 1004)]), BY);
    }
    await using service = await from(1003, { admin: { locked: true } });
    expect(service.configuration.current().config.nodes).toMatchObject([{ port: 1003 }]);
    await expect(service.configuration.propose('nodes', '[]', BY)).rejects.toMatchObject({
      code: 'ADMIN_LOCKED',
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

it('with a second approver a node comes in when another person has approved it', async () => {
  await using earshot = await startService({ admin: { secondApprover: true } });
  const { configuration } = earshot.service;
  const nodes = JSON.stringify([node('pacs', earshot.pacs.port, { roles: ['destination'] })]);
  const { id } = await configuration.propose('nodes', nodes, BY);
  const { baseline } = phantomCase('live-approved');
  await earshot.send(baseline.ct);
  await configuration.approve(id, 'bob');
  await expect(earshot.send(baseline.ct)).rejects.toThrow();
});

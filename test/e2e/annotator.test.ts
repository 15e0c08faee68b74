import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startReceivingArchive } from '../../adapters/dimse/receiving-archive.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { freePort } from '../support/free-port.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { PACS, type RunningService, startPacs, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const DRAWER = 'SLICER';

/** A drawing tool: it takes what it is sent and counts it. */
async function startDrawer(port = 0) {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-drawer-'));
  const uids: string[] = [];
  const archive = await startReceivingArchive({
    aeTitle: DRAWER,
    host: '127.0.0.1',
    port,
    files: await openInstanceFiles(folder),
    onReceived: ({ header }) => uids.push(header.SOPInstanceUID),
  });
  return {
    port: archive.port,
    uids,
    [Symbol.asyncDispose]: async () => {
      await archive[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const withDrawer = async (port: number, settings: Readonly<Record<string, unknown>> = {}) => {
  const pacs = await startPacs();
  const nodes = [
    { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port, roles: ['source', 'destination'] },
    { name: 'slicer', aeTitle: DRAWER, host: '127.0.0.1', port, roles: ['annotator'] },
  ];
  const earshot = await startService({ nodes, ...settings });
  return {
    earshot,
    [Symbol.asyncDispose]: async () => {
      await earshot[Symbol.asyncDispose]();
      await pacs[Symbol.asyncDispose]();
    },
  };
};

async function sendUndrawn(earshot: RunningService, { baseline, followUp }: PhantomCase): Promise<void> {
  await earshot.send(baseline.all);
  await earshot.send(followUp.ct);
  await earshot.inState(followUp.StudyInstanceUID, 'waitingForMask');
}
const story = async (earshot: RunningService, study: string, kind: string) =>
  (await earshot.service.world.catalogue.eventsOf(study)).filter((event) => event.kind === kind);
const sentTo = (earshot: RunningService, study: string, times = 1) =>
  until('the objects to be sent', async () =>
    (await story(earshot, study, 'mask.requestSent')).length >= times ? true : undefined,
  );

describe('a case that waits for a mask', () => {
  it('goes to the annotator once: both CTs and the mask of the baseline; the mask that comes back completes it', async () => {
    const phantom = phantomCase('to-be-drawn');
    const { baseline, followUp } = phantom;
    await using drawer = await startDrawer();
    await using it = await withDrawer(drawer.port);
    await sendUndrawn(it.earshot, phantom);
    await sentTo(it.earshot, followUp.StudyInstanceUID);
    expect(drawer.uids).toHaveLength(baseline.all.length + followUp.ct.length);
    expect(new Set(drawer.uids).size).toBe(drawer.uids.length);
    expect(await it.earshot.service.world.annotation?.requests.waiting()).toMatchObject({ count: 1 });
    const metrics = await fetch(`http://127.0.0.1:${it.earshot.service.httpPort}/metrics`);
    expect(await metrics.text()).toMatch(/^earshot_mask_requests 1$/m);
    const requested = await story(it.earshot, followUp.StudyInstanceUID, 'mask.requested');
    expect(requested.map(({ detail }) => detail)).toEqual([
      { annotator: 'slicer', objects: drawer.uids.length },
    ]);

    const ours = { name: 'earshot', roles: [], host: '127.0.0.1', aeTitle: 'EARSHOT' };
    const to = { ...ours, port: it.earshot.service.dimsePort };
    const [answer] = await sendFiles(to, [followUp.mask], { callingAeTitle: DRAWER });
    expect(answer?.status).toBe(0);
    await it.earshot.inState(followUp.StudyInstanceUID, 'delivered');
    expect(drawer.uids).toHaveLength(baseline.all.length + followUp.ct.length);
    expect(await it.earshot.service.world.annotation?.requests.waiting()).toMatchObject({ count: 0 });
  });

  it('an annotator that is down gets it when it is back', async () => {
    const phantom = phantomCase('drawer-down');
    const port = await freePort();
    await using it = await withDrawer(port);
    await sendUndrawn(it.earshot, phantom);
    const study = phantom.followUp.StudyInstanceUID;
    const [failed] = await until('a failure', async () => {
      const found = await story(it.earshot, study, 'mask.requestFailed');
      return found.length > 0 ? found : undefined;
    });
    expect(failed?.detail).toMatchObject({ annotator: 'slicer', code: 'PEER_UNREACHABLE' });
    await using drawer = await startDrawer(port);
    await sentTo(it.earshot, study);
    expect(drawer.uids).toHaveLength(phantom.baseline.all.length + phantom.followUp.ct.length);
  });

  it('is not sent again after a restart, and is when its objects have changed', async () => {
    const phantom = phantomCase('drawn-once');
    const { baseline, followUp } = phantom;
    const study = followUp.StudyInstanceUID;
    const dataDir = await mkdtemp(join(tmpdir(), 'earshot-annotated-'));
    await using drawer = await startDrawer();
    const all = baseline.all.length + followUp.ct.length;
    {
      await using it = await withDrawer(drawer.port, { dataDir });
      await it.earshot.send(baseline.all);
      await it.earshot.send(followUp.ct.slice(1));
      await sentTo(it.earshot, study);
      expect(drawer.uids).toHaveLength(all - 1);
    }
    await using it = await withDrawer(drawer.port, { dataDir });
    const { catalogue } = it.earshot.service.world;
    await catalogue.lookAgain(phantom.patient.PatientID);
    await it.earshot.inState(study, 'waitingForMask');
    await it.earshot.settled(phantom.patient.PatientID);
    expect(drawer.uids).toHaveLength(all - 1);
    await it.earshot.send(followUp.ct.slice(0, 1));
    await sentTo(it.earshot, study, 2);
    expect(drawer.uids).toHaveLength(all - 1 + all);
    await rm(dataDir, { recursive: true, force: true });
  });
});

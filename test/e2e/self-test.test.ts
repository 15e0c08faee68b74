import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Scp, startScp } from '../../adapters/dimse/scp.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { isTestPatient } from '../../src/patients/test-patient.ts';
import { receive } from '../../src/pipeline/receive.ts';
import type { Node } from '../../src/ports.ts';
import { SR_SOP_CLASSES } from '../../src/sr/identity.ts';
import { createArrivals } from '../../src/startup/arrivals.ts';
import { checkNode } from '../../src/startup/check-node.ts';
import { configSchema } from '../../src/startup/config.ts';
import { echoOurselves } from '../../src/startup/echo-ourselves.ts';
import { callerVerdict, maySend } from '../../src/startup/entrance.ts';
import { createSelfTest } from '../../src/startup/self-test.ts';
import { createTestDoor } from '../../src/startup/test-door.ts';
import { testReports } from '../../src/startup/test-reports.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type RunningService, startService } from '../support/running-service.ts';

/** A listener with the door for ourselves before a running service, and the self-test that uses it. */
async function withDoor(earshot: RunningService, settings: Readonly<Record<string, unknown>> = {}) {
  const { world } = earshot.service;
  const pacs = { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: earshot.pacs.port };
  const config = configSchema.parse({
    dimse: { host: '127.0.0.1', port: 0 },
    nodes: [{ ...pacs, roles: ['source', 'destination'] }],
    ...settings,
  });
  const door = createTestDoor();
  const arrivals = createArrivals();
  const scp: Scp = await startScp(
    { ...config.dimse },
    {
      openIncoming: (meta) => world.files.receive(meta),
      acceptCaller: (caller) => callerVerdict(config, caller, door),
      mayStore: (caller) => maySend(config, caller, door),
      receive: async (incoming, announced) => {
        await receive(world, door.guarded(config, incoming, announced.from), announced);
        arrivals.note(announced.SOPInstanceUID);
      },
    },
  );
  const own: Node = { name: 'earshot', roles: [], host: '127.0.0.1', port: scp.port, aeTitle: 'EARSHOT' };
  const kept = testReports(world.files);
  const selfTest = createSelfTest({ world, door, own, kept });
  return {
    config,
    door,
    arrivals,
    own,
    kept,
    selfTest,
    [Symbol.asyncDispose]: async () => {
      await selfTest[Symbol.asyncDispose]();
      await scp[Symbol.asyncDispose]();
    },
  };
}

describe('the test patient', () => {
  it('comes through the whole path, its report goes nowhere but by hand, and nothing of it stays', async () => {
    await using earshot = await startService({ enrolment: 'listed' });
    await using it = await withDoor(earshot);
    const { world } = earshot.service;
    expect(it.selfTest.start('ada').state).toBe('running');
    expect(it.selfTest.start('bob')).toMatchObject({ author: 'ada' });
    await it.selfTest.settled();

    const progress = await it.selfTest.status();
    expect(progress?.steps.map(({ id, state, text }) => [id, state, text])).toEqual([
      ['sent', 'passed', expect.stringMatching(/^\d+ objects$/)],
      ['received', 'passed', expect.any(String)],
      ['complete', 'passed', ''],
      ['matched', 'passed', ''],
      ['measured', 'passed', expect.any(String)],
      ['scored', 'passed', expect.stringContaining('ear-delta-2023')],
      ['valid', 'passed', expect.any(String)],
    ]);
    expect(progress?.state).toBe('passed');
    expect(await it.kept.lastResult()).toEqual(progress);

    // Nothing was sent, counted, or left.
    expect(earshot.pacs.reports).toEqual([]);
    for (const table of [
      'study',
      'instance',
      'series',
      'mask',
      'report',
      'rendition',
      'delivery',
      'event',
      'removal',
    ])
      expect([table, await world.catalogue.sql.query(`SELECT * FROM "${table}"`)]).toEqual([table, []]);

    // By hand it is stored at a destination, in the form that the node prefers, and no delivery is opened.
    const [node] = configSchema.parse({
      nodes: [{ ...it.config.nodes[0], roles: ['destination'], srSopClass: 'comprehensive' }],
    }).nodes;
    const needs = {
      config: it.config,
      clock: world.clock,
      service: { catalogue: world.catalogue, files: world.files, arrivals: it.arrivals, reports: it.kept },
    };
    expect(await checkNode(node!, 'store', needs)).toMatchObject({
      outcome: 'passed',
      text: expect.stringContaining('status 0x0000'),
    });
    const [taken] = earshot.pacs.reports;
    const form = { SOPClassUID: SR_SOP_CLASSES.comprehensive, language: 'en' } as const;
    expect(taken && Buffer.from(taken.bytes).toString('latin1')).toContain('EARSHOT^TEST');
    expect(await it.kept.read(form)).toBeDefined();
    const [file] = await it.kept.files([form.SOPClassUID], ['en']);
    expect((await readFile(file!)).includes('EARSHOT-TEST-')).toBe(true);
    expect(await world.catalogue.sql.query('SELECT * FROM "delivery"')).toEqual([]);
  });

  it('the door is shut before and after, and lets in nobody else while it is open', async () => {
    await using earshot = await startService();
    await using it = await withDoor(earshot);
    const { catalogue } = earshot.service.world;
    const { baseline, objects } = phantomCase('door');
    const [slice] = baseline.ct;
    const asOurselves = () => sendFiles(it.own, [slice!], { callingAeTitle: 'EARSHOT' });
    await expect(asOurselves()).rejects.toMatchObject({ code: 'PEER_REJECTED' });
    expect(await echoOurselves(it.own, it.door)).toBeGreaterThan(0);
    await expect(asOurselves()).rejects.toMatchObject({ code: 'PEER_REJECTED' });

    const testSlice = objects('baseline', { every: { PatientID: 'EARSHOT-TEST-OTHER' } }).ct[0]!;
    {
      using _run = it.door.openFor('EARSHOT-TEST-RUN');
      // A real patient under our title, and a test patient of another run: refused as not authorised.
      expect(await asOurselves()).toMatchObject([{ status: 0x0124 }]);
      const other = await sendFiles(it.own, [testSlice], { callingAeTitle: 'EARSHOT' });
      expect(other).toMatchObject([{ status: 0x0124 }]);
    }
    // Nor may a PACS send a test patient.
    expect(await sendFiles(it.own, [testSlice], { callingAeTitle: PACS })).toMatchObject([
      { status: 0x0124 },
    ]);
    const rows = await catalogue.sql.query<{ PatientID: string }>('SELECT "PatientID" FROM "study"');
    expect(rows.filter(({ PatientID }) => isTestPatient(PatientID))).toEqual([]);
    expect(rows).toEqual([]);
  });

  it('a port that takes nothing is the step that failed, with the reason', async () => {
    await using earshot = await startService();
    const { world } = earshot.service;
    const own: Node = { name: 'earshot', roles: [], host: '127.0.0.1', port: 1, aeTitle: 'EARSHOT' };
    const kept = testReports(world.files);
    await using selfTest = createSelfTest({ world, door: createTestDoor(), own, kept });
    selfTest.start('ada');
    await selfTest.settled();
    const progress = await selfTest.status();
    expect(progress?.state).toBe('failed');
    expect(progress?.steps[0]).toMatchObject({
      id: 'sent',
      state: 'failed',
      text: expect.stringContaining('PEER_UNREACHABLE'),
    });
    expect(progress?.steps.slice(1).every(({ state }) => state === 'skipped')).toBe(true);
  });
});

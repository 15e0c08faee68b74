import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localLeases } from '../../adapters/database/local-leases.ts';
import { startScp } from '../../adapters/dimse/scp.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import type { Node } from '../../src/ports.ts';
import { createArrivals } from '../../src/startup/arrivals.ts';
import { takingIn } from '../../src/startup/doors.ts';
import { callerVerdict, maySend } from '../../src/startup/entrance.ts';
import { createSelfTest } from '../../src/startup/self-test.ts';
import type { SelfTestProgress } from '../../src/startup/self-test-steps.ts';
import { createTestDoor } from '../../src/startup/test-door.ts';
import { testReports } from '../../src/startup/test-reports.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';
import { stow } from '../support/stow.ts';
import { until } from '../support/until.ts';

type Progress = Omit<SelfTestProgress, 'PatientID'>;

const TOKEN = 'a-token-of-the-sender';
let earshot: RunningService;
let site: Site;
beforeAll(async () => {
  earshot = await startService({
    enrolment: 'listed',
    http: { host: '127.0.0.1', port: 0, senders: [{ name: 'EARSHOT', token: TOKEN }] },
  });
  site = await openSite({ dataDir: earshot.dataDir, httpPort: earshot.service.httpPort });
});
afterAll(() => earshot[Symbol.asyncDispose]());

const as = { as: 'administrator' } as const;
const own = (): Node => ({
  ...{ name: 'earshot', roles: [], host: '127.0.0.1', aeTitle: 'EARSHOT' },
  port: earshot.service.dimsePort,
});

describe('the test patient', () => {
  it('comes through the whole path, its report goes nowhere but by hand, and nothing of it stays', async () => {
    const { world } = earshot.service;
    const started = await site.json<Progress>('/api/setup/test-patient', { ...as, json: {} });
    expect(started).toMatchObject({ state: 'running', author: 'administrator' });
    const again = await site.json<Progress>('/api/setup/test-patient', { ...as, json: {} });
    expect(again.startedAt).toBe(started.startedAt);
    const progress = await until('the test patient', async () => {
      const now = await site.json<Progress>('/api/setup/test-patient', as);
      return now.state === 'running' ? undefined : now;
    });
    expect(progress.steps.map(({ id, state, text }) => [id, state, text])).toEqual([
      ['sent', 'passed', expect.stringMatching(/^\d+ objects$/)],
      ['received', 'passed', expect.any(String)],
      ['complete', 'passed', ''],
      ['matched', 'passed', ''],
      ['measured', 'passed', expect.any(String)],
      ['scored', 'passed', expect.stringContaining('ear-delta-2023')],
      ['valid', 'passed', expect.any(String)],
    ]);
    expect(progress.state).toBe('passed');

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

    // By hand it is stored at a destination, and no delivery is opened.
    expect(await site.json('/api/nodes/pacs/checks', { ...as, json: { kind: 'store' } })).toMatchObject({
      outcome: 'passed',
      text: expect.stringContaining('status 0x0000'),
    });
    const [taken] = earshot.pacs.reports;
    expect(taken && Buffer.from(taken.bytes).toString('latin1')).toContain('EARSHOT^TEST');
    expect(await world.catalogue.sql.query('SELECT * FROM "delivery"')).toEqual([]);
    const report = await site.call('/api/setup/test-patient/report', as);
    expect(report.headers.get('content-type')).toBe('application/dicom');
    expect(Buffer.from(await report.arrayBuffer()).includes('EARSHOT-TEST-')).toBe(true);
    const preview = await site.json<{ root: unknown }>('/api/setup/test-patient/report/preview', as);
    expect(preview.root).toMatchObject({ valueType: 'CONTAINER' });
  });

  it('the door is shut before and after, and lets in nobody else while it is open', async () => {
    const { world } = earshot.service;
    const { baseline, objects } = phantomCase('door');
    const [slice] = baseline.ct;
    const testSlice = objects('baseline', { every: { PatientID: 'EARSHOT-TEST-OTHER' } }).ct[0]!;
    const asOurselves = (to: Node, file = slice!) => sendFiles(to, [file], { callingAeTitle: 'EARSHOT' });
    await expect(asOurselves(own())).rejects.toMatchObject({ code: 'PEER_REJECTED' });
    const checklist = await site.json<{ id: string; state: string; text: string }[]>('/api/setup', as);
    expect(checklist.find(({ id }) => id === 'dimse')).toMatchObject({
      state: 'ok',
      text: expect.stringContaining(`port ${earshot.service.dimsePort}`),
    });
    await expect(asOurselves(own())).rejects.toMatchObject({ code: 'PEER_REJECTED' });
    // Nor may a PACS send a test patient.
    expect(await sendFiles(own(), [testSlice], { callingAeTitle: PACS })).toMatchObject([{ status: 0x0124 }]);

    const config = earshot.service.configuration.current().config;
    const door = createTestDoor();
    await using scp = await startScp(config.dimse, {
      openIncoming: (meta) => world.files.receive(meta),
      acceptCaller: (caller) => callerVerdict(config, caller, door),
      mayStore: (caller) => maySend(config, caller, door),
      receive: takingIn(
        {
          world: () => world,
          config: () => config,
          admission: { door, arrivals: createArrivals() },
          wake: () => undefined,
        },
        true,
      ),
    });
    using _run = door.open({ PatientID: 'EARSHOT-TEST-RUN' });
    const open = { ...own(), port: scp.port };
    // A real patient under our title, and a test patient of another run: refused as not authorised.
    expect(await asOurselves(open)).toMatchObject([{ status: 0x0124 }]);
    expect(await asOurselves(open, testSlice)).toMatchObject([{ status: 0x0124 }]);
    expect(await world.catalogue.sql.query('SELECT "PatientID" FROM "study"')).toEqual([]);
  });

  it('a sender over HTTP that is called like us may send patients, and no test patients', async () => {
    const { httpPort: port } = earshot.service;
    const { baseline, objects } = phantomCase('door-stow');
    const testSlice = objects('baseline', { every: { PatientID: 'EARSHOT-TEST-OTHER' } }).ct[0]!;
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await stow([testSlice], { port, headers })).failed).toMatchObject([[expect.any(String), 0x0124]]);
    expect((await stow([baseline.ct[0]!], { port, headers })).status).toBe(200);
  });

  it('a port that takes nothing is the step that failed, with the reason', async () => {
    const { world } = earshot.service;
    const kept = testReports(world.files);
    await using selfTest = createSelfTest({
      world,
      admission: {
        ports: async () => [{ holder: 'h', node: { ...own(), port: 1 } }],
        open: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
      },
      leases: localLeases(),
      kept,
    });
    await selfTest.start('ada');
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

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { readHeader } from '../../src/dicom/read-header.ts';
import type { SelfTestProgress } from '../../src/startup/self-test-steps.ts';
import type { Service } from '../../src/startup/start.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { postgresMissing } from '../support/databases.ts';
import { type Installation, openInstallation } from '../support/installation.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { sendTo } from '../support/running-service.ts';
import { startScriptedQueryArchive } from '../support/scripted-query-archive.ts';
import type { Site } from '../support/site.ts';
import { until } from '../support/until.ts';

type Progress = Omit<SelfTestProgress, 'PatientID'>;
type Item = Readonly<{ id: string; state: string; text: string; remedy: string }>;
type Held = Readonly<{ name: string; holder: string; detail: string }>;

const as = { as: 'administrator' } as const;
const TEST_PATIENT = '/api/setup/test-patient';
const startTest = (site: Site) => site.json<Progress>(TEST_PATIENT, { ...as, json: {} });
const howItFares = (site: Site) => site.json<Progress>(TEST_PATIENT, as);
const ended = (site: Site) =>
  until(
    'the test patient',
    async () => {
      const now = await howItFares(site);
      return now.state === 'running' ? undefined : now;
    },
    { withinMs: 90_000 },
  );
const checklist = async (site: Site, id: string) =>
  (await site.json<Item[]>('/api/setup', as)).find((item) => item.id === id);
const leases = ({ world }: Service, beginning: string) =>
  world.catalogue.sql.query<Held>('SELECT * FROM "lease" WHERE starts_with("name", $1)', [beginning]);
const asOurselves = (port: number, file: Uint8Array) =>
  sendFiles({ name: 'earshot', roles: [], host: '127.0.0.1', aeTitle: 'EARSHOT', port }, [file], {
    callingAeTitle: 'EARSHOT',
  });

describe.skipIf(postgresMissing())('checks in one process, the port in another', () => {
  let installation: Installation;
  beforeEach(async () => {
    // Long enough that another process takes over while a test patient is under way.
    installation = await openInstallation({ completeness: { quietPeriodSeconds: 15 } });
  });
  afterEach(() => installation[Symbol.asyncDispose]());

  test('a test patient goes the whole way, told by every administration; the worker that led may leave', async () => {
    const leading = await installation.start('work');
    const receiver = await installation.start('receive');
    const admin = await installation.start('admin');
    const second = await installation.start('admin');
    await installation.start('work');
    const [site, other] = [await installation.site(admin), await installation.site(second)];
    const slice = phantomCase('door').baseline.ct[0]!;
    await expect(asOurselves(receiver.dimsePort, slice)).rejects.toMatchObject({ code: 'PEER_REJECTED' });
    expect(await checklist(site, 'dimse')).toMatchObject({
      state: 'ok',
      text: expect.stringContaining(`EARSHOT answers on port ${receiver.dimsePort} (127.0.0.1)`),
    });

    const { startedAt } = await startTest(site);
    expect((await startTest(other)).startedAt).toBe(startedAt);
    await until('the objects', async () =>
      (await howItFares(other)).steps[1]?.state === 'passed' ? true : undefined,
    );
    // The door is open to the objects of the run, and to no others.
    expect(await asOurselves(receiver.dimsePort, slice)).toMatchObject([{ status: 0x0124 }]);
    const [leader] = await leases(admin, 'duties');
    await leading[Symbol.asyncDispose]();
    await until('another leader', async () => {
      const [now] = await leases(admin, 'duties');
      return now && now.holder !== leader?.holder ? true : undefined;
    });
    expect((await howItFares(site)).state).toBe('running');

    const progress = await ended(site);
    expect(progress.steps.filter(({ state }) => state !== 'passed')).toEqual([]);
    expect(await howItFares(other)).toEqual(progress);
    expect(await admin.world.catalogue.sql.query('SELECT * FROM "study"')).toEqual([]);
    expect(await leases(admin, 'admission/')).toEqual([]);
    expect(await leases(admin, 'selfTest')).toEqual([]);
    await until('the door to be shut', () =>
      asOurselves(receiver.dimsePort, slice).then(
        () => undefined,
        ({ code }) => code === 'PEER_REJECTED' || undefined,
      ),
    );
    expect(installation.pacs.reports).toEqual([]);
  });

  test('without a receiver the checks say so, and what to start', async () => {
    const site = await installation.site(await installation.start('admin'));
    expect(await checklist(site, 'dimse')).toMatchObject({
      state: 'failed',
      remedy: expect.stringContaining('earshot serve --role receive'),
    });
    await startTest(site);
    const { state, steps } = await ended(site);
    expect([state, steps[0]?.text]).toEqual(['failed', expect.stringContaining('NO_RECEIVER')]);
  });

  test('what a C-MOVE brings to a receiver is told to the process that asked; what comes nowhere is failed', async () => {
    const slice = ctSlice({ index: 0, size: 16 });
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = readHeader(slice)!.header;
    const receivers: Service[] = [];
    const sends = { comes: true };
    await using archive = await startScriptedQueryArchive({
      find: ({ QueryRetrieveLevel }) => ({
        answers:
          QueryRetrieveLevel === 'SERIES' ? [{ StudyInstanceUID, SeriesInstanceUID, Modality: 'CT' }] : [],
      }),
      move: async () => {
        if (sends.comes) await sendTo(receivers[1]!, [slice]);
        return { status: 0, completed: 1 };
      },
    });
    await using more = await openInstallation({
      nodes: [
        { name: 'pacs', aeTitle: 'TEST_PACS', roles: ['source'] },
        { name: 'peer', aeTitle: 'PEER', host: '127.0.0.1', port: archive.port, roles: ['archive'] },
      ],
      priors: { arrivalSeconds: 4 },
    });
    receivers.push(await more.start('receive'), await more.start('receive'));
    const admin = await more.start('admin');
    const site = await more.site(admin);
    await sendTo(receivers[0]!, [slice]);
    const move = () => site.json('/api/nodes/peer/checks', { ...as, json: { kind: 'move' } });
    expect(await move()).toMatchObject({ outcome: 'passed' });
    expect(archive.moves).toMatchObject([{ SOPInstanceUID }]);
    sends.comes = false;
    expect(await move()).toMatchObject({ outcome: 'failed', code: 'RETRIEVE_NOTHING_CAME' });
    await until('nothing to be left of it', async () =>
      (await leases(admin, 'a')).length === 0 ? true : undefined,
    );
  });
});

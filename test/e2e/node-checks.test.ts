import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localLeases } from '../../adapters/database/local-leases.ts';
import type { CheckKind } from '../../src/catalogue/node-checks.ts';
import { readHeader } from '../../src/dicom/read-header.ts';
import { createArrivals } from '../../src/startup/arrivals.ts';
import { checkNode } from '../../src/startup/check-node.ts';
import { configSchema } from '../../src/startup/config.ts';
import { shareAdmission } from '../../src/startup/shared-admission.ts';
import { createTestDoor } from '../../src/startup/test-door.ts';
import { testReports } from '../../src/startup/test-reports.ts';
import { makeCertificates } from '../support/certificates.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { type QueryScript, startScriptedQueryArchive } from '../support/scripted-query-archive.ts';
import { startScriptedWebArchive } from '../support/scripted-web-archive.ts';

const slice = ctSlice({ index: 0, size: 16 });
const header = readHeader(slice)!.header;
const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = header;

let earshot: RunningService;
beforeAll(async () => {
  earshot = await startService();
  await earshot.send([slice]);
});
afterAll(() => earshot[Symbol.asyncDispose]());

type Checked = Readonly<{
  node: Record<string, unknown>;
  kind: CheckKind;
  arrivals?: ReturnType<typeof createArrivals>;
}>;
const checked = ({ node, kind, arrivals = createArrivals() }: Checked) => {
  const config = configSchema.parse({
    nodes: [{ name: 'peer', ...node }],
    priors: { queryTimeoutSeconds: 1, retrieveTimeoutSeconds: 1, arrivalSeconds: 0.2 },
    delivery: { timeoutSeconds: 2 },
  });
  const { catalogue, files, clock } = earshot.service.world;
  const admission = shareAdmission({
    ...{ admission: { door: createTestDoor(), arrivals }, config: () => config, leases: localLeases() },
    processes: { own: () => expect.fail(), tell: async () => undefined, list: async () => [] },
  });
  const service = { catalogue, files, admission, reports: testReports(files) };
  return checkNode(config.nodes[0]!, kind, { config, clock, service });
};
const dimse = (port: number) => ({
  aeTitle: 'PEER',
  host: '127.0.0.1',
  port,
  roles: ['archive', 'destination'],
});
const series = { StudyInstanceUID, SeriesInstanceUID, Modality: 'CT' };
const holdsIt: NonNullable<QueryScript['find']> = ({ QueryRetrieveLevel }) => ({
  answers: QueryRetrieveLevel === 'SERIES' ? [series] : [],
});

describe('checks of a DIMSE node', () => {
  it('C-ECHO and C-FIND pass, and a rejection says what to tell the peer', async () => {
    await using peer = await startScriptedQueryArchive({});
    expect(await checked({ node: dimse(peer.port), kind: 'echo' })).toMatchObject({
      outcome: 'passed',
      code: '',
    });
    expect(await checked({ node: dimse(peer.port), kind: 'find' })).toMatchObject({ outcome: 'passed' });
    expect(peer.finds[0]?.['PatientID']).toMatch(/^EARSHOT-TEST-/);
    await using strict = await startScriptedQueryArchive({ reject: [1, 3] });
    expect(await checked({ node: dimse(strict.port), kind: 'echo' })).toMatchObject({
      outcome: 'failed',
      code: 'PEER_REJECTED',
      text: expect.stringContaining('EARSHOT calls from this machine'),
    });
  });

  it('one known object is moved at image level; what says that it was sent and never came is failed', async () => {
    const arrivals = createArrivals();
    const sends = { comes: true };
    await using peer = await startScriptedQueryArchive({
      find: holdsIt,
      move: (keys) => {
        if (sends.comes) arrivals.note(keys['SOPInstanceUID'] ?? '');
        return { status: 0, completed: 1 };
      },
    });
    const ask = () => checked({ node: dimse(peer.port), kind: 'move', arrivals });
    expect(await ask()).toMatchObject({ outcome: 'passed' });
    expect(peer.moves[0]).toMatchObject({ QueryRetrieveLevel: 'IMAGE', SeriesInstanceUID, SOPInstanceUID });
    sends.comes = false;
    expect(await ask()).toMatchObject({ outcome: 'failed', code: 'RETRIEVE_NOTHING_CAME' });
  });

  it('0xA801 says which AE title and port the archive must know; where nothing is known it is skipped', async () => {
    await using peer = await startScriptedQueryArchive({ find: holdsIt, move: () => ({ status: 0xa801 }) });
    expect(await checked({ node: dimse(peer.port), kind: 'move' })).toMatchObject({
      outcome: 'failed',
      text: expect.stringMatching(/AE title EARSHOT.*port 11112/),
    });
    await using empty = await startScriptedQueryArchive({});
    expect(await checked({ node: dimse(empty.port), kind: 'move' })).toMatchObject({ outcome: 'skipped' });
    expect(empty.moves).toEqual([]);
  });

  it('a test report is not sent before there is one', async () => {
    expect(await checked({ node: dimse(1), kind: 'store' })).toMatchObject({ outcome: 'skipped' });
  });
});

describe('checks of a DICOMweb node', () => {
  it('a probe walks from a study to the metadata of one object and asks for STOW-RS without storing', async () => {
    const bodies = ['0020000D', '0020000E', '00080018'].map((tag) => [
      { [tag]: { vr: 'UI', Value: ['1.2.3'] } },
    ]);
    await using peer = await startScriptedWebArchive((at) => ({ status: 200, body: bodies[at - 1] ?? [] }));
    const found = await checked({ node: { dicomWeb: peer.url, roles: ['archive'] }, kind: 'web' });
    expect(found).toMatchObject({
      outcome: 'passed',
      text: expect.stringContaining('WADO-RS: metadata HTTP 200 OK'),
    });
    expect(peer.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /dicom-web/studies?limit=1',
      'GET /dicom-web/studies/1.2.3/series?limit=1',
      'GET /dicom-web/studies/1.2.3/series/1.2.3/instances?limit=1',
      'GET /dicom-web/studies/1.2.3/series/1.2.3/instances/1.2.3/metadata',
      'OPTIONS /dicom-web/studies',
    ]);
  });

  it('a refused login and a closed port say so', async () => {
    await using peer = await startScriptedWebArchive(() => ({ status: 401 }));
    const node = { dicomWeb: peer.url, roles: ['archive'] };
    expect(await checked({ node, kind: 'web' })).toMatchObject({
      outcome: 'failed',
      text: expect.stringContaining('auth'),
    });
    expect(await checked({ node, kind: 'echo' })).toMatchObject({
      outcome: 'failed',
      text: expect.stringContaining('auth'),
    });
    const closed = { dicomWeb: 'http://127.0.0.1:1/x', roles: ['archive'] };
    expect(await checked({ node: closed, kind: 'web' })).toMatchObject({ code: 'PEER_UNREACHABLE' });
  });
});

it('the certificate of a TLS peer is looked at, and trusted under its authority alone', async () => {
  using made = makeCertificates();
  const { cert, key } = made.signed('ca', 'peer');
  const { readFileSync } = await import('node:fs');
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dicomWeb = `https://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  const of = (ca: string[]) =>
    checked({ node: { dicomWeb, roles: ['archive'], tls: { ca } }, kind: 'certificate' });
  // The service's clock of this test is the day's: the certificate has 30 days.
  expect(await of([made.authority('ca')])).toMatchObject({
    outcome: 'passed',
    text: expect.stringContaining('CN=peer'),
  });
  expect(await of([made.authority('stranger')])).toMatchObject({ outcome: 'failed', code: 'PEER_TLS' });
  await new Promise((resolve) => server.close(resolve));
});

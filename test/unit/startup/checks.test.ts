import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { failedBecause } from '../../../src/startup/check-advice.ts';
import { judgeCertificate } from '../../../src/startup/check-certificate.ts';
import { judgeProbes, whyNot } from '../../../src/startup/check-node.ts';
import { type ChecklistNeeds, setupChecklist } from '../../../src/startup/checklist.ts';
import { configSchema } from '../../../src/startup/config.ts';
import { isThisMachine } from '../../../src/startup/test-door.ts';

const ends = { kind: 'move', ownAeTitle: 'EARSHOT', ownPort: 11_112, peer: 'PACS at pacs:104' } as const;

describe('what an administrator is told of a failed check', () => {
  it.each([
    [new Fault('MOVE_DESTINATION_UNKNOWN', 'C-MOVE status 0xA801'), /AE title EARSHOT.*port 11112.*0xA801/],
    [new Fault('PEER_REJECTED', 'permanent: calling AE title not recognised'), /that EARSHOT calls/],
    [new Fault('PEER_REJECTED', 'permanent: called AE title not recognised'), /correct aeTitle of the node/],
    [new Fault('PEER_UNREACHABLE', 'ECONNREFUSED'), /Nothing listens at PACS at pacs:104/],
    [new Fault('PEER_REFUSED', 'status 0xC000'), /0xC000/],
  ])('%s', (fault, text) => {
    expect(failedBecause(fault, ends)).toEqual({
      outcome: 'failed',
      code: fault.code,
      text: expect.stringMatching(text),
    });
  });
});

describe('a certificate', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const shown = (validTo: string, objection?: string) => ({
    protocol: 'TLSv1.3',
    cipher: '',
    objection,
    chain: [
      {
        ...{ subject: 'CN=pacs', issuer: 'CN=ca', altNames: '', fingerprint: '' },
        ...{ validFrom: now, validTo: new Date(validTo) },
      },
    ],
  });
  it.each([
    ['of a year is good', shown('2027-01-01'), 'passed', /365 days left: CN=pacs, issued by CN=ca/],
    ['of 13 days is failed', shown('2026-01-14'), 'failed', /expires in 13 days/],
    ['that expired is failed', shown('2025-12-30', 'CERT_HAS_EXPIRED'), 'failed', /expired on 2025-12-30/],
    ['that is not trusted is failed', shown('2027-01-01', 'SELF_SIGNED'), 'failed', /SELF_SIGNED.*tls\.ca/],
  ] as const)('%s', (_, tls, outcome, text) => {
    expect(judgeCertificate(tls, now)).toMatchObject({ outcome, text: expect.stringMatching(text) });
  });
});

it('what a DICOMweb node need not offer fails nothing', () => {
  const probes = [
    { service: 'QIDO-RS', status: 404, text: 'HTTP 404 Not Found', isOffered: false },
    { service: 'STOW-RS', status: 405, text: 'the server does not say', isOffered: undefined },
  ] as const;
  expect(judgeProbes(probes, { roles: ['destination'] }).outcome).toBe('passed');
  expect(judgeProbes(probes, { roles: ['archive'] })).toMatchObject({
    outcome: 'failed',
    text: expect.stringContaining('QIDO-RS'),
  });
});

it('a check that means nothing for a node is not tried, and says why', () => {
  const [caller, archive] = configSchema.parse({
    nodes: [
      { name: 'scanner', aeTitle: 'CT', roles: ['source'] },
      { name: 'pacs', aeTitle: 'PACS', host: 'pacs', port: 104, roles: ['archive'] },
    ],
  }).nodes;
  expect(whyNot(caller!, 'echo')).toMatch(/no host and port/);
  expect(whyNot(archive!, 'store')).toMatch(/no destination/);
  expect(whyNot(archive!, 'certificate')).toMatch(/without TLS/);
  expect(whyNot(archive!, 'move')).toBeUndefined();
});

it.each([
  ['127.0.0.1', '0.0.0.0', true],
  ['::ffff:127.0.0.1', '0.0.0.0', true],
  ['::1', '::', true],
  ['10.0.0.5', '10.0.0.5', true],
  ['10.0.0.6', '10.0.0.5', false],
  ['127.0.0.1.evil', '0.0.0.0', false],
])('a caller from %s of a listener on %s is this machine: %s', (address, host, is) => {
  expect(isThisMachine(address, host)).toBe(is);
});

describe('the checklist', () => {
  const needs = (changes: Partial<ChecklistNeeds> = {}): ChecklistNeeds => ({
    config: configSchema.parse({}),
    now: new Date('2026-01-01T12:00:00Z'),
    httpPort: 8080,
    echoOurselves: async () => [{ host: '127.0.0.1', port: 11_112, milliseconds: 2 }],
    newestChecks: async () => [],
    model: { id: 'm', version: '1' },
    normalisation: { kind: 'none' },
    readRules: () => undefined,
    freeBytes: async () => 2 ** 40,
    peerDate: async () => undefined,
    hasAdministrator: true,
    lastSelfTest: async () => undefined,
    ...changes,
  });
  const states = async (changes: Partial<ChecklistNeeds>) =>
    Object.fromEntries((await setupChecklist(needs(changes))).map(({ id, state }) => [id, state]));

  it('of a fresh installation says what is missing', async () => {
    expect(await states({})).toEqual({
      ...{ dimse: 'ok', http: 'ok', administrator: 'ok', source: 'failed', archive: 'warning' },
      ...{ destination: 'failed', model: 'ok', normalisation: 'warning', rules: 'ok', disk: 'ok' },
      ...{ clock: 'unknown', notifications: 'warning', testPatient: 'unknown' },
    });
  });

  it('is red where something fails, whatever throws, and has a remedy', async () => {
    const broken = () => Promise.reject(new Fault('STORAGE_FAILED', 'EIO'));
    const items = await setupChecklist(
      needs({
        echoOurselves: () => Promise.reject(new Fault('PEER_UNREACHABLE')),
        readRules: () => {
          throw new Fault('RULES_INVALID', 'roi.yaml');
        },
        freeBytes: broken,
        peerDate: async () => new Date('2026-01-01T12:05:00Z'),
        hasAdministrator: false,
      }),
    );
    const red = items.filter(({ id }) => ['dimse', 'rules', 'disk', 'administrator'].includes(id));
    expect(red.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(red.every(({ text, remedy }) => text !== '' && remedy !== '')).toBe(true);
    expect(items.find(({ id }) => id === 'clock')).toMatchObject({
      state: 'warning',
      text: expect.stringContaining('300 s'),
    });
  });

  it('tells of each of our ports, and what to start when there is none', async () => {
    const answers = { host: '10.0.0.11', port: 11_112, milliseconds: 2.4 };
    const silent = { host: '10.0.0.12', port: 11_112, code: 'PEER_UNREACHABLE' };
    const dimse = async (echoOurselves: ChecklistNeeds['echoOurselves']) =>
      (await setupChecklist(needs({ echoOurselves }))).find(({ id }) => id === 'dimse');
    expect(await dimse(async () => [answers, silent])).toMatchObject({
      state: 'warning',
      text: 'EARSHOT answers on port 11112 (10.0.0.11), C-ECHO after 2 ms; EARSHOT does not answer on port 11112 (10.0.0.12): PEER_UNREACHABLE',
    });
    expect(await dimse(async () => [silent])).toMatchObject({ state: 'failed' });
    expect(await dimse(() => Promise.reject(new Fault('NO_RECEIVER')))).toEqual({
      ...{ id: 'dimse', title: 'AE title and port', state: 'failed' },
      text: 'No process that takes DICOM objects runs.',
      remedy: expect.stringContaining('earshot serve --role receive'),
    });
  });

  it('a node is as its newest telling check was', async () => {
    const config = configSchema.parse({
      nodes: [
        { name: 'pacs', aeTitle: 'P', host: 'p', port: 104, roles: ['source', 'destination', 'archive'] },
      ],
    });
    const check = (kind: 'echo' | 'move', outcome: 'passed' | 'failed') => ({
      ...{
        id: kind,
        node: 'pacs',
        kind,
        startedAt: new Date(0),
        milliseconds: 1,
        outcome,
        code: '',
        text: 'why',
        author: '',
      },
    });
    const found = await states({
      config,
      newestChecks: async () => [check('echo', 'passed'), check('move', 'failed')],
    });
    expect(found).toMatchObject({ source: 'ok', archive: 'failed', destination: 'ok' });
    expect(await states({ config })).toMatchObject({ source: 'unknown' });
  });
});

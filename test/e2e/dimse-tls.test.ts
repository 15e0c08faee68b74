import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { echo } from '../../adapters/dimse/echo.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { tlsOptions } from '../../adapters/http/tls.ts';
import { inspectTls } from '../../adapters/tls/inspect.ts';
import type { TlsMaterial } from '../../src/ports.ts';
import { type Certificates, makeCertificates, type Signed } from '../support/certificates.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { eventually, type Listener, startListener } from '../support/listener.ts';

const missing = whyNotInstalled('openssl');
const pem = (file: string): string => readFileSync(file, 'utf8');
const fault = (code: string) => expect.objectContaining({ code });

describe.skipIf(missing)(missing ?? 'DIMSE over TLS (PS3.15 B.9)', () => {
  let made: Certificates;
  let ours: Signed;
  let theirs: Signed;
  let stranger: Signed;
  beforeAll(() => {
    made = makeCertificates();
    ours = made.signed('hospital', 'earshot');
    theirs = made.signed('vendor', 'modality');
    stranger = made.signed('elsewhere', 'stranger');
  });
  afterAll(() => made[Symbol.dispose]());

  type Wanted = 'none' | 'optional' | 'required';
  const warnings: string[] = [];
  const log = {
    info: () => undefined,
    warn: (event: string) => void warnings.push(event),
    error: () => undefined,
  };
  const listening = (clientCertificate: Wanted, own = ours): Promise<Listener> =>
    startListener(
      {
        tls: {
          cert: pem(own.cert),
          key: pem(own.key),
          // several authorities at once: the hospital's, and each vendor's
          ca: [pem(made.authority('hospital')), pem(made.authority('vendor'))],
          clientCertificate,
        },
        limits: { artimMs: 500 },
      },
      { log },
    );
  const call = (listener: Listener, tls?: TlsMaterial, host = '127.0.0.1') =>
    echo(
      { name: 'ours', roles: [], host, port: listener.scp.port, aeTitle: 'EARSHOT', ...(tls ? { tls } : {}) },
      { callingAeTitle: 'TEST', timeoutSeconds: 5 },
    );
  const trusting = (authority: string, own?: Signed): TlsMaterial => ({
    ca: [pem(made.authority(authority))],
    ...(own ? { cert: pem(own.cert), key: pem(own.key) } : {}),
  });

  /** What a handshake with one suite of TLS 1.2 comes to. */
  const offering = (port: number, ciphers: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connectTls({
        port,
        host: '127.0.0.1',
        ciphers,
        maxVersion: 'TLSv1.2',
        ca: [pem(made.authority('hospital'))],
      });
      socket.once('secureConnect', () => resolve(socket.getCipher().name));
      socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'failed'));
      socket.on('close', () => resolve('closed'));
      socket.on('secureConnect', () => socket.destroy());
    });
  /** RSA, so that also the suites could be had that exchange keys by it. */
  const rsa = (): Signed => {
    const { folder } = made;
    const named = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = [...named, '-keyout', 'rsa.key', '-out', 'rsa.pem', '-days', '30'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files], {
      cwd: folder,
      stdio: 'pipe',
    });
    return { cert: join(folder, 'rsa.pem'), key: join(folder, 'rsa.key') };
  };
  const WEAK = [
    'AES128-SHA',
    'AES128-GCM-SHA256',
    'AES256-SHA256',
    'ECDHE-RSA-AES128-SHA',
    'ECDHE-RSA-AES256-SHA384',
  ];
  const STRONG = ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'];

  test('suites without ephemeral keys or authenticated encryption are not spoken (BCP 195)', async () => {
    const own = rsa();
    await using listener = await listening('none', own);
    const https = createServer(
      tlsOptions({ cert: pem(own.cert), key: pem(own.key), ca: [], clientCertificate: 'none' }),
    ).listen(0, '127.0.0.1');
    try {
      await once(https, 'listening');
      for (const port of [listener.scp.port, (https.address() as AddressInfo).port]) {
        for (const suite of WEAK)
          expect(await offering(port, `${suite}:@SECLEVEL=0`)).toMatch(/^ERR_|^ECONN/);
        // The certificate is of no authority that it knows: the handshake comes as far as that.
        for (const suite of STRONG) expect(await offering(port, suite)).toMatch(/SELF_SIGNED|DEPTH_ZERO/);
      }
    } finally {
      https.close();
    }
  });

  test.each(WEAK)('nor with a peer that speaks only %s', async (ciphers) => {
    const own = rsa();
    const server = createServer({ cert: pem(own.cert), key: pem(own.key), ciphers, maxVersion: 'TLSv1.2' });
    server.on('error', () => undefined).on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const peer = {
        name: 'weak',
        roles: [],
        host: '127.0.0.1',
        port,
        aeTitle: 'WEAK',
        tls: { ca: [pem(own.cert)] },
      };
      const echoing = echo(peer, { callingAeTitle: 'TEST', timeoutSeconds: 5 });
      await expect(echoing).rejects.toEqual(fault('PEER_TLS'));
    } finally {
      server.close();
    }
  });

  test('objects are stored over a trusted connection', async () => {
    await using listener = await listening('none');
    const node = { name: 'ours', roles: [], host: '127.0.0.1', port: listener.scp.port, aeTitle: 'EARSHOT' };
    const files = [0, 1, 2].map((index) => ctSlice({ index }));
    const sent = await sendFiles({ ...node, tls: trusting('hospital') }, files, { callingAeTitle: 'TEST' });
    expect(sent.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(listener.stored).toHaveLength(3);
  });

  test.each<[string, Wanted, 'theirs' | 'stranger' | undefined, boolean]>([
    ['required, one of a trusted vendor', 'required', 'theirs', true],
    ['required, none shown', 'required', undefined, false],
    ['required, one of an unknown authority', 'required', 'stranger', false],
    ['optional, none shown', 'optional', undefined, true],
    ['optional, one of a trusted vendor', 'optional', 'theirs', true],
    ['optional, one of an unknown authority', 'optional', 'stranger', false],
  ])("the caller's certificate: %s", async (_, wanted, shown, isTaken) => {
    await using listener = await listening(wanted);
    const own = shown && { theirs, stranger }[shown];
    const calling = call(listener, trusting('hospital', own));
    if (isTaken) expect(await calling).toBeGreaterThan(0);
    else
      await expect(calling).rejects.toMatchObject({
        code: expect.stringMatching(/PEER_TLS|PEER_UNREACHABLE/),
      });
    expect(listener.events.includes('opened')).toBe(isTaken);
  });

  test('a listener that we do not trust is not spoken to, and told apart from one that is away', async () => {
    await using listener = await listening('none');
    await expect(call(listener, trusting('elsewhere'))).rejects.toEqual(fault('PEER_TLS'));
    await expect(call(listener, { ca: [] })).rejects.toEqual(fault('PEER_TLS'));
    expect(listener.events).toEqual([]);
  });
  test('a certificate for another host is not trusted', async () => {
    await using listener = await listening('none', made.signed('hospital', 'other', 'DNS:other.example'));
    await expect(call(listener, trusting('hospital'))).rejects.toEqual(fault('PEER_TLS'));
  });
  test('plain DIMSE to a TLS port, and TLS to a plain one, are refused by name, and the port lives on', async () => {
    await using listener = await listening('none');
    await expect(call(listener)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    await using plain = await startListener();
    await expect(call(plain, trusting('hospital'))).rejects.toEqual(fault('PEER_TLS'));
    expect(await call(listener, trusting('hospital'))).toBeGreaterThan(0);
    expect(await plain.echo()).toBeGreaterThan(0);
  });
  test('a caller that never finishes its handshake is cut off, and others are served meanwhile', async () => {
    await using listener = await listening('none');
    const silent = connect(listener.scp.port, '127.0.0.1');
    silent.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => silent.once('close', () => resolve()));
    expect(await call(listener, trusting('hospital'))).toBeGreaterThan(0);
    silent.resume();
    await closed;
    await eventually('the failed handshake in the log', () => warnings.includes('tls.failed'));
  });
  test('what a peer shows is told: protocol, names, expiry, and why it is not trusted', async () => {
    await using listener = await listening('none');
    const look = (tls: TlsMaterial) =>
      inspectTls({ host: '127.0.0.1', port: listener.scp.port, tls, timeoutSeconds: 5 });
    const found = await look(trusting('hospital'));
    expect(found).toMatchObject({ protocol: 'TLSv1.3', objection: undefined });
    expect(found.chain[0]).toMatchObject({
      subject: 'CN=earshot',
      issuer: 'CN=hospital',
      altNames: expect.stringContaining('IP Address:127.0.0.1'),
    });
    const days = (found.chain[0]!.validTo.getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(28);
    expect((await look({ ca: [] })).objection).toMatch(/UNABLE_TO|SELF_SIGNED/);
    await using plain = await startListener({ limits: { artimMs: 300 } });
    await expect(
      inspectTls({ host: '127.0.0.1', port: plain.scp.port, tls: { ca: [] }, timeoutSeconds: 5 }),
    ).rejects.toMatchObject({ code: 'PEER_TLS' });
    await expect(
      inspectTls({ host: '127.0.0.1', port: 1, tls: { ca: [] }, timeoutSeconds: 5 }),
    ).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });
  test('files that do not fit are refused at the start, by name', async () => {
    const { readTls } = await import('../../src/startup/tls.ts');
    expect(() => readTls({ ca: [], cert: ours.cert, key: theirs.key })).toThrow(/TLS_FILES_INVALID/);
    expect(() => readTls({ ca: [join(made.folder, 'none.pem')] })).toThrow(
      /TLS_FILES_INVALID.*none\.pem: ENOENT/,
    );
    expect(() => readTls({ ca: [ours.key] })).toThrow(/not a certificate in PEM/);
    expect(readTls({ ca: [made.authority('vendor')], ...ours }).cert).toContain('BEGIN CERTIFICATE');
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { echo } from '../../adapters/dimse/echo.ts';
import { makeCertificates } from '../support/certificates.ts';
import { type Child, startChild } from '../support/child.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { dockerText } from '../support/docker-files.ts';
import { freePort } from '../support/free-port.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { startListener } from '../support/listener.ts';
import { PACS, type RunningService, sendTo, startService } from '../support/running-service.ts';
import { associateRq } from '../support/scripted-peer.ts';
import { stow } from '../support/stow.ts';
import { until } from '../support/until.ts';

const missing = whyNotInstalled('haproxy');
/** Where connections of the balancer come from; those of peers come from 127.0.0.1. */
const BALANCER = '127.0.0.9';
const file = (index: number) => ctSlice({ study: '2.25.77', index, size: 8 });

/** `docker/scale-out/haproxy.cfg` with servers on loopback in the place of Docker's names, and nothing else changed. */
function onLoopback(ports: { dimse: number; http: number }, receivers: readonly RunningService[]): string {
  const servers = (name: string, port: (service: RunningService) => number): string =>
    receivers
      .map((each, index) => `    server ${name}${index} 127.0.0.1:${port(each)} source ${BALANCER}`)
      .join('\n');
  return dockerText('scale-out/haproxy.cfg')
    .replace(/^resolvers docker\n(?: {4}.*\n)+/m, '')
    .replaceAll(' resolvers docker init-addr none', '')
    .replace('bind :11112', `bind 127.0.0.1:${ports.dimse}`)
    .replace('bind :8080', `bind 127.0.0.1:${ports.http}`)
    .replace(
      /^.*server-template receive 8 receive:11112/m,
      servers('dimse', ({ service }) => service.dimsePort),
    )
    .replace(
      /^.*server-template receive 8 receive:8080/m,
      servers('stow', ({ service }) => service.httpPort),
    )
    .replace(
      /^.*server-template admin 4 admin:8080/m,
      servers('admin', ({ service }) => service.httpPort),
    );
}

describe.skipIf(missing)(
  missing ?? 'receivers behind HAProxy, as docker/scale-out/haproxy.cfg has it',
  () => {
    let folder: string;
    let ports: { dimse: number; http: number };
    let receivers: RunningService[];
    let haproxy: Child;

    const token = 'a-token-of-the-scanner';
    const settings = {
      completeness: { quietPeriodSeconds: 60 },
      dimse: { host: '127.0.0.1', port: 0, proxyProtocol: [BALANCER] },
      nodes: [
        { name: 'pacs', aeTitle: PACS, roles: ['source'], addresses: ['127.0.0.1'] },
        { name: 'elsewhere', aeTitle: 'ELSEWHERE', roles: ['source'], addresses: ['10.1.2.3', BALANCER] },
      ],
      http: { host: '127.0.0.1', port: 0, senders: [{ name: 'scanner', token }] },
    };
    const stored = async ({ service }: RunningService): Promise<number> => {
      const [row] = await service.world.catalogue.sql.query<{ n: number }>(
        'SELECT count(*) AS "n" FROM "instance"',
      );
      return Number(row?.n);
    };
    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${ports.http}${path}`, { headers, redirect: 'manual' });

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'earshot-haproxy-'));
      receivers = [await startService(settings), await startService(settings)];
      ports = { dimse: await freePort(), http: await freePort() };
      const configuration = join(folder, 'haproxy.cfg');
      writeFileSync(configuration, onLoopback(ports, receivers));
      haproxy = startChild('haproxy', ['-db', '-f', configuration]);
      await until('HAProxy to answer', async () => {
        if (haproxy.hasEnded()) throw new Error(haproxy.output());
        return get('/healthz').then(
          ({ ok }) => (ok ? true : undefined),
          () => undefined,
        );
      });
    });
    afterEach(async () => {
      await haproxy.stop('SIGKILL');
      for (const receiver of receivers) await receiver[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });

    test('associations of one study land on both, and every object is stored once', async () => {
      for (let index = 0; index < 6; index += 1) await sendTo({ dimsePort: ports.dimse }, [file(index)]);
      const counts = await Promise.all(receivers.map(stored));
      expect(counts.reduce((sum, count) => sum + count)).toBe(6);
      for (const count of counts) expect(count).toBeGreaterThan(0);
    });

    test('a peer is where it is, not where the balancer is, and says so to nobody but by the balancer', async () => {
      const calling = (callingAeTitle: string) =>
        echo(
          { name: 'earshot', roles: [], aeTitle: 'EARSHOT', host: '127.0.0.1', port: ports.dimse },
          { callingAeTitle, timeoutSeconds: 5 },
        );
      expect(await calling(PACS)).toBeGreaterThan(0);
      await expect(calling('ELSEWHERE')).rejects.toMatchObject({ code: 'PEER_REJECTED' });
      // As if from 10.1.2.3, by itself.
      const forged = Buffer.from('0d0a0d0a000d0a515549540a2111000c0a0102037f000001d4312b68', 'hex');
      const socket = connect(receivers[0]?.service.dimsePort ?? 0, '127.0.0.1');
      socket.write(Buffer.concat([forged, associateRq({ calling: 'ELSEWHERE' })]));
      const answer: Buffer[] = [];
      socket.on('data', (bytes) => answer.push(bytes)).on('error', () => undefined);
      await new Promise((resolve) => socket.once('close', resolve));
      // A-ABORT, or nothing: it is no PDU.
      expect([7, undefined]).toContain(Buffer.concat(answer)[0]);
    });

    test('associations over TLS pass through it as they are, and it says where they are from', async () => {
      using made = makeCertificates();
      const ours = made.signed('hospital', 'earshot');
      const [cert, key] = [readFileSync(ours.cert, 'utf8'), readFileSync(ours.key, 'utf8')];
      const ca = [readFileSync(made.authority('hospital'), 'utf8')];
      const from: string[] = [];
      await using listener = await startListener(
        { tls: { cert, key, ca: [], clientCertificate: 'none' }, isProxy: (address) => address === BALANCER },
        {
          acceptCaller: ({ address }) => {
            from.push(address);
            return 'accept';
          },
        },
      );
      const port = await freePort();
      const configuration = join(folder, 'tls.cfg');
      writeFileSync(
        configuration,
        `defaults\n mode tcp\n timeout connect 5s\n timeout client 1m\n timeout server 1m\nlisten tls\n bind 127.0.0.1:${port}\n server one 127.0.0.1:${listener.scp.port} send-proxy-v2 source ${BALANCER}\n`,
      );
      const passing = startChild('haproxy', ['-db', '-f', configuration]);
      try {
        const node = { name: 'earshot', roles: [], aeTitle: 'EARSHOT', host: '127.0.0.1', port, tls: { ca } };
        const echoed = await until('an echo over TLS', () =>
          echo(node, { callingAeTitle: 'TEST', timeoutSeconds: 5 }).catch(() => undefined),
        );
        expect(echoed).toBeGreaterThan(0);
        expect(from).toEqual(['127.0.0.1']);
      } finally {
        await passing.stop('SIGKILL');
      }
    });

    test('when a receiver has gone no association is lost: another one takes it at once', async () => {
      const [first] = receivers.splice(0, 1);
      await first?.[Symbol.asyncDispose]();
      for (let index = 0; index < 4; index += 1) await sendTo({ dimsePort: ports.dimse }, [file(index)]);
      expect(await stored(receivers[0] as RunningService)).toBe(4);
    });

    test('pages and STOW-RS come through, what is for the monitoring does not', async () => {
      expect((await get('/healthz')).status).toBe(200);
      expect((await get('/metrics')).status).toBe(404);
      expect((await get('/readyz')).status).toBe(404);
      expect((await get('/login')).headers.get('content-type')).toContain('text/html');
    });

    test('nobody passes for a caller on the machine of the receiver', async () => {
      expect((await stow([file(0)], { port: ports.http })).status).toBe(401);
      const forged = { 'X-Forwarded-For': '127.0.0.1', Forwarded: 'for=127.0.0.1' };
      expect((await stow([file(0)], { port: ports.http, headers: forged })).status).toBe(401);
      const known = { Authorization: `Bearer ${token}` };
      expect((await stow([file(0)], { port: ports.http, headers: known })).status).toBe(200);
    });
  },
);

import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { echo } from '../../adapters/dimse/echo.ts';
import { nodeOf } from '../../src/startup/tls.ts';
import { type Certificates, makeCertificates, type Signed } from '../support/certificates.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { PACS, startService } from '../support/running-service.ts';
import { run } from '../unit/cli/run.ts';

const missing = whyNotInstalled('openssl');

describe.skipIf(missing)(missing ?? 'a service that speaks TLS', () => {
  let made: Certificates;
  let ours: Signed;
  beforeAll(() => {
    made = makeCertificates();
    ours = made.signed('hospital', 'earshot');
  });
  afterAll(() => made[Symbol.dispose]());

  const node = (port: number, tls: unknown) => ({
    ...nodeOf({
      name: 'x',
      roles: ['source'],
      host: '127.0.0.1',
      port,
      aeTitle: 'EARSHOT',
      addresses: [],
      tls,
    } as never),
  });
  const dimse = (more: object) => ({
    host: '127.0.0.1',
    port: 0,
    tls: { port: 0, ca: [], ...ours, ...more },
  });

  test('takes associations on both ports, or over TLS only with plain: false', async () => {
    await using both = await startService({ dimse: dimse({}) });
    const trusted = { ca: [made.authority('hospital')] };
    const options = { callingAeTitle: PACS, timeoutSeconds: 5 };
    expect(await echo(node(both.service.dimsePort, undefined), options)).toBeGreaterThan(0);
    expect(await echo(node(both.service.dimseTlsPort!, trusted), options)).toBeGreaterThan(0);
    await using only = await startService({ dimse: { ...dimse({}), plain: false } });
    expect(only.service.dimsePort).toBe(only.service.dimseTlsPort);
    expect(await echo(node(only.service.dimsePort, trusted), options)).toBeGreaterThan(0);
    await expect(echo(node(only.service.dimsePort, undefined), options)).rejects.toMatchObject({
      code: 'PEER_UNREACHABLE',
    });
  });
  test('is looked at by `earshot tls NODE`: trusted, then not', async () => {
    await using running = await startService({ dimse: dimse({}) });
    const file = join(made.folder, 'earshot.yaml');
    const port = running.service.dimseTlsPort;
    const write = (ca: string) =>
      writeFileSync(
        file,
        `nodes: [{ name: pacs, aeTitle: X, host: 127.0.0.1, port: ${port}, roles: [destination], tls: { ca: [${ca}] } }]\n`,
      );
    // relative to the configuration file
    write(basename(made.authority('hospital')));
    const trusted = await run('tls', 'pacs', '--config', file);
    expect(trusted.status).toBe(0);
    expect(trusted.out).toMatch(/pacs \(127\.0\.0\.1:\d+\) speaks TLSv1\.3, TLS_/);
    expect(trusted.out).toMatch(
      /0: CN=earshot\n {3}issued by CN=hospital\n {3}for DNS:localhost, IP Address:127\.0\.0\.1/,
    );
    expect(trusted.out).toMatch(/(29|30) days left[\s\S]*trusted\n$/);
    write(basename(made.authority('elsewhere')));
    const refused = await run('tls', 'pacs', '--config', file);
    expect(refused.status).toBe(1);
    expect(refused.err).toMatch(/PEER_TLS.*not trusted: (UNABLE_TO|SELF_SIGNED)/);
  });
});

describe('addresses of a node', () => {
  const options = { callingAeTitle: PACS, timeoutSeconds: 5 };
  const service = (addresses: readonly string[]) =>
    startService({ nodes: [{ name: 'pacs', aeTitle: PACS, roles: ['source'], addresses }] });
  const calling = (port: number) =>
    echo({ name: 'x', roles: [], host: '127.0.0.1', port, aeTitle: 'EARSHOT' }, options);

  test.each([[['127.0.0.0/8']], [['10.0.0.7', '127.0.0.1']], [[]]])(
    '%j lets it call from 127.0.0.1',
    async (list) => {
      await using running = await service(list);
      expect(await calling(running.service.dimsePort)).toBeGreaterThan(0);
    },
  );
  test.each([[['10.0.0.0/8']], [['::1']]])('%j does not', async (list) => {
    await using running = await service(list);
    await expect(calling(running.service.dimsePort)).rejects.toMatchObject({
      code: 'PEER_REJECTED',
      detail: expect.stringContaining('calling AE title not recognised'),
    });
  });
});

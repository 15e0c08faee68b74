/** DCMTK's small archive on a loopback port, in a folder of its own; it knows one move destination. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { echo } from '../../adapters/dimse/echo.ts';
import { startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

export type Dcmqrscp = AsyncDisposable & Readonly<{ aeTitle: string; port: number; log(): string }>;

export async function startDcmqrscp(
  destination?: Readonly<{ aeTitle: string; port: number }>,
): Promise<Dcmqrscp> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-dcmqrscp-'));
  const [aeTitle, port] = ['PRIORPACS', await freePort()];
  mkdirSync(join(folder, 'db'));
  const host = destination ? `node = (${destination.aeTitle}, 127.0.0.1, ${destination.port})\n` : '';
  writeFileSync(
    join(folder, 'dcmqrscp.cfg'),
    `NetworkTCPPort = ${port}\nMaxPDUSize = 16384\nMaxAssociations = 16\nHostTable BEGIN\n${host}HostTable END\n` +
      `VendorTable BEGIN\nVendorTable END\nAETable BEGIN\n${aeTitle} ${join(folder, 'db')} RW (500, 1024mb) ANY\nAETable END\n`,
  );
  const child = startChild('dcmqrscp', ['-c', join(folder, 'dcmqrscp.cfg')], folder);
  const node = { name: 'dcmqrscp', roles: [], host: '127.0.0.1', port, aeTitle } as const;
  await until('dcmqrscp', () =>
    echo(node, { callingAeTitle: 'TEST', timeoutSeconds: 2 }).catch(() => undefined),
  );
  return {
    aeTitle,
    port,
    log: () => child.output(),
    [Symbol.asyncDispose]: async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

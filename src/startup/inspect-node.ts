import { inspectTls, type PeerTls } from '../../adapters/tls/inspect.ts';
import { Fault } from '../fault.ts';
import type { Config } from './config.ts';
import { nodeOf } from './tls.ts';

/** The TLS handshake with a configured node, under the authorities that the configuration trusts. */
export function inspectNode(
  configured: Config['nodes'][number],
  { delivery }: Pick<Config, 'delivery'>,
): Promise<PeerTls & Readonly<{ address: string }>> {
  const node = nodeOf(configured);
  const url = node.dicomWeb === undefined ? undefined : new URL(node.dicomWeb);
  if (url?.protocol === 'http:') throw new Fault('USAGE', `${node.name} is reached without TLS (http:)`);
  const host = url?.hostname ?? node.host;
  const port = url ? Number(url.port || 443) : node.port;
  if (host === undefined || port === undefined) throw new Fault('USAGE', `${node.name} has no host and port`);
  const tls = node.tls ?? { ca: [] };
  const { timeoutSeconds } = delivery;
  return inspectTls({ host: host.replace(/^\[|\]$/g, ''), port, tls, timeoutSeconds }).then((found) => ({
    ...found,
    address: `${host}:${port}`,
  }));
}

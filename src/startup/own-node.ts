import type { Node } from '../ports.ts';
import type { Config } from './config.ts';
import { readServerTls } from './tls.ts';

/**
 * A listener of ours as a node; with `plain: false` the one over TLS, whose certificate must then be good for this address. `address`:
 * of another process.
 */
export function ownNode({ dimse }: Pick<Config, 'dimse'>, dimsePort: number, address?: string): Node {
  const isAnyAddress = dimse.host === '0.0.0.0' || dimse.host === '::';
  const host = address ?? (isAnyAddress ? '127.0.0.1' : dimse.host);
  const own = { name: 'earshot', roles: [], aeTitle: dimse.aeTitle, host, port: dimsePort };
  if (dimse.plain || !dimse.tls) return own;
  const { ca, cert, key } = readServerTls(dimse.tls);
  return { ...own, tls: { ca: [cert, ...ca], cert, key } };
}

import { echo } from '../../adapters/dimse/echo.ts';
import type { Node } from '../ports.ts';
import type { Config } from './config.ts';
import type { TestDoor } from './test-door.ts';
import { readServerTls } from './tls.ts';

const ANSWER_SECONDS = 5;

/** Our own listener as a node; with `plain: false` the one over TLS, whose certificate must then be good for this address. */
export function ownNode({ dimse }: Pick<Config, 'dimse'>, dimsePort: number): Node {
  const isAnyAddress = dimse.host === '0.0.0.0' || dimse.host === '::';
  const host = isAnyAddress ? '127.0.0.1' : dimse.host;
  const own = { name: 'earshot', roles: [], aeTitle: dimse.aeTitle, host, port: dimsePort };
  if (dimse.plain || !dimse.tls) return own;
  const { ca, cert, key } = readServerTls(dimse.tls);
  return { ...own, tls: { ca: [cert, ...ca], cert, key } };
}

/** A C-ECHO to our own port under our own title; milliseconds. */
export async function echoOurselves(own: Node, door: TestDoor): Promise<number> {
  using _open = door.openForEcho();
  return await echo(own, { callingAeTitle: own.aeTitle ?? '', timeoutSeconds: ANSWER_SECONDS });
}

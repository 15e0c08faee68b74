import { echo } from '../../adapters/dimse/echo.ts';
import type { Config } from './config.ts';
import { nodeOf } from './tls.ts';

/** A C-ECHO to a node under the configured titles; milliseconds. */
export const echoNode = (node: Config['nodes'][number], { dimse, delivery }: Config): Promise<number> =>
  echo(nodeOf(node), { callingAeTitle: dimse.aeTitle, timeoutSeconds: delivery.timeoutSeconds });

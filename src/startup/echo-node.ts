import { echo } from '../../adapters/dimse/echo.ts';
import type { Node } from '../ports.ts';
import type { Config } from './config.ts';

/** A C-ECHO to a node under the configured titles; milliseconds. */
export const echoNode = (node: Node, { dimse, delivery }: Config): Promise<number> =>
  echo(node, { callingAeTitle: dimse.aeTitle, timeoutSeconds: delivery.timeoutSeconds });

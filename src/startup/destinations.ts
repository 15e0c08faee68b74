import { dicomWebDestination } from '../../adapters/dicomweb/destination.ts';
import { dimseDestination } from '../../adapters/dimse/destination.ts';
import type { Destination } from '../ports.ts';
import { SR_SOP_CLASSES } from '../sr/identity.ts';
import type { Config } from './config.ts';
import { nodeOf } from './tls.ts';

/**
 * The nodes that get reports, by name. What is meant for a node in test mode goes to its stand-in, under that node's name: the
 * rows and events say where it went.
 */
export function destinationsOf(config: Config): ReadonlyMap<string, Destination> {
  const { nodes } = config;
  const destinations = nodes
    .filter(({ roles, mode }) => roles.includes('destination') && mode !== 'off')
    .flatMap((node) => (node.mode === 'test' ? nodes.filter(({ name }) => name === node.testNode) : node));
  return new Map(destinations.map((node) => [node.name, destinationOf(node, config)]));
}

function destinationOf(
  configured: Config['nodes'][number],
  { dimse, delivery: { timeoutSeconds }, report }: Config,
): Destination {
  const node = nodeOf(configured);
  const destination = node.dicomWeb
    ? dicomWebDestination(node, { timeoutSeconds })
    : dimseDestination(node, { callingAeTitle: dimse.aeTitle, timeoutSeconds });
  const preferred = configured.srSopClass ?? report.srSopClass;
  const other = preferred === 'comprehensive' ? 'comprehensive3d' : 'comprehensive';
  const forms = configured.fallback === 'otherSrClass' ? ([preferred, other] as const) : [preferred];
  return { ...destination, srSopClasses: forms.map((form) => SR_SOP_CLASSES[form]) };
}

import { dicomWebDestination } from '../../adapters/dicomweb/destination.ts';
import { dimseDestination } from '../../adapters/dimse/destination.ts';
import { Fault } from '../fault.ts';
import type { Destination } from '../ports.ts';
import { SR_SOP_CLASSES } from '../sr/identity.ts';
import { DEFAULT_SENDS } from '../sr/report-choice.ts';
import type { Config } from './config.ts';
import { nodeOf } from './tls.ts';

type Nodes = Config['nodes'];

/** A node that may not send, is not asked and gets nothing. A destination whose mode is off only gets nothing. */
export const isSwitchedOff = ({
  disabled,
  mode,
  roles,
}: Pick<Nodes[number], 'disabled' | 'mode' | 'roles'>): boolean =>
  disabled || (mode === 'off' && !roles.includes('destination'));

/** The nodes that get reports, stand-ins among them. */
const receiversOf = (nodes: Nodes): Nodes =>
  nodes
    .filter((node) => node.roles.includes('destination') && node.mode !== 'off' && !node.disabled)
    .flatMap((node) => (node.mode === 'test' ? nodes.filter(({ name }) => name === node.testNode) : node));

/** The names under which deliveries go out. */
export const destinationNames = ({ nodes }: Pick<Config, 'nodes'>): string[] => [
  ...new Set(receiversOf(nodes).map(({ name }) => name)),
];

/** Why nothing goes out to a node under this name now; undefined for one that gets reports. */
export function whyAway({ nodes }: Pick<Config, 'nodes'>, name: string): Fault | undefined {
  if (destinationNames({ nodes }).includes(name)) return undefined;
  const node = nodes.find((each) => each.name === name);
  if (!node) return new Fault('NODE_UNKNOWN', 'the node is no longer configured');
  const modes = { off: 'off', test: 'in test mode', live: 'no destination' };
  const state = node.disabled ? 'disabled' : modes[node.mode];
  return new Fault('NODE_OFF', `the node is ${state}`);
}

/**
 * The nodes that get reports, by name. What is meant for a node in test mode goes to its stand-in, under that node's name: the
 * rows and events say where it went.
 */
export function destinationsOf(config: Config): ReadonlyMap<string, Destination> {
  return new Map(receiversOf(config.nodes).map((node) => [node.name, destinationOf(node, config)]));
}

/** One node as a destination, whatever its mode. */
export function destinationOf(
  configured: Config['nodes'][number],
  { dimse, delivery: { timeoutSeconds }, report }: Pick<Config, 'dimse' | 'delivery' | 'report'>,
): Destination {
  const node = nodeOf(configured);
  const destination = node.dicomWeb
    ? dicomWebDestination(node, { timeoutSeconds })
    : dimseDestination(node, { callingAeTitle: dimse.aeTitle, timeoutSeconds });
  const preferred = configured.srSopClass ?? report.srSopClass;
  const other = preferred === 'comprehensive' ? 'comprehensive3d' : 'comprehensive';
  const forms = configured.fallback === 'otherSrClass' ? ([preferred, other] as const) : [preferred];
  return {
    ...destination,
    srSopClasses: forms.map((form) => SR_SOP_CLASSES[form]),
    language: configured.language ?? report.language,
    sends: configured.sends ?? DEFAULT_SENDS,
    areSendsChosen: configured.sends !== undefined,
    reportsOn: configured.reportsOn,
  };
}

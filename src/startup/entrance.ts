import type { Caller } from '../../adapters/dimse/association.ts';
import type { ScpOptions } from '../../adapters/dimse/scp.ts';
import type { Node } from '../ports.ts';
import type { Config } from './config.ts';
import { isSwitchedOff } from './destinations.ts';
import { inNetworks } from './in-networks.ts';
import type { TestDoor } from './test-door.ts';
import { readServerTls } from './tls.ts';

/** The DIMSE listeners that are configured: the plain one first, the one over TLS last. */
export function dimseEndpoints({
  dimse: { plain, tls, proxyProtocol, ...dimse },
  limits,
}: Config): readonly ScpOptions[] {
  const isProxy = proxyProtocol.length > 0 ? inNetworks(proxyProtocol) : undefined;
  const common = { ...dimse, isProxy, maxObjectBytes: limits.maxObjectMiB * 2 ** 20 };
  return [
    ...(plain ? [common] : []),
    ...(tls ? [{ ...common, port: tls.port, tls: readServerTls(tls) }] : []),
  ];
}

const MAY_SEND: readonly Node['roles'][number][] = ['source', 'archive', 'annotator'];

/** Nodes under this title, as far as they may call from where the caller is. */
const nodesOf = ({ nodes }: Config, caller: Caller): Config['nodes'] =>
  nodes.filter(
    (node) =>
      node.aeTitle === caller.callingAeTitle &&
      !isSwitchedOff(node) &&
      isFrom(node.addresses, caller.address),
  );

export const maySend = (config: Config, caller: Caller, door?: TestDoor): boolean =>
  door?.mayStore(config, caller) === true ||
  nodesOf(config, caller).some(({ roles }) => roles.some((role) => MAY_SEND.includes(role)));

/** A destination whose storage commitments are asked for may bring their results. */
const mayReport = (config: Config, caller: Caller): boolean =>
  nodesOf(config, caller).some(
    ({ roles, confirm }) => roles.includes('destination') && ['auto', 'commitment'].includes(confirm),
  );

/** Whether a caller is the node of that name, or another title on its host: its title, from where it may call. */
export function isNode(config: Config, caller: Caller, wanted: string): boolean {
  const host = config.nodes.find(({ name }) => name === wanted)?.host;
  return nodesOf(config, caller).some(
    (node) => node.name === wanted || (host !== undefined && node.host === host),
  );
}

/** Who may open an association: the called title is ours, the calling one a node that may send or report, from where it is. */
export function callerVerdict(
  config: Config,
  caller: Caller,
  door?: TestDoor,
): 'accept' | 'calledAeTitle' | 'callingAeTitle' {
  if (caller.calledAeTitle !== config.dimse.aeTitle) return 'calledAeTitle';
  if (door?.admits(config, caller)) return 'accept';
  return maySend(config, caller) || mayReport(config, caller) ? 'accept' : 'callingAeTitle';
}

/** True when the address is one of the list or in one of its networks, or when there is no list. */
const isFrom = (addresses: readonly string[], address: string): boolean =>
  addresses.length === 0 || inNetworks(addresses)(address);

import { dicomWebArchive } from '../../adapters/dicomweb/archive.ts';
import { dimseArchive } from '../../adapters/dimse/archive.ts';
import type { Archive, ArchiveOfInstances, Node } from '../ports.ts';
import type { Config } from './config.ts';
import { isSwitchedOff } from './destinations.ts';
import { nodeOf } from './tls.ts';

/** The nodes that can be asked for priors, in the order of the configuration: a DIMSE node without an address only sends. */
export const archivesOf = ({ nodes, dimse, priors }: Config): Archive[] =>
  nodes
    .filter(isAskable)
    .map(nodeOf)
    .map((node) => archiveOf(node, dimse.aeTitle, priors));

const isAskable = ({ roles, mode, disabled, dicomWeb, host }: Config['nodes'][number]): boolean =>
  roles.includes('archive') &&
  !isSwitchedOff({ roles, mode, disabled }) &&
  (dicomWeb !== undefined || host !== undefined);

/** One node as an archive. */
export const archiveOf = (node: Node, callingAeTitle: string, times: Config['priors']): ArchiveOfInstances =>
  node.dicomWeb ? dicomWebArchive(node, times) : dimseArchive(node, callingAeTitle, times);

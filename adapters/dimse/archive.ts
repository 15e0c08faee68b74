/** A DIMSE archive: C-FIND at every level, then C-MOVE to ourselves or C-GET. */
import type { Archive, ArchiveOfInstances, Node } from '../../src/ports.ts';
import type { PeerOptions } from './peer.ts';
import { findInstances, findSeries, findStudies } from './query.ts';
import { get, move } from './retrieve.ts';

export type ArchiveTimes = Readonly<{ queryTimeoutSeconds: number; retrieveTimeoutSeconds: number }>;

/**
 * The node as an archive. Faults: QUERY_REFUSED, QUERY_TOO_MANY, RETRIEVE_REFUSED, MOVE_DESTINATION_UNKNOWN, PEER_BUSY and
 * those of the association.
 */
export function dimseArchive(node: Node, callingAeTitle: string, times: ArchiveTimes): ArchiveOfInstances {
  const query: PeerOptions = { callingAeTitle, timeoutSeconds: times.queryTimeoutSeconds };
  const retrieval: PeerOptions = { callingAeTitle, timeoutSeconds: times.retrieveTimeoutSeconds };
  const retrieve: ArchiveOfInstances['retrieveInstance'] & Archive['retrieve'] = (wanted, intake, signal) =>
    node.retrieve === 'get'
      ? get(node, wanted, intake, retrieval, signal)
      : move(node, wanted, retrieval, signal);
  return {
    name: node.name,
    findStudies: (wanted, signal) => findStudies(node, wanted, query, signal),
    findSeries: (study, signal) => findSeries(node, study, query, signal),
    findInstances: (series, signal) => findInstances(node, series, query, signal),
    sendsToListener: node.retrieve !== 'get',
    retrieve,
    retrieveInstance: retrieve,
  };
}

/** A DIMSE archive: C-FIND at study and series level, then C-MOVE to ourselves or C-GET. */
import type { Archive, Node } from '../../src/ports.ts';
import type { PeerOptions } from './peer.ts';
import { findSeries, findStudies } from './query.ts';
import { getSeries, moveSeries } from './retrieve.ts';

export type ArchiveTimes = Readonly<{ queryTimeoutSeconds: number; retrieveTimeoutSeconds: number }>;

/**
 * The node as an archive. Faults: QUERY_REFUSED, QUERY_TOO_MANY, RETRIEVE_REFUSED, MOVE_DESTINATION_UNKNOWN, PEER_BUSY and
 * those of the association.
 */
export function dimseArchive(node: Node, callingAeTitle: string, times: ArchiveTimes): Archive {
  const query: PeerOptions = { callingAeTitle, timeoutSeconds: times.queryTimeoutSeconds };
  const retrieval: PeerOptions = { callingAeTitle, timeoutSeconds: times.retrieveTimeoutSeconds };
  return {
    name: node.name,
    findStudies: (wanted, signal) => findStudies(node, wanted, query, signal),
    findSeries: (study, signal) => findSeries(node, study, query, signal),
    sendsToListener: node.retrieve !== 'get',
    retrieve: (series, intake, signal) =>
      node.retrieve === 'get'
        ? getSeries(node, series, intake, retrieval, signal)
        : moveSeries(node, series, retrieval, signal),
  };
}

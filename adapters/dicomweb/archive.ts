/** A DICOMweb archive: QIDO-RS by dicomweb-client, WADO-RS streamed to disk. */
import { isUid } from '../../src/dicom/uid.ts';
import { Fault } from '../../src/fault.ts';
import type {
  ArchivedSeries,
  ArchivedStudy,
  ArchiveOfInstances,
  Intake,
  Node,
  StudyKey,
  StudyQuery,
} from '../../src/ports.ts';
import { connectionFault, connectionTo } from './connection.ts';
import { countIn, itemsOf, textIn, textsIn } from './dicom-json.ts';
import { type Ask, type Client, exchange, type Server } from './exchange.ts';
import { boundaryOf, receiveParts } from './wado.ts';

type Times = Readonly<{ queryTimeoutSeconds: number; retrieveTimeoutSeconds: number }>;

/** More answers than a patient, or a week of a hospital, can have: the archive does not match. */
const MOST_ANSWERS = 5000;

/**
 * The node as an archive. Faults: QUERY_REFUSED, QUERY_TOO_MANY, RETRIEVE_REFUSED, RETRIEVE_INCOMPLETE, PEER_BUSY,
 * PEER_TIMEOUT, PEER_UNREACHABLE.
 */
export function dicomWebArchive(node: Node, times: Times): ArchiveOfInstances {
  if (node.dicomWeb === undefined)
    throw new Fault('CONFIG_INVALID', `node ${node.name} has no dicomWeb address`);
  const server = { url: node.dicomWeb.replace(/\/+$/, ''), connection: connectionTo(node) };
  return {
    name: node.name,
    findStudies: (query, signal) => findStudies(server, query, times, signal),
    findSeries: (study, signal) => findSeries(server, study, times, signal),
    findInstances: (series, signal) => findInstances(server, series, times, signal),
    retrieve: (series, intake, signal) =>
      retrieve(server, pathOf(series), intake, { ...times, from: node.name }, signal),
    retrieveInstance: (wanted, intake, signal) =>
      retrieve(
        server,
        `${pathOf(wanted)}/instances/${wanted.SOPInstanceUID}`,
        intake,
        { ...times, from: node.name },
        signal,
      ),
  };
}

/** @see PS3.18 table 10.6.1-5 */
async function findStudies(
  server: Server,
  query: StudyQuery,
  times: Times,
  signal: AbortSignal,
): Promise<ArchivedStudy[]> {
  const keys = Object.fromEntries(
    (['PatientID', 'IssuerOfPatientID', 'ModalitiesInStudy', 'StudyDate'] as const)
      .map((name) => [name, query[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const queryParams = { ...keys, includefield: '00100021,00080061' };
  const found = await search(server, times, signal, (client, request) =>
    client.searchForStudies({ queryParams, request } as unknown as Parameters<Client['searchForStudies']>[0]),
  );
  return found.flatMap((item): ArchivedStudy[] => {
    const StudyInstanceUID = textIn(item, '0020000D');
    if (!isUid(StudyInstanceUID)) return [];
    return [
      {
        StudyInstanceUID,
        PatientID: textIn(item, '00100020'),
        IssuerOfPatientID: textIn(item, '00100021'),
        StudyDate: textIn(item, '00080020'),
        StudyTime: textIn(item, '00080030'),
        ModalitiesInStudy: textsIn(item, '00080061'),
      },
    ];
  });
}

async function findSeries(
  server: Server,
  { StudyInstanceUID }: StudyKey,
  times: Times,
  signal: AbortSignal,
): Promise<ArchivedSeries[]> {
  const queryParams = { includefield: '00201209' };
  const found = await search(server, times, signal, (client, request) =>
    client.searchForSeries({
      studyInstanceUID: StudyInstanceUID,
      queryParams,
      request,
    } as unknown as Parameters<Client['searchForSeries']>[0]),
  );
  return found.flatMap((item): ArchivedSeries[] => {
    const SeriesInstanceUID = textIn(item, '0020000E');
    if (!isUid(SeriesInstanceUID)) return [];
    return [{ SeriesInstanceUID, Modality: textIn(item, '00080060'), instances: countIn(item, '00201209') }];
  });
}

type SeriesUids = Readonly<{ StudyInstanceUID: string; SeriesInstanceUID: string }>;

async function findInstances(
  server: Server,
  { StudyInstanceUID, SeriesInstanceUID }: SeriesUids,
  times: Times,
  signal: AbortSignal,
): Promise<string[]> {
  const found = await search(server, times, signal, (client, request) =>
    client.searchForInstances({
      studyInstanceUID: StudyInstanceUID,
      seriesInstanceUID: SeriesInstanceUID,
      request,
    } as unknown as Parameters<Client['searchForInstances']>[0]),
  );
  return found.map((item) => textIn(item, '00080018')).filter(isUid);
}

async function search(
  server: Server,
  { queryTimeoutSeconds }: Times,
  signal: AbortSignal,
  ask: Ask,
): Promise<ReturnType<typeof itemsOf>> {
  const { status, response } = await exchange(server, queryTimeoutSeconds, signal, ask);
  if (status === 204) return [];
  if (isBusy(status)) throw new Fault('PEER_BUSY', `QIDO-RS HTTP ${status}`);
  if (status !== 200) throw new Fault('QUERY_REFUSED', `QIDO-RS HTTP ${status}`);
  const found = itemsOf(String(response));
  if (found.length > MOST_ANSWERS) throw new Fault('QUERY_TOO_MANY', `more than ${MOST_ANSWERS}`);
  return found;
}

const pathOf = ({ StudyInstanceUID, SeriesInstanceUID }: SeriesUids): string =>
  `studies/${StudyInstanceUID}/series/${SeriesInstanceUID}`;

type Retrieval = Readonly<{ retrieveTimeoutSeconds: number; from: string }>;

/** @see PS3.18 10.4.1; `path`: of a series or an instance */
async function retrieve(
  { url, connection }: Server,
  path: string,
  intake: Intake,
  { retrieveTimeoutSeconds, from }: Retrieval,
  signal: AbortSignal,
): Promise<void> {
  const deadline = AbortSignal.timeout(retrieveTimeoutSeconds * 1000);
  try {
    const response = await connection(`${url}/${path}`, {
      headers: { Accept: 'multipart/related; type="application/dicom"' },
      signal: AbortSignal.any([signal, deadline]),
    });
    const boundary = boundaryOf(response.header('content-type'));
    if (![200, 206].includes(response.status) || boundary === undefined) {
      response.cancel();
      const code = isBusy(response.status) ? 'PEER_BUSY' : 'RETRIEVE_REFUSED';
      throw new Fault(code, `WADO-RS HTTP ${response.status}`);
    }
    await receiveParts(response.body, boundary, intake, from);
    if (response.status === 206) throw new Fault('RETRIEVE_INCOMPLETE', 'WADO-RS HTTP 206');
  } catch (thrown) {
    signal.throwIfAborted();
    if (deadline.aborted) throw new Fault('PEER_TIMEOUT', `${retrieveTimeoutSeconds} s`);
    if (thrown instanceof Fault) throw thrown;
    throw connectionFault(thrown);
  }
}

const isBusy = (status: number): boolean => status === 408 || status === 429 || status >= 500;

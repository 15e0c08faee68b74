/** C-FIND of the Query/Retrieve service (PS3.4 annex C): identifiers, their encoding, and what came back. */
import { STATUS } from '../../src/dicom/store-status.ts';
import { isUid } from '../../src/dicom/uid.ts';
import { unpadded } from '../../src/dicom/values.ts';
import { Fault } from '../../src/fault.ts';
import type { ArchivedSeries, ArchivedStudy, Node, StudyKey, StudyQuery } from '../../src/ports.ts';
import { library } from './library.ts';
import { exchange, isPending, type PeerOptions } from './peer.ts';
import { hexStatus, printable } from './status.ts';

const { SopClass, TransferSyntax } = library.constants;

type Model = Readonly<{ find: string; move: string; get: string }>;
type Identifier = Readonly<Record<string, string>>;
type Response = InstanceType<typeof library.responses.Response>;

const MODELS: Readonly<Record<'study' | 'patient', Model>> = {
  study: {
    find: SopClass.StudyRootQueryRetrieveInformationModelFind,
    move: SopClass.StudyRootQueryRetrieveInformationModelMove,
    get: SopClass.StudyRootQueryRetrieveInformationModelGet,
  },
  patient: {
    find: '1.2.840.10008.5.1.4.1.2.1.1',
    move: '1.2.840.10008.5.1.4.1.2.1.2',
    get: '1.2.840.10008.5.1.4.1.2.1.3',
  },
};
/** More answers than a patient, or a week of a hospital, can have: the archive does not match. */
const MOST_ANSWERS = 5000;

export const modelOf = ({ queryModel = 'study' }: Node): Model => MODELS[queryModel];

/** The unique keys above the level asked for: Patient Root wants the Patient ID too (PS3.4 C.4.1.2.1). */
export const keysOf = (node: Node, { PatientID, StudyInstanceUID }: StudyKey): Identifier => ({
  ...(node.queryModel === 'patient' ? { PatientID } : {}),
  StudyInstanceUID,
});

/** @see PS3.4 table C.6-5: required and optional keys of the study level */
export async function findStudies(
  node: Node,
  query: StudyQuery,
  options: PeerOptions,
  signal: AbortSignal,
): Promise<ArchivedStudy[]> {
  const { PatientID = '', IssuerOfPatientID = '', ModalitiesInStudy = '', StudyDate = '' } = query;
  const keys = { PatientID, IssuerOfPatientID, ModalitiesInStudy, StudyDate };
  const wanted = { ...keys, StudyTime: '', StudyInstanceUID: '' };
  const found = await find(node, 'STUDY', wanted, options, signal);
  return found.flatMap((item): ArchivedStudy[] => {
    const StudyInstanceUID = textOf(item['StudyInstanceUID']);
    if (!isUid(StudyInstanceUID)) return [];
    return [
      {
        StudyInstanceUID,
        PatientID: textOf(item['PatientID']),
        IssuerOfPatientID: textOf(item['IssuerOfPatientID']),
        StudyDate: textOf(item['StudyDate']),
        StudyTime: textOf(item['StudyTime']),
        ModalitiesInStudy: listOf(item['ModalitiesInStudy']),
      },
    ];
  });
}

/** @see PS3.4 table C.6-6: keys of the series level */
export async function findSeries(
  node: Node,
  study: StudyKey,
  options: PeerOptions,
  signal: AbortSignal,
): Promise<ArchivedSeries[]> {
  const wanted = {
    ...keysOf(node, study),
    SeriesInstanceUID: '',
    Modality: '',
    NumberOfSeriesRelatedInstances: '',
  };
  const found = await find(node, 'SERIES', wanted, options, signal);
  return found.flatMap((item): ArchivedSeries[] => {
    const SeriesInstanceUID = textOf(item['SeriesInstanceUID']);
    const of = textOf(item['StudyInstanceUID']);
    if (!isUid(SeriesInstanceUID) || (of !== '' && of !== study.StudyInstanceUID)) return [];
    return [
      {
        SeriesInstanceUID,
        Modality: textOf(item['Modality']),
        instances: countOf(item['NumberOfSeriesRelatedInstances']),
      },
    ];
  });
}

/** @see PS3.4 table C.6-7: keys of the composite object instance level */
export async function findInstances(
  node: Node,
  series: StudyKey & Readonly<{ SeriesInstanceUID: string }>,
  options: PeerOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const { SeriesInstanceUID } = series;
  const wanted = { ...keysOf(node, series), SeriesInstanceUID, SOPInstanceUID: '' };
  const found = await find(node, 'IMAGE', wanted, options, signal);
  return found.map((item) => textOf(item['SOPInstanceUID'])).filter(isUid);
}

type Level = 'STUDY' | 'SERIES' | 'IMAGE';

/** An identifier as a data set; text beyond ASCII goes as UTF-8 and says so (PS3.3 C.12.1.1.2). */
export function identifierOf(level: Level, keys: Identifier) {
  const isAscii = Object.values(keys).every((value) => /^[\x20-\x7e]*$/.test(value));
  return new library.Dataset({
    ...(isAscii ? {} : { SpecificCharacterSet: 'ISO_IR 192' }),
    QueryRetrieveLevel: level,
    ...keys,
  });
}

async function find(
  node: Node,
  level: Level,
  keys: Identifier,
  options: PeerOptions,
  signal: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const SOPClassUID = modelOf(node).find;
  const request = new library.requests.CFindRequest();
  request.setAffectedSopClassUid(SOPClassUID);
  request.setDataset(identifierOf(level, keys));
  const found: Record<string, unknown>[] = [];
  const tooMany = new AbortController();
  request.on('response', (response: Response) => {
    if (!isPending(response.getStatus())) return;
    const elements: unknown = response.getDataset()?.getElements();
    if (typeof elements === 'object' && elements !== null) found.push({ ...elements });
    if (found.length > MOST_ANSWERS) tooMany.abort();
  });
  const contexts = [
    { abstractSyntax: SOPClassUID, transferSyntax: TransferSyntax.ExplicitVRLittleEndian },
    { abstractSyntax: SOPClassUID, transferSyntax: TransferSyntax.ImplicitVRLittleEndian },
  ];
  const response = await exchange(
    node,
    { request, contexts },
    options,
    AbortSignal.any([signal, tooMany.signal]),
  ).catch((thrown: unknown) => {
    throw tooMany.signal.aborted ? new Fault('QUERY_TOO_MANY', `more than ${MOST_ANSWERS}`) : thrown;
  });
  const status = response.getStatus();
  if (status === STATUS.success) return found;
  const detail = [`C-FIND status ${hexStatus(status)}`, printable(response.getErrorComment())];
  throw new Fault(
    status === STATUS.outOfResources ? 'PEER_BUSY' : 'QUERY_REFUSED',
    detail.filter(Boolean).join(', '),
  );
}

/** A value of a naturalised data set; anything that is no text or number is ''. */
function textOf(value: unknown): string {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'number') return String(first);
  return typeof first === 'string' ? unpadded(first) : '';
}

function listOf(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values
    .flatMap((each) => textOf(each).split('\\'))
    .map(unpadded)
    .filter(Boolean);
}

function countOf(value: unknown): number | undefined {
  const text = textOf(value);
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

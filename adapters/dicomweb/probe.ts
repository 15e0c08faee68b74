/** What a DICOMweb server offers, by requests that change nothing and fetch little. */
import { STATUS_CODES } from 'node:http';
import { isUid } from '../../src/dicom/uid.ts';
import { Fault } from '../../src/fault.ts';
import type { Node, WebProbe } from '../../src/ports.ts';
import { type Answer, connectionFault, connectionTo } from './connection.ts';
import { itemsOf, textIn } from './dicom-json.ts';

export type WebProbes = Readonly<{
  probes: readonly WebProbe[];
  /** the server's clock (header Date) */
  date: Date | undefined;
}>;

const JSON_ONLY = { Accept: 'application/dicom+json' };

/**
 * QIDO-RS for one study, WADO-RS for the metadata of one of its objects, and OPTIONS where STOW-RS would store.
 * Faults: PEER_UNREACHABLE, PEER_TLS, PEER_TIMEOUT, when the server does not answer at all.
 */
export async function probeDicomWeb(node: Node, signal: AbortSignal): Promise<WebProbes> {
  if (node.dicomWeb === undefined)
    throw new Fault('CONFIG_INVALID', `node ${node.name} has no dicomWeb address`);
  const root = node.dicomWeb.replace(/\/+$/, '');
  const connection = connectionTo(node);
  const ask = async (path: string, method = 'GET'): Promise<Answer> => {
    try {
      return await connection(`${root}/${path}`, { method, headers: JSON_ONLY, signal });
    } catch (thrown) {
      if (signal.aborted) throw new Fault('PEER_TIMEOUT', 'called off');
      throw connectionFault(thrown);
    }
  };
  const first = await firstOf(ask, 'studies', '0020000D');
  const probes: WebProbe[] = [
    {
      service: 'QIDO-RS',
      status: first.status,
      text: statusText(first.status),
      isOffered: isGood(first.status),
    },
    await probeMetadata(ask, first.uid),
    await probeStore(ask),
  ];
  return { probes, date: first.date };
}

type Asking = (path: string, method?: string) => Promise<Answer>;
type First = Readonly<{ status: number; uid: string | undefined; date: Date | undefined }>;

const isGood = (status: number): boolean => status === 200 || status === 204;

/** The UID of the first item of a search. */
async function firstOf(ask: Asking, path: string, tag: string): Promise<First> {
  const answer = await ask(`${path}?limit=1`);
  const at = new Date(answer.header('date') ?? '');
  const date = Number.isNaN(at.getTime()) ? undefined : at;
  if (answer.status !== 200) {
    answer.cancel();
    return { status: answer.status, uid: undefined, date };
  }
  const [item] = itemsOf((await answer.bytes()).toString('utf8'));
  const uid = item && textIn(item, tag);
  return { status: 200, uid: isUid(uid) ? uid : undefined, date };
}

async function probeMetadata(ask: Asking, study: string | undefined): Promise<WebProbe> {
  const unasked = (text: string): WebProbe => ({
    service: 'WADO-RS',
    status: null,
    text,
    isOffered: undefined,
  });
  if (study === undefined) return unasked('not tried: the search named no study');
  const series = await firstOf(ask, `studies/${study}/series`, '0020000E');
  if (series.uid === undefined) return unasked(`not tried: series ${statusText(series.status)}`);
  const inSeries = `studies/${study}/series/${series.uid}/instances`;
  const instance = await firstOf(ask, inSeries, '00080018');
  if (instance.uid === undefined) return unasked(`not tried: instances ${statusText(instance.status)}`);
  const answer = await ask(`${inSeries}/${instance.uid}/metadata`);
  answer.cancel();
  const { status } = answer;
  return { service: 'WADO-RS', status, text: `metadata ${statusText(status)}`, isOffered: status === 200 };
}

/** Nothing is stored: a server that does not answer OPTIONS leaves it open. */
async function probeStore(ask: Asking): Promise<WebProbe> {
  const answer = await ask('studies', 'OPTIONS');
  answer.cancel();
  const { status } = answer;
  const allowed = [answer.header('allow'), answer.header('access-control-allow-methods')].join(' ');
  const isSaid = status < 300 && /\b[A-Z]{3,}\b/i.test(allowed);
  const isOffered = isSaid ? /\bPOST\b/i.test(allowed) : undefined;
  const said = isOffered === undefined ? 'the server does not say' : isOffered ? 'offered' : 'not offered';
  return { service: 'STOW-RS', status, text: `${said} (OPTIONS ${statusText(status)})`, isOffered };
}

const statusText = (status: number): string => `HTTP ${status} ${STATUS_CODES[status] ?? ''}`.trim();

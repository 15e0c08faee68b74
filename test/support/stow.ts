/** A Store request as a test sends it: made by hand, so that it may also be wrong. */
import { request as httpRequest } from 'node:http';

export const BOUNDARY = 'earshot-test-boundary';
export const MULTIPART = `multipart/related; type="application/dicom"; boundary=${BOUNDARY}`;

/** A multipart body of Part 10 files. */
export function multipart(files: readonly Uint8Array[], boundary = BOUNDARY): Buffer {
  const parts = files.flatMap((file) => [
    Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
    file,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
}

export type StowOptions = Readonly<{
  port: number;
  study?: string;
  headers?: Readonly<Record<string, string>>;
  body?: Buffer;
}>;
type Item = Readonly<Record<string, Readonly<{ Value?: readonly unknown[] }>>>;
export type StowResult = Readonly<{
  status: number;
  headers: Headers;
  text: string;
  /** SOP Instance UIDs of the ReferencedSOPSequence */
  stored: readonly string[];
  /** SOP Instance UID and reason of each item of the FailedSOPSequence */
  failed: readonly (readonly [string, number])[];
  /** reasons of the OtherFailuresSequence */
  other: readonly number[];
}>;

const itemsOf = (module: Item, tag: string): readonly Item[] => (module[tag]?.Value ?? []) as readonly Item[];
const value = (item: Item, tag: string): unknown => item[tag]?.Value?.[0];

/** Posts files, or a body of one's own, and reads a JSON answer. */
export async function stow(files: readonly Uint8Array[], options: StowOptions): Promise<StowResult> {
  const { port, study, headers = {}, body = multipart(files) } = options;
  const response = await fetch(`http://127.0.0.1:${port}/dicom-web/studies${study ? `/${study}` : ''}`, {
    method: 'POST',
    headers: { 'Content-Type': MULTIPART, ...headers },
    body: new Uint8Array(body),
  });
  const text = await response.text();
  const module = (text.startsWith('{') ? JSON.parse(text) : {}) as Item;
  return {
    status: response.status,
    headers: response.headers,
    text,
    stored: itemsOf(module, '00081199').map((item) => String(value(item, '00081155'))),
    failed: itemsOf(module, '00081198').map(
      (item) => [String(value(item, '00081155')), Number(value(item, '00081197'))] as const,
    ),
    other: itemsOf(module, '0008119A').map((item) => Number(value(item, '00081197'))),
  };
}

/** A request that the test writes piece by piece; `answer` rejects when the connection ends without one. */
export function openStow(port: number, headers: Readonly<Record<string, string>> = {}) {
  const request = httpRequest({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/dicom-web/studies',
    headers: { 'Content-Type': MULTIPART, ...headers },
    agent: false,
  });
  const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() }),
      );
    });
  });
  answer.catch(() => undefined);
  return { request, answer };
}

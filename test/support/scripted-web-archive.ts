import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type WebReply = Readonly<{ status: number; body?: unknown }>;
export type ScriptedWebArchive = AsyncDisposable & Readonly<{ url: string; requests: Received[] }>;
type Received = Readonly<{
  method: string;
  path: string;
  contentType: string;
  authorization: string | undefined;
  body: Buffer;
}>;

/** A DICOMweb server on loopback that answers each request as it was told to; `script` counts from 1. */
export async function startScriptedWebArchive(
  script: (attempt: number) => WebReply,
  tls?: Readonly<{ cert: string; key: string; ca?: string }>,
): Promise<ScriptedWebArchive> {
  const requests: Received[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      requests.push({
        method,
        path,
        contentType: headers['content-type'] ?? '',
        authorization: headers.authorization,
        body: Buffer.concat(chunks),
      });
      const { status, body } = script(requests.length);
      response.writeHead(status, { 'Content-Type': 'application/dicom+json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
  };
  // with an authority of callers, a certificate is asked for
  const server: Server = tls
    ? createTlsServer({ ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: true }, listener)
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/dicom-web`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Store Instances Response Module (PS3.18 I.2) with one stored or one failed instance. */
export const stored = (warning?: number) => ({
  '00081199': {
    vr: 'SQ',
    Value: [warning === undefined ? {} : { '00081196': { vr: 'US', Value: [warning] } }],
  },
});
export const notStored = (reason: number) => ({
  '00081198': { vr: 'SQ', Value: [{ '00081197': { vr: 'US', Value: [reason] } }] },
});

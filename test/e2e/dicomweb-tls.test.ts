import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dicomWebDestination } from '../../adapters/dicomweb/destination.ts';
import { nodeOf } from '../../src/startup/tls.ts';
import { type Certificates, makeCertificates, type Signed } from '../support/certificates.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { startScriptedWebArchive, stored } from '../support/scripted-web-archive.ts';

const missing = whyNotInstalled('openssl');
const pem = (file: string): string => readFileSync(file, 'utf8');

describe.skipIf(missing)(missing ?? 'a DICOMweb destination behind TLS', () => {
  let made: Certificates;
  let server: Signed;
  let ours: Signed;
  let folder: string;
  beforeAll(() => {
    made = makeCertificates();
    server = made.signed('hospital', 'pacs');
    ours = made.signed('hospital', 'earshot');
    folder = mkdtempSync(join(tmpdir(), 'earshot-web-tls-'));
    writeFileSync(join(folder, 'report.dcm'), ctSlice());
  });
  afterAll(() => {
    made[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  const sending = (dicomWeb: string, more: object) => {
    const node = nodeOf({ name: 'web', roles: ['destination'], dicomWeb, addresses: [], ...more } as never);
    return dicomWebDestination(node, { timeoutSeconds: 5 }).send(
      join(folder, 'report.dcm'),
      new AbortController().signal,
    );
  };
  const archive = (ca?: string) =>
    startScriptedWebArchive(() => ({ status: 200, body: stored() }), {
      cert: pem(server.cert),
      key: pem(server.key),
      ...(ca ? { ca: pem(ca) } : {}),
    });

  test('takes a report under an authority of the hospital, with the credentials it asks for', async () => {
    await using web = await archive();
    const tls = { ca: [made.authority('hospital')] };
    expect(await sending(web.url, { tls, auth: { user: 'earshot', password: 'pass:word' } })).toMatchObject({
      status: 200,
    });
    expect(await sending(web.url, { tls, auth: { bearer: 'token' } })).toMatchObject({ status: 200 });
    const basic = `Basic ${Buffer.from('earshot:pass:word').toString('base64')}`;
    expect(web.requests.map(({ authorization }) => authorization)).toEqual([basic, 'Bearer token']);
  });
  test('is shown our certificate when it asks for one', async () => {
    await using web = await archive(made.authority('hospital'));
    const tls = { ca: [made.authority('hospital')] };
    await expect(sending(web.url, { tls })).rejects.toMatchObject({ disposition: 'retry' });
    expect(await sending(web.url, { tls: { ...tls, ...ours } })).toMatchObject({ status: 200 });
  });
  test('that we do not trust gets nothing, and the fault says that it is the certificate', async () => {
    await using web = await archive();
    await expect(sending(web.url, {})).rejects.toMatchObject({ code: 'PEER_TLS' });
    await expect(sending(web.url, { tls: { ca: [made.authority('elsewhere')] } })).rejects.toMatchObject({
      code: 'PEER_TLS',
    });
    expect(web.requests).toEqual([]);
  });
  test('that sends us elsewhere is not followed', async () => {
    await using web = await startScriptedWebArchive(() => ({ status: 307 }));
    await expect(sending(web.url, {})).rejects.toMatchObject({ name: 'Fault' });
    expect(web.requests).toHaveLength(1);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../src/startup/config.ts';
import { loadConfig } from '../../src/startup/load.ts';
import { readServerTls } from '../../src/startup/tls.ts';
import { closedKeys } from '../support/closed-key.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { startService } from '../support/running-service.ts';
import { MULTIPART, multipart } from '../support/stow.ts';

const pem = (name: string): string => join(import.meta.dirname, '../fixtures/tls', `${name}.pem`);
const keys = closedKeys('server-key', 'client-key');
afterAll(() => keys.remove());
const SERVER = { cert: pem('server'), key: keys.file('server-key') };
const shown = (name: string) => ({ cert: readFileSync(pem(name)), key: readFileSync(pem(`${name}-key`)) });
const [CLIENT, STRANGER] = [shown('client'), shown('stranger')];

/** The status of a request over TLS, or the code of the failure. */
const ask = (
  port: number,
  options: Readonly<Record<string, unknown>> = {},
  body?: Buffer,
): Promise<number | string> =>
  new Promise((resolve) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path: '/healthz',
        ca: readFileSync(pem('ca')),
        agent: false,
        ...options,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'));
    asked.end(body);
  });

describe('HTTPS', () => {
  it('serves what HTTP serves, to callers that trust its certificate', async () => {
    await using earshot = await startService({ http: { host: '127.0.0.1', port: 0, tls: SERVER } });
    const port = earshot.service.httpPort;
    expect(await ask(port)).toBe(200);
    expect(await ask(port, { ca: undefined })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await ask(port, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).toEqual(expect.any(String));
    const post = { method: 'POST', path: '/dicom-web/studies', headers: { 'Content-Type': MULTIPART } };
    expect(await ask(port, post, multipart([ctSlice({ study: '2.25.50', size: 8 })]))).toBe(200);
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });

  it('may ask callers for a certificate that its CA signed', async () => {
    const tls = { ...SERVER, ca: [pem('ca')], clientCertificate: 'required' };
    await using earshot = await startService({ http: { host: '127.0.0.1', port: 0, tls } });
    const port = earshot.service.httpPort;
    expect(await ask(port, CLIENT)).toBe(200);
    expect(await ask(port)).toEqual(expect.any(String));
    expect(await ask(port, STRANGER)).toEqual(expect.any(String));
  });

  it('where a certificate is optional takes callers without one, and none with a bad one', async () => {
    const tls = { ...SERVER, ca: [pem('ca')], clientCertificate: 'optional' };
    await using earshot = await startService({ http: { host: '127.0.0.1', port: 0, tls } });
    const port = earshot.service.httpPort;
    expect(await ask(port, CLIENT)).toBe(200);
    expect(await ask(port)).toBe(200);
    expect(await ask(port, STRANGER)).toEqual(expect.any(String));
  });

  it.each([
    [
      'is missing',
      { ...SERVER, cert: '/nowhere/cert.pem' },
      /TLS_FILES_INVALID.*\/nowhere\/cert\.pem: ENOENT/,
    ],
    ['is missing', { ...SERVER, ca: ['/nowhere/ca.pem'] }, /TLS_FILES_INVALID.*\/nowhere\/ca\.pem: ENOENT/],
    ['does not match', { ...SERVER, key: keys.file('client-key') }, /TLS_FILES_INVALID.*KEY_VALUES_MISMATCH/],
    ['is none', { ...SERVER, cert: import.meta.filename }, /TLS_FILES_INVALID/],
  ])('a file that %s is TLS_INVALID, and says which', (_, files, message) => {
    expect(() => readServerTls({ ca: [], clientCertificate: 'none', ...files })).toThrow(message);
  });

  it('is configured by files beside the configuration', () => {
    const folder = mkdtempSync(join(tmpdir(), 'earshot-https-'));
    const file = join(folder, 'earshot.yaml');
    writeFileSync(file, 'http: { tls: { cert: c.pem, key: /k.pem, ca: [a.pem] } }\n');
    expect(loadConfig(file).http.tls).toMatchObject({
      cert: join(folder, 'c.pem'),
      key: '/k.pem',
      ca: [join(folder, 'a.pem')],
    });
    rmSync(folder, { recursive: true });
    const wrong = configSchema.safeParse({ http: { tls: { ...SERVER, clientCertificate: 'required' } } });
    expect(wrong.error?.issues[0]?.message).toMatch(/need the authorities/);
  });
});

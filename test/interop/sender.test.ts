import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { demoPatient } from '../../src/demo/demo-patients.ts';
import { writePart10 } from '../../src/dicom/part10.ts';
import type { Node } from '../../src/ports.ts';
import { type Child, startChild } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { until } from '../support/until.ts';

const missing = whyNotInstalled('storescp');
const { transfers } = demoPatient(11, 0);

describe.skipIf(missing)(missing ?? 'sending to storescp over one association', () => {
  let folder: string;
  let port: number;
  let storescp: Child;

  const start = async (...options: string[]) => {
    storescp = startChild('storescp', ['-v', ...options, '-od', folder, String(port)], folder);
    await until('storescp to listen', () => isListening(port));
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'earshot-storescp-'));
    port = await freePort();
  });
  afterEach(async () => {
    await storescp.stop();
    rmSync(folder, { recursive: true });
  });
  const send = (files: readonly Uint8Array[], onAnswer?: (answered: number) => void) =>
    sendFiles(nodeAt(port), files, { callingAeTitle: 'PHANTOM', onAnswer });

  test('CT, RTSTRUCT and SEG arrive as they were made, byte for byte', async () => {
    await start('+B');
    const answered: number[] = [];
    for (const { files } of transfers) {
      const results = await send(files, (count) => answered.push(count));
      expect(results.map(({ status }) => status)).toEqual(files.map(() => 0));
      expect(new Set(results.map(({ SOPInstanceUID }) => SOPInstanceUID)).size).toBe(files.length);
    }
    const sent = transfers.flatMap(({ files }) => files).map(datasetOf);
    const stored = readdirSync(folder).map((name) => datasetOf(readFileSync(join(folder, name))));
    expect(stored.sort()).toEqual(sent.sort());
    expect(answered).toEqual(transfers.flatMap(({ files }) => files.map((_, index) => index + 1)));
    // One of them is the test's own look whether somebody listens.
    expect(storescp.output().match(/Association Received/g)?.length).toBe(1 + transfers.length);
  });

  test('a peer that takes only Implicit VR gets nothing rather than bytes of another encoding', async () => {
    await start('+xi');
    const [file] = transfers[0]!.files;
    expect(await send([file!])).toMatchObject([{ status: null }]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a SOP class that the peer does not know is reported for its file alone', async () => {
    await start();
    const unknown = writePart10({ SOPClassUID: '1.2.3.4', SOPInstanceUID: '1.2.3.4.5' });
    const results = await send([unknown, transfers[0]!.files[0]!]);
    expect(results.map(({ status }) => status)).toEqual([null, 0]);
  });
});

test('a port where nobody listens is PEER_UNREACHABLE', async () => {
  const sending = sendFiles(nodeAt(await freePort()), [transfers[0]!.files[0]!], {
    callingAeTitle: 'PHANTOM',
  });
  await expect(sending).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
});

test('a peer that takes the connection and says nothing is PEER_TIMEOUT', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const options = { callingAeTitle: 'PHANTOM', silenceSeconds: 0.2 };
  await expect(sendFiles(nodeAt(port), [transfers[0]!.files[0]!], options)).rejects.toMatchObject({
    code: 'PEER_TIMEOUT',
  });
  silent.close();
});

const nodeAt = (port: number): Node => ({
  name: 'peer',
  roles: ['destination'],
  host: '127.0.0.1',
  port,
  aeTitle: 'ANY',
});

const isListening = (port: number): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(undefined));
  });

/** What follows the file meta information, whose length stands in its first element (PS3.10 7.1). */
function datasetOf(file: Uint8Array): string {
  const bytes = Buffer.from(file);
  return bytes.subarray(144 + bytes.readUInt32LE(140)).toString('latin1');
}

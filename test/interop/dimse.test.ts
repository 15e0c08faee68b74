import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dimseDestination } from '../../adapters/dimse/destination.ts';
import { echo } from '../../adapters/dimse/echo.ts';
import { readHeader } from '../../src/dicom/read-header.ts';
import { runChild, startChild } from '../support/child.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { freePort } from '../support/free-port.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { eventually, startListener } from '../support/listener.ts';
import { describeWithReference } from '../support/reference.ts';
import { storescu } from '../support/storescu.ts';

const SLICES = 60;
const missing = whyNotInstalled('storescu', 'storescp', 'echoscu');
const describeDcmtk = missing ? describe.skip : describe;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-interop-'));
  await mkdir(join(folder, 'ct'));
  for (let index = 0; index < SLICES; index++) {
    await writeFile(join(folder, 'ct', `${index}.dcm`), ctSlice({ index, size: 256 }));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Sends a folder and compares every dataset with what was stored; returns the number of objects. */
async function sendAndCompare(source: string): Promise<number> {
  await using listener = await startListener();
  const to = { port: listener.scp.port, calledAeTitle: 'EARSHOT', callingAeTitle: 'STORESCU' };
  await storescu(to, [source]);
  const names = await readdir(source);
  expect(listener.stored).toHaveLength(names.length);
  for (const name of names) {
    const sent = await readFile(join(source, name));
    const uid = readHeader(sent)?.header.SOPInstanceUID ?? '';
    const stored = await readFile(join(listener.dataDir, 'instances', `${uid}.dcm`));
    expect(datasetOf(stored).equals(datasetOf(sent))).toBe(true);
    expect(readHeader(stored)?.header).toEqual(readHeader(sent)?.header);
  }
  expect(await listener.leftovers()).toEqual([]);
  return names.length;
}

describeDcmtk(`DCMTK${missing ? ` ${missing}` : ''}`, () => {
  it('storescu: a study of CT slices over one association is stored byte for byte', async () => {
    expect(await sendAndCompare(join(folder, 'ct'))).toBe(SLICES);
  });

  it('storescu: four associations at once', async () => {
    await using listener = await startListener();
    const to = { port: listener.scp.port, calledAeTitle: 'EARSHOT', callingAeTitle: 'STORESCU' };
    await Promise.all([1, 2, 3, 4].map(() => storescu(to, [join(folder, 'ct')])));
    expect(listener.stored).toHaveLength(4 * SLICES);
    expect(new Set(listener.stored.map(({ digest }) => digest)).size).toBe(SLICES);
    await eventually('the associations to close', () => listener.scp.openAssociations().length === 0);
  });

  it('echoscu is answered; with another called AE title it is rejected', async () => {
    await using listener = await startListener();
    const port = String(listener.scp.port);
    expect((await runChild('echoscu', ['-aec', 'EARSHOT', '127.0.0.1', port])).status).toBe(0);
    const rejected = await runChild('echoscu', ['-aec', 'OTHER', '127.0.0.1', port]);
    expect(rejected.output).toContain('Called AE Title Not Recognized');
  });

  it('storescp as a destination stores the object byte for byte', async () => {
    const out = join(folder, 'storescp');
    await mkdir(out);
    const port = await freePort();
    const child = startChild('storescp', ['-od', out, '-aet', 'DCMTK', String(port)]);
    try {
      const node = { name: 'dcmtk', roles: [], host: '127.0.0.1', port, aeTitle: 'DCMTK' } as const;
      const options = { callingAeTitle: 'EARSHOT', timeoutSeconds: 10 };
      await eventually('storescp', () => echo(node, options).then(Boolean, () => false));
      const file = join(folder, 'ct', '0.dcm');
      const answer = await dimseDestination(node, options).send(file, new AbortController().signal);
      expect(answer).toMatchObject({ status: 0, warning: false });
      const [name = ''] = await readdir(out);
      const [sent, stored] = [await readFile(file), await readFile(join(out, name))];
      expect(datasetOf(stored).equals(datasetOf(sent))).toBe(true);
    } finally {
      await child.stop();
    }
  });
});

describeWithReference('a real chest CT by storescu', (reference) => {
  it.skipIf(missing)('is stored byte for byte, in its own transfer syntax', async () => {
    const source = join(reference, 'dicom', 'lung-pair', 'baseline', 'ct');
    expect(await sendAndCompare(source)).toBeGreaterThan(10);
  });
});

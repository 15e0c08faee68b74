import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dicomWebDestination } from '../../adapters/dicomweb/destination.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { startService } from '../support/running-service.ts';

describe('dicomweb-client, with which Earshot itself sends', () => {
  it('hears of success, and of a refusal with its reason', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earshot-stow-client-'));
    await using earshot = await startService();
    const dicomWeb = `http://127.0.0.1:${earshot.service.httpPort}/dicom-web`;
    const destination = dicomWebDestination(
      { name: 'other', dicomWeb, roles: ['destination'] },
      { timeoutSeconds: 10 },
    );
    const send = async (bytes: Uint8Array) => {
      await writeFile(join(folder, 'object.dcm'), bytes);
      return destination.send(join(folder, 'object.dcm'), new AbortController().signal);
    };
    const file = ctSlice({ study: '2.25.80', size: 128 });
    expect(await send(file)).toEqual({ status: 200, warning: false });
    expect(await earshot.service.world.catalogue.instance('2.25.80.2.1')).toBeDefined();
    await expect(send(file.subarray(0, file.length - 10))).rejects.toThrow(
      /PEER_REFUSED.*HTTP 409, reason 0xC000/,
    );
    await rm(folder, { recursive: true });
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { startOrthanc } from '../support/orthanc.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';

const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
const missing =
  whyNotInstalled('Orthanc') ?? (existsSync(PLUGIN) ? undefined : '(skipped: no orthanc-dicomweb)');
const describeOrthanc = missing ? describe.skip : describe;

/** An Orthanc that knows the service as a DICOMweb server, with a login. */
const orthancOf = (earshot: RunningService) =>
  startOrthanc({
    settings: {
      Plugins: [PLUGIN],
      DicomWeb: {
        Enable: true,
        Root: '/dicom-web/',
        Servers: {
          earshot: [`http://127.0.0.1:${earshot.service.httpPort}/dicom-web/`, 'orthanc', 'a password of it'],
        },
      },
    },
  });
type Orthanc = Awaited<ReturnType<typeof startOrthanc>>;

const post = async (orthanc: Orthanc, path: string, body: Uint8Array<ArrayBuffer> | string) => {
  const response = await fetch(`http://127.0.0.1:${orthanc.httpPort}${path}`, { method: 'POST', body });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
};
/** Puts files into Orthanc and has them sent on by its STOW-RS client. */
async function through(orthanc: Orthanc, files: readonly Uint8Array[]) {
  const ids: unknown[] = [];
  for (const file of files) ids.push((await post(orthanc, '/instances', new Uint8Array(file))).json['ID']);
  return post(
    orthanc,
    '/dicom-web/servers/earshot/stow',
    JSON.stringify({ Resources: ids, Synchronous: true }),
  );
}
const service = (settings: Record<string, unknown> = {}) =>
  startService({
    http: {
      host: '127.0.0.1',
      port: 0,
      senders: [{ name: 'orthanc', user: 'orthanc', password: 'a password of it' }],
      stow: { anonymous: 'nobody' },
    },
    ...settings,
  });

describeOrthanc(`Orthanc's STOW-RS client${missing ? ` ${missing}` : ''}`, () => {
  it('sends a study that is stored byte for byte', async () => {
    await using earshot = await service({ completeness: { quietPeriodSeconds: 60 } });
    await using orthanc = await orthancOf(earshot);
    const files = Array.from({ length: 60 }, (_, index) => ctSlice({ study: '2.25.70', index, size: 256 }));
    const answer = await through(orthanc, files);
    expect(answer.status, orthanc.log().slice(-2000)).toBe(200);
    for (const [index, file] of files.entries()) {
      const row = await earshot.service.world.catalogue.instance(`2.25.70.2.${index + 1}`);
      const kept = readFileSync(join(earshot.dataDir, row?.file ?? ''));
      expect(datasetOf(kept).equals(datasetOf(file))).toBe(true);
    }
    // And the same by C-STORE is the same.
    await earshot.send(files);
    expect(await earshot.service.world.catalogue.sql.query('SELECT * FROM "conflict"')).toEqual([]);
  });

  it('sends both time points of a patient, which end in a report', async () => {
    await using earshot = await service();
    await using orthanc = await orthancOf(earshot);
    const { baseline, followUp } = phantomCase('orthanc-stow');
    expect((await through(orthanc, baseline.all)).status).toBe(200);
    expect((await through(orthanc, followUp.all)).status).toBe(200);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    expect(earshot.arrived(followUp.StudyInstanceUID)).toHaveLength(1);
  });

  it('is told when an object is not taken', async () => {
    await using earshot = await service();
    await using orthanc = await orthancOf(earshot);
    const file = ctSlice({ study: '2.25.71', size: 16 });
    const nobody = Buffer.from(file.toString('latin1').replace('RECEIVE-1 ', '          '), 'latin1');
    expect((await through(orthanc, [nobody])).status).not.toBe(200);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { type Child, startChild } from '../support/child.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { DOCKER, dockerText } from '../support/docker-files.ts';
import { freePort } from '../support/free-port.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const missing = whyNotInstalled('Orthanc');
const STUDY = '2.25.78';

describe.skipIf(missing)(missing ?? 'the Orthanc of docker/compose.embedded.yaml', () => {
  let folder: string;
  let earshot: RunningService;
  let orthanc: Child;
  let ports: { dicom: number; http: number };
  const login = { authorization: `Basic ${Buffer.from('orthanc:secret').toString('base64')}` };
  const ask = (path: string, headers: Record<string, string> = login) =>
    fetch(`http://127.0.0.1:${ports.http}${path}`, { headers });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'earshot-beside-'));
    ports = { dicom: await freePort(), http: await freePort() };
    earshot = await startService({
      completeness: { quietPeriodSeconds: 60 },
      nodes: [
        {
          name: 'orthanc',
          aeTitle: 'ORTHANC',
          host: '127.0.0.1',
          port: ports.dicom,
          roles: ['source', 'destination'],
        },
      ],
    });
    // As the image merges it: the file, the users from a secret, and here loopback in the place of Docker's names.
    const written = JSON.parse(dockerText('embedded/orthanc.json'));
    written.DicomModalities.earshot.Host = '127.0.0.1';
    written.DicomModalities.earshot.Port = earshot.service.dimsePort;
    written.DicomModalities.scanner = documentedSender();
    const configuration = join(folder, 'orthanc.json');
    writeFileSync(
      configuration,
      JSON.stringify({
        ...written,
        DicomPort: ports.dicom,
        HttpPort: ports.http,
        StorageDirectory: folder,
        IndexDirectory: folder,
        LuaScripts: [join(DOCKER, 'embedded/forward.lua')],
        RegisteredUsers: { orthanc: 'secret' },
      }),
    );
    orthanc = startChild('Orthanc', [configuration], folder);
    await until('Orthanc to start', async () => {
      if (orthanc.hasEnded()) throw new Error(orthanc.output().slice(-2000));
      return ask('/system').then(
        ({ ok }) => (ok ? true : undefined),
        () => undefined,
      );
    });
  });
  afterEach(async () => {
    await orthanc.stop();
    await earshot[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** The entry that docs/DEPLOYMENT.md shows for a sender. */
  const documentedSender = (): unknown => {
    const page = readFileSync(new URL('../../docs/DEPLOYMENT.md', import.meta.url), 'utf8');
    return JSON.parse(/"scanner": (\{.*\})/.exec(page)?.[1] ?? '');
  };
  const send = (index: number, callingAeTitle: string, aeTitle = 'ORTHANC') =>
    sendFiles(
      { name: 'orthanc', host: '127.0.0.1', port: ports.dicom, aeTitle, roles: [] },
      [ctSlice({ study: STUDY, index, size: 8 })],
      { callingAeTitle },
    );
  const here = async (): Promise<number> =>
    (await earshot.service.world.catalogue.sql.query('SELECT 1 FROM "instance"')).length;

  test('sends on what a modality stored, and not what came from Earshot', async () => {
    expect((await send(0, 'EARSHOT'))[0]?.status).toBe(0);
    expect((await send(1, 'CT_SCANNER'))[0]?.status).toBe(0);
    await until('the image of the scanner', async () => ((await here()) > 0 ? true : undefined));
    expect(((await (await ask('/instances')).json()) as string[]).length).toBe(2);
    await until('its transfers to end', async () => {
      const jobs = (await (await ask('/jobs?expand')).json()) as { State: string }[];
      return jobs.length > 0 && jobs.every(({ State }) => State === 'Success') ? true : undefined;
    });
    expect(await here()).toBe(1);
  });

  test('takes nothing from a title that it does not know, or under another title than its own', async () => {
    const refused = (callingAeTitle: string, aeTitle = 'ORTHANC') =>
      send(0, callingAeTitle, aeTitle).then(
        (results) => results.every(({ status }) => status !== 0),
        () => true,
      );
    expect(await refused('STRANGER')).toBe(true);
    expect(await refused('CT_SCANNER', 'ANY_SCP')).toBe(true);
    expect(await (await ask('/instances')).json()).toEqual([]);
    expect(await refused('CT_SCANNER')).toBe(false);
  });

  test('answers nobody without a login', async () => {
    expect((await ask('/system', {})).status).toBe(401);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

type Modality = Readonly<{ aeTitle: string; port: number }>;
export type OrthancOptions = Readonly<{
  modalities?: Readonly<Record<string, Modality>>;
  /** name of a modality that every structured report is sent on to, as a PACS with routing rules does */
  routeReportsTo?: string;
  /** further keys of its configuration, e.g. of a plug-in */
  settings?: Readonly<Record<string, unknown>>;
}>;

/** A real PACS on loopback ports, in a folder of its own. */
export type Orthanc = AsyncDisposable &
  Readonly<{
    aeTitle: string;
    dicomPort: number;
    /** service root of its DICOMweb plug-in */
    dicomWeb: string;
    httpPort: number;
    /** SOP Instance UIDs by Orthanc's own identifier, of one modality or of all */
    instances(Modality?: string): Promise<Map<string, string>>;
    /** how many of its own transfers the PACS has finished */
    finishedTransfers(): Promise<number>;
    /** the Part 10 file as the PACS has it */
    file(id: string): Promise<Uint8Array>;
    /** Stops the program and keeps its folder; `start` brings it back on the same ports. */
    stop(): Promise<void>;
    start(): Promise<void>;
    log(): string;
  }>;

const AE_TITLE = 'ORTHANC';

/** Debian's Orthanc; ready when the promise resolves. Throws when it does not come up within 30 s. */
export async function startOrthanc(options: OrthancOptions = {}): Promise<Orthanc> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-orthanc-'));
  const [httpPort, dicomPort] = [await freePort(), await freePort()];
  const configuration = join(folder, 'orthanc.json');
  writeFileSync(configuration, JSON.stringify(configurationOf(folder, httpPort, dicomPort, options)));
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${httpPort}${path}`);
  let child: Child | undefined;

  const start = async (): Promise<void> => {
    // A killed Orthanc frees its ports and its lock a little later; it ends at once when they are not free.
    await until('Orthanc to start', async () => {
      if (child === undefined || child.hasEnded()) child = startChild('Orthanc', [configuration], folder);
      return get('/system').then(
        ({ ok }) => (ok ? true : undefined),
        () => undefined,
      );
    });
  };
  const stop = async (): Promise<void> => {
    await child?.stop();
  };
  await start().catch(async (thrown) => {
    await stop();
    throw new Error(child?.output().slice(-2000), { cause: thrown });
  });

  return {
    aeTitle: AE_TITLE,
    dicomPort,
    dicomWeb: `http://127.0.0.1:${httpPort}/dicom-web`,
    httpPort,
    start,
    stop,
    log: () => child?.output() ?? '',
    finishedTransfers: async () => {
      const jobs = (await (await get('/jobs?expand')).json()) as { State: string }[];
      return jobs.filter(({ State }) => State === 'Success').length;
    },
    file: async (id) => new Uint8Array(await (await get(`/instances/${id}/file`)).arrayBuffer()),
    instances: async (Modality) => {
      const response = await fetch(`http://127.0.0.1:${httpPort}/tools/find`, {
        method: 'POST',
        body: JSON.stringify({ Level: 'Instance', Expand: true, Query: Modality ? { Modality } : {} }),
      });
      const found = (await response.json()) as { ID: string; MainDicomTags: { SOPInstanceUID: string } }[];
      return new Map(found.map(({ ID, MainDicomTags }) => [ID, MainDicomTags.SOPInstanceUID]));
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configurationOf(
  folder: string,
  HttpPort: number,
  DicomPort: number,
  { modalities = {}, routeReportsTo, settings = {} }: OrthancOptions,
): Record<string, unknown> {
  const script = join(folder, 'route.lua');
  if (routeReportsTo !== undefined) {
    writeFileSync(
      script,
      `function OnStoredInstance(instanceId, tags, metadata)
  if tags['Modality'] == 'SR' then SendToModality(instanceId, '${routeReportsTo}') end
end
`,
    );
  }
  return {
    StorageDirectory: join(folder, 'db'),
    IndexDirectory: join(folder, 'db'),
    LuaScripts: routeReportsTo === undefined ? [] : [script],
    // Orthanc 1.10 cannot bind to one address: remote HTTP is refused, and the DICOM port is random and short-lived.
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    HttpPort,
    DicomPort,
    DicomAet: AE_TITLE,
    DicomCheckCalledAet: false,
    DicomAlwaysAllowEcho: true,
    DicomAlwaysAllowStore: true,
    DicomAlwaysAllowFind: true,
    DicomAlwaysAllowMove: true,
    DicomAlwaysAllowGet: true,
    Plugins: ['/usr/share/orthanc/plugins/libOrthancDicomWeb.so'],
    DicomWeb: { Enable: true, Root: '/dicom-web/', Ssl: false },
    DicomModalities: Object.fromEntries(
      Object.entries(modalities).map(([name, { aeTitle, port }]) => [
        name,
        { AET: aeTitle, Host: '127.0.0.1', Port: port, AllowStorageCommitment: true },
      ]),
    ),
    OverwriteInstances: true,
    StableAge: 1,
    TcpNoDelay: true,
    ...settings,
  };
}

/** A service with archives that do as they are told, and the story of a case. */
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { readHeader } from '../../src/dicom/read-header.ts';
import type { Clock } from '../../src/ports.ts';
import { freePort } from './free-port.ts';
import type { PhantomCase } from './phantom-case.ts';
import { PACS, type RunningService, startPacs, startService } from './running-service.ts';
import {
  type Item,
  type QueryScript,
  type ScriptedQueryArchive,
  startScriptedQueryArchive,
} from './scripted-query-archive.ts';

export type WithArchives = AsyncDisposable &
  Readonly<{
    earshot: RunningService;
    archives: readonly ScriptedQueryArchive[];
    /** details of the events of one kind, oldest first */
    story(StudyInstanceUID: string, kind: string): Promise<unknown[]>;
  }>;

/** What a script may do beside answering: send objects to the service, under the AE title of its archive. */
export type Send = (files: readonly Uint8Array[]) => Promise<void>;

/** Archives are asked in this order; their AE titles are A0, A1 ... */
export async function serviceWithArchives(
  scripts: readonly ((send: Send) => QueryScript)[],
  settings: Readonly<Record<string, unknown>> = {},
  clock?: Clock,
): Promise<WithArchives> {
  const port = await freePort();
  const sendAs =
    (callingAeTitle: string): Send =>
    async (files) => {
      const to = { name: 'earshot', roles: [], host: '127.0.0.1', port, aeTitle: 'EARSHOT' };
      await sendFiles(to, files, { callingAeTitle });
    };
  const pacs = await startPacs();
  const archives = await Promise.all(
    scripts.map((script, index) => startScriptedQueryArchive(script(sendAs(`A${index}`)))),
  );
  const all = {
    dimse: { host: '127.0.0.1', port },
    nodes: [
      { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port, roles: ['source', 'destination'] },
      ...archives.map((archive, index) => ({
        name: `archive${index}`,
        aeTitle: `A${index}`,
        host: '127.0.0.1',
        port: archive.port,
        roles: ['archive'],
      })),
    ],
    priors: {
      firstPauseSeconds: 0.2,
      maxPauseSeconds: 0.5,
      queryTimeoutSeconds: 1,
      retrieveTimeoutSeconds: 2,
      arrivalSeconds: 1,
      waitSeconds: 3,
    },
    ...settings,
  };
  const earshot = await startService(all, clock);
  return {
    earshot: { ...earshot, arrived: (study) => pacs.reports.filter((one) => one.StudyInstanceUID === study) },
    archives,
    story: async (study, kind) =>
      (await earshot.service.world.catalogue.eventsOf(study))
        .filter((event) => event.kind === kind)
        .map(({ detail }) => detail),
    [Symbol.asyncDispose]: async () => {
      await earshot[Symbol.asyncDispose]();
      for (const archive of archives) await archive[Symbol.asyncDispose]();
      await pacs[Symbol.asyncDispose]();
    },
  };
}

/** What an honest archive answers that holds the baseline of a case. */
export function holding(
  { patient, baseline }: PhantomCase,
  more: Item = {},
): NonNullable<QueryScript['find']> {
  const study = {
    PatientID: patient.PatientID,
    StudyInstanceUID: baseline.StudyInstanceUID,
    StudyDate: patient.baseline.StudyDate,
    ModalitiesInStudy: 'CT\\RTSTRUCT',
    ...more,
  };
  const series = [
    {
      StudyInstanceUID: baseline.StudyInstanceUID,
      SeriesInstanceUID: baseline.SeriesInstanceUID,
      Modality: 'CT',
      NumberOfSeriesRelatedInstances: String(baseline.ct.length),
    },
    {
      StudyInstanceUID: baseline.StudyInstanceUID,
      SeriesInstanceUID: seriesOfMask(baseline.mask),
      Modality: 'RTSTRUCT',
      NumberOfSeriesRelatedInstances: '1',
    },
  ];
  return ({ QueryRetrieveLevel, StudyInstanceUID, PatientID }) => {
    if (QueryRetrieveLevel === 'STUDY')
      return { answers: PatientID === patient.PatientID || PatientID === '' ? [study] : [] };
    return { answers: StudyInstanceUID === baseline.StudyInstanceUID ? series : [] };
  };
}

/** What an honest archive sends when it is asked for a series of the baseline. */
export const sending =
  ({ baseline }: PhantomCase, send: Send): NonNullable<QueryScript['move']> =>
  async ({ SeriesInstanceUID }) => {
    const files = SeriesInstanceUID === baseline.SeriesInstanceUID ? baseline.ct : [baseline.mask];
    await send(files);
    return { status: 0, completed: files.length };
  };

function seriesOfMask(mask: Uint8Array): string {
  const header = readHeader(mask)?.header;
  if (!header) throw new Error('the mask has a header');
  return header.SeriesInstanceUID;
}

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from './child.ts';
import { type EarshotProcess, type EarshotSettings, earshotProcess } from './earshot-process.ts';
import { freePort } from './free-port.ts';
import { type Orthanc, startOrthanc } from './orthanc.ts';
import { type StoreTo, storescu } from './storescu.ts';
import { until } from './until.ts';

export const QUIET_PERIOD_SECONDS = 2;
const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';
/** Any scale shows that the probability follows from it; the paper's own is not published. */
export const NORMALISATION = { mean: -0.1, sd: 0.2, n: 60, source: 'a test, not a cohort' } as const;

type TimePoint = 'baseline' | 'followup';

/** The real case: a lung cancer at two time points (reference folder), Earshot, and a PACS that gets its reports. */
export type LungPairWorld = AsyncDisposable &
  Readonly<{
    orthanc: Orthanc;
    earshot: EarshotProcess;
    earshotAt: StoreTo;
    /** Everything of a time point, or its CT or its RTSTRUCT only, over one association. */
    send(timePoint: TimePoint, part?: 'ct' | 'rs.dcm'): Promise<void>;
    /** Each object over an association of its own. */
    sendOneByOne(timePoint: TimePoint): Promise<void>;
    /** The reports in the PACS: Orthanc's identifier to SOP Instance UID. */
    reports(): Promise<Map<string, string>>;
    /** Waits for the first report; its bytes. */
    report(withinMs?: number): Promise<Uint8Array>;
  }>;

export type LungPairOptions = Readonly<{
  reference: string;
  normalised: boolean;
  /** the PACS sends every report back to Earshot */
  reportsComeBack?: boolean;
  from?: 'source' | 'built';
  /** starts Earshot at once */
  started?: boolean;
}>;

export async function lungPairWorld(options: LungPairOptions): Promise<LungPairWorld> {
  const { reference, normalised, reportsComeBack = false, from = 'source', started = true } = options;
  const folder = mkdtempSync(join(tmpdir(), 'earshot-lung-pair-'));
  const earshotAt: StoreTo = { port: await freePort(), calledAeTitle: 'EARSHOT', callingAeTitle: 'SCANNER' };
  const orthanc = await startOrthanc({
    modalities: { earshot: { aeTitle: 'EARSHOT', port: earshotAt.port } },
    ...(reportsComeBack ? { routeReportsTo: 'earshot' } : {}),
  });
  const earshot = earshotProcess(folder, settings(earshotAt, orthanc, await freePort(), normalised), from);
  const dispose = async (): Promise<void> => {
    await earshot.stop();
    await orthanc[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  if (started) {
    await earshot.start().catch(async (thrown) => {
      await dispose();
      throw thrown;
    });
  }
  const at = (timePoint: TimePoint, part = ''): string => join(reference, 'dicom/lung-pair', timePoint, part);
  const reports = (): Promise<Map<string, string>> => orthanc.instances('SR');
  return {
    orthanc,
    earshot,
    earshotAt,
    reports,
    send: (timePoint, part) => storescu(earshotAt, [at(timePoint, part)]),
    sendOneByOne: async (timePoint) => {
      for (const file of filesBelow(at(timePoint))) await storescu(earshotAt, [file]);
    },
    report: (withinMs = 60_000) =>
      until(
        'a report in the PACS',
        async () => {
          const [id] = (await reports()).keys();
          return id === undefined ? undefined : orthanc.file(id);
        },
        { withinMs, everyMs: 20 },
      ),
    [Symbol.asyncDispose]: dispose,
  };
}

const settings = (
  earshotAt: StoreTo,
  orthanc: Orthanc,
  httpPort: number,
  normalised: boolean,
): EarshotSettings => ({
  dimse: { aeTitle: earshotAt.calledAeTitle, host: '127.0.0.1', port: earshotAt.port },
  http: { host: '127.0.0.1', port: httpPort },
  completeness: { quietPeriodSeconds: QUIET_PERIOD_SECONDS },
  nodes: [
    { name: 'scanner', aeTitle: earshotAt.callingAeTitle, roles: ['source'] },
    {
      name: 'pacs',
      aeTitle: orthanc.aeTitle,
      host: '127.0.0.1',
      port: orthanc.dicomPort,
      roles: ['source', 'destination'],
    },
  ],
  model: { id: 'ear-delta-2023', ...(normalised ? { normalisation: NORMALISATION } : {}) },
  delivery: { firstPauseSeconds: 0.2, maxPauseSeconds: 1 },
});

export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** What PyRadiomics computed. */
export function expectedValues(reference: string): { baseline: number; followUp: number; delta: number } {
  const read = (timePoint: TimePoint): number =>
    JSON.parse(readFileSync(join(reference, `radiomics/features_lung_${timePoint}.json`), 'utf8'))[FEATURE];
  const [baseline, followUp] = [read('baseline'), read('followup')];
  return { baseline, followUp, delta: followUp - baseline };
}

/** The published model, written out once more from DESIGN.md. */
export function expectedProbability(delta: number): number {
  const z = (delta - NORMALISATION.mean) / NORMALISATION.sd;
  return 1 / (1 + Math.exp(-(0.06478 + 0.90483 * z)));
}

/**
 * What the validators have against a report by SR.md section 6: error lines of dciodvfy (its exit status says
 * nothing), a status of dsrdump other than 0, and its lines of error and of failure. Empty: nothing.
 */
export async function objections(report: Uint8Array): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-report-'));
  try {
    const file = join(folder, 'report.dcm');
    writeFileSync(file, report);
    const iod = await runChild('dciodvfy', [file]);
    const tree = await runChild('dsrdump', [file]);
    return [
      ...iod.output.split('\n').filter((line) => line.startsWith('Error')),
      ...(iod.output.includes('SR') ? [] : [`dciodvfy does not know the object: ${iod.output}`]),
      ...(tree.status === 0 ? [] : [`dsrdump ended with ${tree.status}`]),
      ...tree.output.split('\n').filter((line) => /^[EF]:/.test(line)),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { DEMO_NORMALISATION, DEMO_PATIENT_COUNT, DEMO_SEED, demoPatients } from '../demo/demo-patients.ts';
import { pictureAsPng } from '../demo/picture-png.ts';
import { SECONDARY_CAPTURE_IMAGE } from '../dicom/sop-class.ts';
import { Fault } from '../fault.ts';
import type { ScoreResult } from '../model/score-result.ts';
import { validateReport } from '../sr/validate.ts';
import { configSchema } from '../startup/config.ts';
import { type ReceivedReport, sendAll, startDemoArchive } from '../startup/demo-peers.ts';
import { type Service, start } from '../startup/start.ts';
import { type Command, parse } from './command.ts';
import { stopSignal } from './stop-signal.ts';

const PACS = 'DEMO_PACS';
const QUIET_SECONDS = 0.5;
/** The whole demonstration takes well under a minute; what has not come back by then will not. */
const DEADLINE_SECONDS = 180;

/** `earshot demo`: phantom patients through real associations to the service, and their reports back to an archive. */
export const demo: Command = {
  usage: `Usage: earshot demo [--once] [--out demo-output]

Makes ${DEMO_PATIENT_COUNT} phantom patients from a seed (two time points each, masks as RTSTRUCT and SEG), sends them by DIMSE to a
service on loopback, and collects the Structured Reports and their picture pages in a bundled archive. Ends with a table of the results.
  --once     end afterwards: exit 0 only if every report came back valid. Without it the service goes on until Ctrl-C
  --out DIR  where reports and data are written; its contents are replaced`,
  run: async (args) => {
    const { values } = parse(args, {
      once: { type: 'boolean', default: false },
      out: { type: 'string', default: 'demo-output' },
    });
    const out = resolve(values.out);
    const stopped = values.once ? undefined : stopSignal();
    for (const folder of ['data', 'archive', 'reports'])
      rmSync(join(out, folder), { recursive: true, force: true });
    mkdirSync(join(out, 'reports'), { recursive: true });
    const reports = new Map<string, ReceivedReport>();
    const pictures = new Map<string, ReceivedReport>();
    const archive = await startDemoArchive(join(out, 'archive'), PACS, (report) => {
      if (report.SOPClassUID.startsWith('1.2.840.10008.5.1.4.1.1.88.'))
        reports.set(report.StudyInstanceUID, report);
      if (report.SOPClassUID === SECONDARY_CAPTURE_IMAGE) pictures.set(report.StudyInstanceUID, report);
    });
    const service = await start(demoConfig(out, archive.port));
    try {
      const rows = await runPatients(service, reports, pictures);
      const valid = await showTable(service, rows, reports, out);
      const pages = copyPictures(rows, pictures, out);
      console.log(
        `${valid} of ${rows.length} reports came back valid, ${pages} with their picture page, in ${relative('.', join(out, 'reports'))}/`,
      );
      console.log('Phantoms and their normalisation say nothing about people. Research use only.');
      if (stopped !== undefined) {
        console.log(
          `Serving: DIMSE ${service.aeTitle} on 127.0.0.1:${service.dimsePort} (calling AE title ${PACS}), ` +
            `HTTP http://127.0.0.1:${service.httpPort}/healthz. Ctrl-C ends it.`,
        );
        if (service.firstLink)
          console.log(
            `The pages: make your account at http://127.0.0.1:${service.httpPort}${service.firstLink}`,
          );
        await stopped;
      }
      return valid === rows.length && pages === rows.length ? 0 : 1;
    } finally {
      await service[Symbol.asyncDispose]();
      await archive[Symbol.asyncDispose]();
    }
  },
};

const demoConfig = (out: string, archivePort: number) =>
  configSchema.parse({
    dataDir: join(out, 'data'),
    dimse: { host: '127.0.0.1', port: 0 },
    http: { host: '127.0.0.1', port: 0 },
    completeness: { quietPeriodSeconds: QUIET_SECONDS },
    nodes: [
      {
        name: 'demo-pacs',
        aeTitle: PACS,
        host: '127.0.0.1',
        port: archivePort,
        roles: ['source', 'destination'],
      },
    ],
    model: { id: 'ear-delta-2023', normalisation: DEMO_NORMALISATION },
    log: { level: 'error' },
  });

type Row = Readonly<{ name: string; masks: string; StudyInstanceUID: string }>;

async function runPatients(
  service: Service,
  reports: ReadonlyMap<string, unknown>,
  pictures: ReadonlyMap<string, unknown>,
): Promise<Row[]> {
  const rows: Row[] = [];
  const late: { at: number; send(): Promise<void> }[] = [];
  const progress = progressLine(
    () => `sent ${rows.length} of ${DEMO_PATIENT_COUNT} patients, reports back: ${reports.size}`,
  );
  const to = { aeTitle: service.aeTitle, port: service.dimsePort };
  for (const { patient, StudyInstanceUID, transfers } of demoPatients(DEMO_SEED, DEMO_PATIENT_COUNT)) {
    for (const { files, afterQuietPeriod } of transfers) {
      if (afterQuietPeriod)
        late.push({ at: Date.now() + 4000 * QUIET_SECONDS, send: () => sendAll(to, files, PACS) });
      else await sendAll(to, files, PACS);
    }
    const masks = `${patient.baseline.maskKind}/${patient.followUp.maskKind}`;
    rows.push({ name: patient.PatientID, masks, StudyInstanceUID });
    progress.show();
  }
  for (const { at, send } of late) {
    await new Promise((done) => setTimeout(done, Math.max(0, at - Date.now())));
    await send();
  }
  const end = Date.now() + DEADLINE_SECONDS * 1000;
  while (Math.min(reports.size, pictures.size) < rows.length && Date.now() < end) {
    await new Promise((done) => setTimeout(done, 100));
    progress.show();
  }
  progress.end();
  return rows;
}

/** On a terminal one line that is written over; in a file a line now and then. */
function progressLine(text: () => string): { show(): void; end(): void } {
  let shown = '';
  return {
    show: () => {
      const now = text();
      if (now === shown || (!process.stderr.isTTY && shown !== '' && !/0 of|back: \d*[05]$/.test(now)))
        return;
      shown = now;
      process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${now}` : `${now}\n`);
    },
    end: () => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text()}\n` : `${text()}\n`),
  };
}

async function showTable(
  { world }: Service,
  rows: readonly Row[],
  reports: ReadonlyMap<string, ReceivedReport>,
  out: string,
): Promise<number> {
  console.log(
    ['Patient', 'Masks', 'Delta', 'Probability', '95 % interval', 'Category', 'Report'].map(pad).join(''),
  );
  let valid = 0;
  for (const { name, masks, StudyInstanceUID } of rows) {
    const received = reports.get(StudyInstanceUID);
    const made = (await world.reports.of(StudyInstanceUID)).at(-1);
    const study = await world.catalogue.study(StudyInstanceUID);
    if (!received || !made) {
      const why = study?.reasons.map(({ code, text }) => `${code} ${text}`).join('; ');
      console.log([name, masks, `no report: ${study?.state} ${why}`].map(pad).join(''));
      continue;
    }
    const { score } = made.result as { score: ScoreResult };
    const copy = join(out, 'reports', `${name}.dcm`);
    cpSync(received.file, copy);
    const problem = problemOf(copy);
    if (!problem) valid += 1;
    const interval = score.interval?.map((p) => (100 * p).toFixed(1)).join(' to ') ?? '';
    const cells = [
      name,
      masks,
      score.delta?.toFixed(4) ?? '',
      score.probability === null ? '' : `${(100 * score.probability).toFixed(2)} %`,
      interval,
      score.category ?? 'delta only',
      problem ?? relative('.', copy),
    ];
    console.log(cells.map(pad).join(''));
  }
  return valid;
}

/** The picture page of each patient, beside the report. */
function copyPictures(
  rows: readonly Row[],
  pictures: ReadonlyMap<string, ReceivedReport>,
  out: string,
): number {
  let copied = 0;
  for (const { name, StudyInstanceUID } of rows) {
    const picture = pictures.get(StudyInstanceUID);
    if (!picture) continue;
    cpSync(picture.file, join(out, 'reports', `${name}.picture.dcm`));
    writeFileSync(join(out, 'reports', `${name}.png`), pictureAsPng(readFileSync(picture.file)));
    copied += 1;
  }
  return copied;
}

const WIDTHS = [20, 15, 10, 13, 15, 15];
const pad = (cell: string, column: number): string => cell.padEnd(WIDTHS[column] ?? 0);

function problemOf(file: string): string | undefined {
  try {
    validateReport(readFileSync(file));
    return undefined;
  } catch (thrown) {
    return thrown instanceof Fault ? thrown.message : String(thrown);
  }
}

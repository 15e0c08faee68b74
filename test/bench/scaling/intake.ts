/** Fills a database and a data folder through the door, and measures what that costs. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type PhantomPatient, phantomPatient } from '../../../src/demo/phantom.ts';
import { phantomObjects } from '../../../src/demo/phantom-dicom.ts';
import { digestOf } from '../../../src/dicom/uid.ts';
import type { Triple } from '../../../src/volume/volume.ts';
import type { Costs, Measured } from '../../simulation/costs.ts';
import { measured } from '../../simulation/statistics.ts';
import { largeTimePoint } from '../../support/large-time-point.ts';
import { cpuSecondsOf, type Usage } from '../../support/postgres-meter.ts';
import { NEVER_QUIET_SECONDS, type Process, type Site, serve } from './site.ts';

/** Statistics of resting connections reach the server's totals after ten seconds. */
const FLUSH_MS = 11_000;
const MIB = 2 ** 20;

type Kind = 'baseline' | 'followUp';
const patientOf = (name: string): PhantomPatient => ({
  ...phantomPatient(7, 0),
  name: `bench/${name}`,
  PatientID: `BENCH-${name}`,
  PatientName: `BENCH^${name}`,
});

const drawn = new Map<string, ReturnType<typeof largeTimePoint>>();
/** The same voxels for every patient: they are read, measured and written no faster for that. */
function voxelsOf(kind: Kind, size: Triple): ReturnType<typeof largeTimePoint> {
  const key = `${kind} ${size}`;
  const made = drawn.get(key) ?? largeTimePoint(digestOf(key), size);
  drawn.set(key, made);
  return made;
}

/** The objects of a time point; CT before its mask. */
function objectsOf(name: string, kind: Kind, size: Triple) {
  const patient = patientOf(name);
  const timePoint = { ...patient[kind], ...voxelsOf(kind, size), maskKind: 'RTSTRUCT' as const };
  const { StudyInstanceUID, ct, mask } = phantomObjects(patient, timePoint);
  return { StudyInstanceUID, objects: [...ct, mask] };
}

type Sent = Readonly<{
  instances: number;
  bytes: number;
  seconds: number;
  cpu: number;
  databaseCpu: number;
  statements: number;
  walBytes: number;
}>;

/** All files of a folder, in the order of their names, over one association; a program of its own, whose time is nobody's here. */
async function storescu(folder: string, port: number): Promise<void> {
  const child = spawn('storescu', ['-aec', 'EARSHOT', '+sd', '127.0.0.1', String(port), folder], {
    env: { ...process.env, TCP_NODELAY: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`storescu ended with ${status}`);
}

async function send(
  site: Site,
  receiver: Process,
  database: string,
  objects: readonly Uint8Array[],
): Promise<Sent> {
  const { meter } = site;
  const folder = mkdtempSync(join(site.folder, 'sent-'));
  for (const [index, object] of objects.entries())
    writeFileSync(join(folder, `${String(index).padStart(4, '0')}.dcm`), object);
  // What others have written and not synced is written now, or our syncs would wait for it.
  spawnSync('sync');
  const before = await meter.usage(database);
  const [cpu, databaseCpu, started] = [cpuSecondsOf(receiver.pid), meter.cpuSeconds(), performance.now()];
  await storescu(folder, receiver.dimsePort);
  const seconds = (performance.now() - started) / 1000;
  const spent = {
    cpu: cpuSecondsOf(receiver.pid) - cpu,
    databaseCpu: meter.cpuSeconds() - databaseCpu,
  };
  const after = await meter.usage(database);
  rmSync(folder, { recursive: true });
  return {
    ...spent,
    instances: objects.length,
    bytes: objects.reduce((total, { length }) => total + length, 0),
    seconds,
    statements: after.statements - before.statements,
    walBytes: after.walBytes - before.walBytes,
  };
}

export type Intake = Readonly<{ sent: readonly Sent[]; totals: Totals; studies: readonly string[] }>;

type Which = Readonly<{ name: string; database: string; kind: Kind; of: string; size: Triple }>;

/** One time point of every case over one association each; the first one warms the process up and is not counted. */
export async function takeIn(site: Site, { name, database, kind, of, size }: Which): Promise<Intake> {
  const receiver = await serve(site, { role: 'receive', database, quietPeriodSeconds: NEVER_QUIET_SECONDS });
  try {
    const sent: Sent[] = [];
    const studies: string[] = [];
    let before: Usage | undefined;
    for (let index = 0; index < site.cases; index++) {
      const { StudyInstanceUID, objects } = objectsOf(`${of}-${index}`, kind, size);
      studies.push(StudyInstanceUID);
      const one = await send(site, receiver, name, objects);
      if (before) sent.push(one);
      else await pause(site.isSmoke ? 1000 : FLUSH_MS);
      before ??= await site.meter.usage(name);
    }
    await pause(site.isSmoke ? 1000 : FLUSH_MS);
    const after = await site.meter.usage(name);
    if (!before) throw new Error('no case');
    return { sent, studies, totals: { before, after } };
  } finally {
    await receiver.stop();
  }
}

type Totals = Readonly<{ before: Usage; after: Usage }>;

/** `small`: the same number of instances with hardly any pixels, which tells what an instance costs from what its bytes cost. */
export function receiveCost(large: Intake, small: Intake): Costs['receive'] {
  const each = (of: (sent: Sent) => number, list = large.sent): Measured =>
    measured(list.map((one) => of(one) / one.instances));
  const { before, after } = large.totals;
  const instances = large.sent.reduce((total, one) => total + one.instances, 0);
  const cpu = each((one) => one.cpu);
  const [cpuOfSmall, bytes, bytesOfSmall] = [
    each((one) => one.cpu, small.sent).median,
    each((one) => one.bytes).median,
    each((one) => one.bytes, small.sent).median,
  ];
  const perMiB = (cpu.median - cpuOfSmall) / ((bytes - bytesOfSmall) / MIB);
  return {
    cpuSeconds: cpu,
    databaseCpuSeconds: each((one) => one.databaseCpu),
    statements: each((one) => one.statements),
    transactions: measured([(after.transactions - before.transactions) / instances]),
    cpuSecondsPerMiB: perMiB,
    cpuSecondsPerInstance: cpuOfSmall - (perMiB * bytesOfSmall) / MIB,
    databaseBytes: measured([(after.databaseBytes - before.databaseBytes) / instances]),
    walBytes: each((one) => one.walBytes),
    perSecond: measured(large.sent.map((one) => one.instances / one.seconds)),
  };
}

export const bytesOfInstance = ({ sent }: Intake): number =>
  measured(sent.map(({ bytes, instances }) => bytes / instances)).median;

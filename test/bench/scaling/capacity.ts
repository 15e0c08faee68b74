/** What PostgreSQL takes of the statements that an arrival asks, and what processes ask that have nothing to do. */
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openPostgres } from '../../../adapters/database/postgres.ts';
import { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { readHeader } from '../../../src/dicom/read-header.ts';
import { derivedUid, digestOf } from '../../../src/dicom/uid.ts';
import type { Costs, Idle } from '../../simulation/costs.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { cpuSecondsOf } from '../../support/postgres-meter.ts';
import { counter } from './counter.ts';
import { type Role, type Site, serve } from './site.ts';

/** As many arrivals at once as there are connections, each of a study of its own, looked for and written as `receive` does. */
export async function capacity(
  site: Site,
  database: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Costs['capacity'][number]> {
  const sql = await openPostgres(database, { maxConnections: connections });
  const catalogue = new Catalogue(sql, () => new Date());
  const [cpu, counted, started] = [site.meter.cpuSeconds(), counter.now(), performance.now()];
  const end = started + seconds * 1000;
  const sender = async (number: number): Promise<void> => {
    const study = derivedUid(`capacity ${connections} ${number}`);
    const read = readHeader(ctSlice({ index: 0, size: 4, study }));
    if (!read) throw new Error('no header');
    for (let index = 0; performance.now() < end; index++) {
      const SOPInstanceUID = derivedUid(`${study} ${index}`);
      const header = { ...read.header, SOPInstanceUID };
      await catalogue.instance(SOPInstanceUID);
      await catalogue.addInstance({
        received: { header, digest: digestOf(SOPInstanceUID), bytes: 1000 },
        role: 'image',
        file: `instances/${SOPInstanceUID}.dcm`,
        from: 'SENDER',
      });
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, number) => sender(number)));
  const took = (performance.now() - started) / 1000;
  const spent = site.meter.cpuSeconds() - cpu;
  const transactions = counter.now().transactions - counted.transactions;
  await sql.close();
  return {
    connections,
    transactionsPerSecond: transactions / took,
    databaseCpuSeconds: spent / transactions,
  };
}

/** Files of that size written and synced, `parallel` at once: files a second of the disk alone. */
export async function syncsPerSecond(
  site: Site,
  { bytes, parallel, files }: { bytes: number; parallel: number; files: number },
): Promise<number> {
  const folder = join(site.folder, `synced-${parallel}`);
  await mkdir(folder);
  const content = Buffer.alloc(bytes, 1);
  const started = performance.now();
  const write = async (number: number): Promise<void> => {
    for (let index = 0; index < files / parallel; index++) {
      const file = await open(join(folder, `${number}-${index}`), 'wx');
      await file.write(content);
      await file.datasync();
      await file.close();
    }
  };
  await Promise.all(Array.from({ length: parallel }, (_, number) => write(number)));
  const rate = files / ((performance.now() - started) / 1000);
  await rm(folder, { recursive: true });
  return rate;
}

/** A process of that role, alone, with nothing to do. */
export async function idle(
  site: Site,
  role: Role,
  { name, database, seconds }: { name: string; database: string; seconds: number },
): Promise<Idle> {
  const process = await serve(site, { role, database, quietPeriodSeconds: 30 });
  try {
    // What a start asks and compiles is over.
    await pause(site.isSmoke ? 500 : 10_000);
    const before = await site.meter.usage(name);
    const [cpu, databaseCpu, started] = [
      cpuSecondsOf(process.pid),
      site.meter.cpuSeconds(),
      performance.now(),
    ];
    await pause(seconds * 1000);
    const took = (performance.now() - started) / 1000;
    const spent = {
      cpu: cpuSecondsOf(process.pid) - cpu,
      databaseCpu: site.meter.cpuSeconds() - databaseCpu,
    };
    const after = await site.meter.usage(name);
    const connections = [...(await site.meter.connections(name)).values()].reduce((a, b) => a + b, 0);
    return {
      cpu: spent.cpu / took,
      databaseCpu: spent.databaseCpu / took,
      statementsPerSecond: (after.statements - before.statements) / took,
      connections,
    };
  } finally {
    await process.stop();
  }
}

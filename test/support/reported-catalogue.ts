/** A catalogue on SQLite with something in it, and what a start says to one that was harmed. */
import { join } from 'node:path';
import { asFault, type Fault } from '../../src/fault.ts';
import { configSchema } from '../../src/startup/config.ts';
import { start } from '../../src/startup/start.ts';
import { phantomCase } from './phantom-case.ts';
import { startService } from './running-service.ts';
import { sharedRadiomics } from './shared-threads.ts';

/** The file of a service that has ended and reported two cases in this folder. */
export async function reportedCatalogue(dataDir: string): Promise<string> {
  await using service = await startService({ dataDir });
  for (const name of ['whole-1', 'whole-2']) {
    const { baseline, followUp } = phantomCase(name);
    await service.send(baseline.all);
    await service.send(followUp.all);
    await service.inState(followUp.StudyInstanceUID, 'delivered');
  }
  return join(dataDir, 'catalogue.sqlite');
}

/** Undefined: a service starts on the folder; it is stopped again. */
export async function faultOfStart(dataDir: string): Promise<Fault | undefined> {
  const config = configSchema.parse({
    dataDir,
    dimse: { host: '127.0.0.1', port: 0 },
    http: { host: '127.0.0.1', port: 0 },
    limits: { minFreeMiB: 0 },
    log: { level: 'silent' },
  });
  try {
    const service = await start(config, undefined, { radiomics: sharedRadiomics() });
    await service[Symbol.asyncDispose]();
    return undefined;
  } catch (thrown) {
    return asFault(thrown);
  }
}

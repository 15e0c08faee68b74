/** What used to be known in one process is known in all: receivers, a worker and administration, each a service of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { configSchema } from '../../src/startup/config.ts';
import type { Role } from '../../src/startup/role.ts';
import { type Service, start } from '../../src/startup/start.ts';
import { holding, sending } from '../support/case-with-archives.ts';
import { datasetOf } from '../support/ct-slice.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { freePort } from '../support/free-port.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { NORMALISATION, PACS, type Pacs, pacsNode, sendTo, startPacs } from '../support/running-service.ts';
import { ScriptedPeer, storePdus } from '../support/scripted-peer.ts';
import { type ScriptedQueryArchive, startScriptedQueryArchive } from '../support/scripted-query-archive.ts';
import { sharedRadiomics } from '../support/shared-threads.ts';
import { stow } from '../support/stow.ts';
import { until } from '../support/until.ts';

const QUIET_SECONDS = 2.5;
const archived = phantomCase('archived-elsewhere');
const withinMs = 60_000;

describe.skipIf(postgresMissing())('roles on one database', { timeout: 120_000 }, () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'earshot-roles-'));
  let pacs: Pacs;
  let archive: ScriptedQueryArchive;
  let services: Record<Exclude<Role, 'all'> | 'receive2', Service>;

  beforeAll(async () => {
    pacs = await startPacs();
    const [database, moveTo] = [await newDatabase(), await freePort()];
    archive = await startScriptedQueryArchive({
      find: holding(archived),
      move: sending(archived, (files) => sendTo({ dimsePort: moveTo }, files)),
    });
    const startOne = (role: Role, port: number): Promise<Service> => {
      const config = configSchema.parse({
        dataDir,
        database,
        databaseConnections: 4,
        dimse: { host: '127.0.0.1', port },
        http: { host: '127.0.0.1', port: 0 },
        completeness: { quietPeriodSeconds: QUIET_SECONDS, askArchive: false },
        priors: { arrivalSeconds: 2, waitSeconds: 20 },
        nodes: [
          pacsNode(pacs),
          { name: 'archive', aeTitle: 'A0', host: '127.0.0.1', port: archive.port, roles: ['archive'] },
        ],
        model: { normalisation: NORMALISATION },
        limits: { minFreeMiB: 0 },
        log: { level: 'silent' },
      });
      return start(config, undefined, { role, radiomics: sharedRadiomics(), companions: {} });
    };
    services = {
      admin: await startOne('admin', 0),
      receive: await startOne('receive', moveTo),
      receive2: await startOne('receive', 0),
      work: await startOne('work', 0),
    };
  }, 60_000);
  afterAll(async () => {
    for (const service of Object.values(services ?? {})) await service[Symbol.asyncDispose]();
    await archive?.[Symbol.asyncDispose]();
    await pacs?.[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const stateOf = async (study: string) => (await services.admin.world.catalogue.study(study))?.state;
  const inState = (study: string, state: string) =>
    until(`${state}`, async () => (await stateOf(study)) === state || undefined, { withinMs }).catch(
      async (thrown) => {
        const row = await services.admin.world.catalogue.study(study);
        throw new Error(`it is ${row?.state}: ${JSON.stringify(row?.reasons)}`, { cause: thrown });
      },
    );
  const answer = async (service: Service, path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${service.httpPort}${path}`, { redirect: 'manual' })).status;

  test('every role tells its health; only receivers take objects, only administration has pages', async () => {
    for (const service of Object.values(services))
      for (const path of ['/healthz', '/readyz', '/metrics']) expect(await answer(service, path)).toBe(200);
    expect(await answer(services.admin, '/')).toBe(303);
    for (const service of [services.receive, services.work]) expect(await answer(service, '/')).toBe(404);
    expect([services.work.dimsePort, services.admin.dimsePort]).toEqual([0, 0]);
    const [file] = phantomCase('posted').baseline.ct;
    expect((await stow([file!], { port: services.receive.httpPort })).status).toBe(200);
    for (const { httpPort } of [services.work, services.admin])
      expect((await stow([file!], { port: httpPort })).status).toBe(404);
  });

  test('a baseline that a worker asks for comes by C-MOVE to a receiver, and stays a prior', async () => {
    const { followUp, baseline } = archived;
    await sendTo(services.receive2, followUp.all);
    await inState(followUp.StudyInstanceUID, 'delivered');
    expect(await services.work.world.priors?.fetches.isPrior(baseline.StudyInstanceUID)).toBe(true);
    expect(pacs.reports.filter((each) => each.StudyInstanceUID === followUp.StudyInstanceUID)).toHaveLength(
      1,
    );
    expect(archive.moves).toHaveLength(2);
  });

  test('a study that an object is still coming to at one receiver is complete for nobody', async () => {
    const { baseline, followUp } = phantomCase('slow-object');
    const { StudyInstanceUID } = followUp;
    await sendTo(services.receive, baseline.all);
    const last = followUp.ct.at(-1)!;
    await sendTo(services.receive, [followUp.mask, ...followUp.ct.slice(0, -1)]);
    const SOPInstanceUID = String(readPart10(last)['SOPInstanceUID']);
    await using peer = await ScriptedPeer.associate(services.receive2.dimsePort, { calling: PACS });
    const pdus = storePdus({ SOPInstanceUID }, datasetOf(Buffer.from(last)), { fragment: 4000 });
    peer.send(...pdus.slice(0, -1));
    await pause(2.5 * QUIET_SECONDS * 1000);
    expect(await stateOf(StudyInstanceUID)).toBe('receiving');
    peer.send(...pdus.slice(-1));
    expect((await peer.answer())?.status).toBe(0);
    await inState(StudyInstanceUID, 'delivered');
    expect(pacs.reports.filter((each) => each.StudyInstanceUID === StudyInstanceUID)).toHaveLength(1);
  });

  test('one study over both receivers at once is one case', async () => {
    const { baseline, followUp } = phantomCase('both-receivers');
    const halves = (files: readonly Uint8Array[]) => [
      files.filter((_file, index) => index % 2 === 0),
      files.filter((_file, index) => index % 2 === 1),
    ];
    for (const { all } of [baseline, followUp]) {
      const [some = [], others = []] = halves(all);
      await Promise.all([sendTo(services.receive, some), sendTo(services.receive2, others)]);
    }
    await inState(followUp.StudyInstanceUID, 'delivered');
    expect(pacs.reports.filter((each) => each.StudyInstanceUID === followUp.StudyInstanceUID)).toHaveLength(
      1,
    );
  });
});

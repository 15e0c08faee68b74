/** Several processes of one installation, as services of this process over one PostgreSQL and one data folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, configSchema } from '../../src/startup/config.ts';
import type { Role } from '../../src/startup/role.ts';
import { type Service, start } from '../../src/startup/start.ts';
import { testPlace } from './databases.ts';
import { NORMALISATION, PACS, type Pacs, startPacs } from './running-service.ts';
import { sharedRadiomics } from './shared-threads.ts';
import { openSite, type Site } from './site.ts';

export type Installation = AsyncDisposable &
  Readonly<{
    pacs: Pacs;
    config: Config;
    /** Started one after the other; disposed of with the installation at the latest. */
    start(role: Role): Promise<Service>;
    /** Pages and API of that process, with a user of every role. */
    site(service: Service): Promise<Site>;
  }>;

/** `settings` are put over the defaults of tests, as in running-service.ts. */
export async function openInstallation(
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Installation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-installation-'));
  const pacs = await startPacs();
  const config = configSchema.parse({
    ...(await testPlace(dataDir)),
    dimse: { host: '127.0.0.1', port: 0 },
    http: { host: '127.0.0.1', port: 0 },
    completeness: { quietPeriodSeconds: 0.3 },
    nodes: [
      { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port, roles: ['source', 'destination'] },
    ],
    model: { normalisation: NORMALISATION },
    limits: { minFreeMiB: 0 },
    log: { level: 'silent' },
    ...settings,
  });
  const services: Service[] = [];
  let site: Site | undefined;
  return {
    pacs,
    config,
    start: async (role) => {
      const service = await start(config, undefined, { role, radiomics: sharedRadiomics(), companions: {} });
      services.push(service);
      return service;
    },
    site: async ({ httpPort }) => {
      site ??= await openSite({ dataDir, httpPort });
      return site.at(httpPort);
    },
    [Symbol.asyncDispose]: async () => {
      for (const service of services.reverse()) await service[Symbol.asyncDispose]();
      await pacs[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLeases } from '../../src/startup/open-database.ts';
import type { Service } from '../../src/startup/start.ts';
import { VERSION } from '../../src/startup/version.ts';
import { postgresMissing } from '../support/databases.ts';
import { type Installation, openInstallation } from '../support/installation.ts';
import { keptLog } from '../support/log.ts';
import { until } from '../support/until.ts';

type Process = Readonly<{ role: string; version: string; startedAt: string; hasDuties: boolean }>;

const metric = async ({ httpPort }: Service, name: string): Promise<string[]> => {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(name));
};

describe.skipIf(postgresMissing())('the processes of an installation', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await openInstallation();
  });
  afterEach(() => installation[Symbol.asyncDispose]());

  test('health lists all of them with the one on duty, and tells of two versions', async () => {
    const worker = await installation.start('work');
    await installation.start('receive');
    const admin = await installation.start('admin');
    const site = await installation.site(admin);
    const shown = async () => {
      const { processes } = await site.json<{ processes: Process[] }>('/api/health', { as: 'viewer' });
      return processes.map(({ role, version, hasDuties }) => [role, version, hasDuties]);
    };
    const page = async () => (await site.call('/health', { as: 'viewer' })).text();
    expect(await shown()).toEqual([
      ['work', VERSION, true],
      ['receive', VERSION, false],
      ['admin', VERSION, false],
    ]);
    expect(await page()).not.toContain('run at the same time');

    await using older = await openLeases(installation.config, keptLog());
    const [other] = await older.held('process/');
    expect(await page()).not.toContain('different configuration files');
    const card = { ...JSON.parse(other!.detail), holder: older.holder, version: '0.0.9', file: 'other' };
    await older.take(`process/${older.holder}`, JSON.stringify(card));
    expect((await shown()).map(([, version]) => version)).toContain('0.0.9');
    expect(await page()).toContain('Processes have 2 different configuration files');
    expect(await page()).toContain(`Processes of versions 0.0.9 and ${VERSION} run at the same time.`);

    await worker[Symbol.asyncDispose]();
    await until('another one on duty', async () =>
      (await shown()).some(([role, , hasDuties]) => role === 'admin' && hasDuties) ? true : undefined,
    );
    expect((await shown()).some(([role, version]) => role === 'work' && version === VERSION)).toBe(false);
  });

  test('metrics say who has the duties, and how many there are of each role', async () => {
    const worker = await installation.start('work');
    const receiver = await installation.start('receive');
    expect(await metric(worker, 'earshot_duties_held')).toEqual(['earshot_duties_held 1']);
    expect(await metric(receiver, 'earshot_duties_held')).toEqual(['earshot_duties_held 0']);
    for (const service of [worker, receiver])
      expect(await metric(service, 'earshot_processes')).toEqual([
        'earshot_processes{kind="all"} 0',
        'earshot_processes{kind="receive"} 1',
        'earshot_processes{kind="work"} 1',
        'earshot_processes{kind="admin"} 0',
      ]);
  });
});

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inflateRaw } from '../../adapters/threads/inflate.ts';
import { candidate } from '../../src/api/rule-operations.ts';
import { dryRunFile } from '../../src/pipeline/dry-run-file.ts';
import { dryRunStudy } from '../../src/pipeline/dry-run-study.ts';
import { openDroppedMasks } from '../../src/startup/describe-dropped.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { startService } from '../support/running-service.ts';

const never = new AbortController().signal;

test('a dry run on a case that was delivered knows every fact, and leaves the service as it is', async () => {
  await using running = await startService();
  const { baseline, followUp } = phantomCase('dry-run');
  await running.send([...baseline.all, ...followUp.all]);
  await running.inState(followUp.StudyInstanceUID, 'delivered');
  const { world } = running.service;
  const everything = async () => {
    const tables = ['study', 'mask', 'report', 'delivery', 'measurement', 'event', 'job', 'fetch'];
    return Promise.all(tables.map((table) => world.catalogue.sql.query(`SELECT * FROM "${table}"`)));
  };
  await running.settled('CASE-dry-run');
  const before = await everything();

  const said = await dryRunStudy(world, followUp.StudyInstanceUID, world.rules);
  expect(said.state).toMatchObject({ now: 'delivered', would: 'delivered', isDifferent: false });
  expect(said.baseline.chosen).toBe(baseline.StudyInstanceUID);
  expect(said.lesions).toMatchObject([{ isTarget: true, isMeasured: true }]);
  expect(said.eligibility.filter(({ outcome }) => outcome === 'notMeasured')).toEqual([]);

  const none = candidate(world.rules, {
    roi: 'version: 1\ncodes: []\ninterpretedTypes: []\ninclude: [nothing]\nexclude: []\n',
  });
  const without = await dryRunStudy(world, followUp.StudyInstanceUID, none);
  expect(without.state).toMatchObject({ would: 'delivered', note: 'The report that was made stands.' });
  expect(without.masks.flatMap(({ regions }) => regions.map(({ verdict }) => verdict))).not.toContain(
    'taken',
  );

  const describeMask = await openDroppedMasks(running.dataDir, world.radiomics);
  const drop = (bytes: Uint8Array) =>
    dryRunFile({ describeMask, inflate: inflateRaw }, bytes, world.rules, never);
  expect((await drop(followUp.mask)).regions?.map(({ verdict }) => verdict)).toContain('taken');
  expect((await drop(followUp.mask.subarray(0, 2000))).problems).toHaveLength(1);
  const folder = join(running.dataDir, 'dropped');
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);

  expect(await everything()).toEqual(before);
});

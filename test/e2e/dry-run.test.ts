import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { candidate } from '../../src/api/rule-operations.ts';
import { readFileMeta } from '../../src/dicom/parse-part10.ts';
import { readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { dryRunFile } from '../../src/pipeline/dry-run-file.ts';
import { dryRunStudy } from '../../src/pipeline/dry-run-study.ts';
import { openDroppedFiles } from '../../src/startup/describe-dropped.ts';
import { defaultConfig, loadRules } from '../../src/startup/load.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { jobKeys } from '../support/databases.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { startService } from '../support/running-service.ts';
import { sharedRadiomics } from '../support/shared-threads.ts';
import { asDeflated } from '../support/transcode.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;

test('a dry run on a case that was delivered knows every fact, and leaves the service as it is', async () => {
  await using running = await startService();
  const { baseline, followUp } = phantomCase('dry-run');
  await running.send([...baseline.all, ...followUp.all]);
  await running.inState(followUp.StudyInstanceUID, 'delivered');
  const { world } = running.service;
  const everything = async () => {
    const tables = ['study', 'mask', 'report', 'delivery', 'measurement', 'event', 'fetch'];
    const { sql } = world.catalogue;
    const rows = tables.map((table) => sql.query(`SELECT * FROM "${table}"`));
    return Promise.all([jobKeys(sql), ...rows]);
  };
  await running.settled('CASE-dry-run');
  const noJobs = async () => (await jobKeys(world.catalogue.sql)).length === 0 || undefined;
  await until('an empty queue', noJobs, { everyMs: 20 });
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

  const files = openDroppedFiles(join(running.dataDir, 'incoming'), world.radiomics);
  const drop = (bytes: Uint8Array) => dryRunFile(files, bytes, world.rules, never);
  expect((await drop(followUp.mask)).regions?.map(({ verdict }) => verdict)).toContain('taken');
  expect((await drop(followUp.mask.subarray(0, 2000))).problems).toHaveLength(1);
  expect(running.incoming()).toEqual([]);

  expect(await everything()).toEqual(before);
});

test('a small file that unpacks to millions of elements keeps its own thread busy, and not this one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-dropped-'));
  const files = openDroppedFiles(folder, sharedRadiomics());
  const slice = writePart10({ ...readPart10(ctSlice({ size: 8 })), PixelData: undefined });
  // (7001,0010) LO without a value, again and again
  const element = Buffer.from([0x01, 0x70, 0x10, 0x00, 0x4c, 0x4f, 0x00, 0x00]);
  const headOf = (file: Uint8Array) => readFileMeta(file)?.datasetOffset ?? 0;
  const small = Buffer.from(asDeflated(Buffer.from(slice)));
  const dataset = Buffer.concat([slice.subarray(headOf(slice)), Buffer.alloc(96 * 2 ** 20, element)]);
  const hostile = Buffer.concat([small.subarray(0, headOf(small)), deflateRawSync(dataset, { level: 1 })]);
  expect(hostile.length).toBeLessThan(2 ** 20);
  let turns = 0;
  const turn = setInterval(() => (turns += 1), 5);
  const said = await dryRunFile(files, hostile, loadRules(defaultConfig()), never);
  clearInterval(turn);
  rmSync(folder, { recursive: true });
  expect(said.outcome).toBe('kept');
  expect(turns).toBeGreaterThan(20);
});

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Dataset, readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { judge } from '../../../src/pipeline/judge.ts';
import { patientStudies } from '../../../src/pipeline/patient-studies.ts';
import { retire } from '../../../src/pipeline/retire.ts';
import type { InstanceFiles, Sql } from '../../../src/ports.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { keptLog } from '../../support/log.ts';
import { until } from '../../support/until.ts';
import type { OpenedCatalogue } from '../catalogue/opened.ts';
import { openDoor } from './arriving.ts';

const DAY = 86_400_000;
const STUDY = '2.25.1';
const UID = '2.25.1.2.1';
let opened: OpenedCatalogue;
let door: Awaited<ReturnType<typeof openDoor>>;
beforeEach(async () => {
  door = await openDoor();
  opened = door.opened;
});
afterEach(() => door.close());

const SLICE = ctSlice({ size: 16 });
const slice = (changes: Dataset): Buffer => Buffer.from(writePart10({ ...readPart10(SLICE), ...changes }));
const apart = () => readdir(join(door.dataDir, 'later')).catch(() => []);
const resting = () =>
  opened.sql.query(`UPDATE "study" SET "state" = 'delivered' WHERE "StudyInstanceUID" = $1`, [STUDY]);

async function reasonOfStudy(): Promise<string> {
  await opened.sql.query(`UPDATE "study" SET "state" = 'complete'`);
  const { known } = await patientStudies({ catalogue: opened.catalogue }, 'RECEIVE-1');
  const { baseline, roi } = loadRules(defaultConfig());
  const rules = { baseline: baseline.value, roi: roi.value, enrolment: 'all' as const };
  const judgement = judge(known.get(STUDY)!, [], undefined, rules);
  return 'reasons' in judgement ? judgement.reasons.map(({ text }) => text).join() : '';
}

describe('an object that comes again and is larger than what is compared', () => {
  const small = { maxComparedBytes: 500 };
  const unread = () => ({ ...door.files, read: () => Promise.reject(new Error('it was read')) });

  it('is kept apart unread, also as a correction, and the case says why and what to do', async () => {
    await door.arrive(SLICE);
    const corrected = slice({ PatientName: 'Corrected^Name' });
    const log = keptLog();
    expect(await door.arrive(corrected, { ...small, files: unread(), log })).toBe('conflict');
    expect(await apart()).toHaveLength(1);
    expect(await reasonOfStudy()).toMatch(/limits\.maxComparedMiB.*raise it/);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        event: 'instance.conflict',
        fields: { SOPInstanceUID: UID, from: 'SCANNER', because: 'tooLarge' },
      },
    ]);
  });

  it('is also the one that is here, not only the new one', async () => {
    await door.arrive(ctSlice({ size: 64 }));
    const now = { maxComparedBytes: SLICE.length + 10, files: unread() };
    expect(await door.arrive(SLICE, now)).toBe('conflict');
  });

  it.each([
    ['is a correction', { PatientName: 'Corrected^Name' }, 'corrected', 1],
    ['is the same object', { InstitutionName: 'Another' }, 'duplicate', 0],
  ] as const)(
    'counts as what it is, and holds nothing any more, when it is sent again under a higher limit: %s',
    async (_, changes, what, files) => {
      await door.arrive(SLICE);
      expect(await door.arrive(slice(changes), small)).toBe('conflict');
      await opened.sql.query(`UPDATE "study" SET "state" = 'held'`);
      expect(await door.arrive(slice(changes))).toBe(what);
      expect(await opened.catalogue.hasConflict(STUDY)).toBe(false);
      expect(await apart()).toHaveLength(files);
      expect((await opened.catalogue.study(STUDY))?.state).toBe(
        what === 'corrected' ? 'receiving' : 'complete',
      );
    },
  );

  it('whose pixels are others says nothing of limits once it was compared', async () => {
    const other = ctSlice({ size: 16, seed: 2 });
    await door.arrive(SLICE);
    await door.arrive(other, small);
    await door.arrive(other);
    expect(await reasonOfStudy()).not.toMatch(/limits/);
    expect(await opened.catalogue.hasConflict(STUDY)).toBe(true);
  });
});

it('objects are compared one pair at a time, however many come at once', async () => {
  const all = [0, 1, 2, 3].map((index) => ctSlice({ size: 16, index }));
  for (const file of all) await door.arrive(file);
  const order: string[] = [];
  const files: InstanceFiles = {
    ...door.files,
    read: async (file) => {
      const bytes = await door.files.read(file);
      order.push(file.includes('later') ? 'again' : 'known');
      await new Promise((resolve) => setTimeout(resolve, 5));
      return bytes;
    },
  };
  const renamed = all.map((file) =>
    Buffer.from(writePart10({ ...readPart10(file), PatientName: 'New^Name' })),
  );
  const arrivals = await Promise.all(renamed.map((file) => door.arrive(file, { files })));
  expect(arrivals).toEqual(Array(4).fill('corrected'));
  expect(order).toEqual(Array(4).fill(['known', 'again']).flat());
});

describe('an object that comes again as it is', () => {
  const retiring = () =>
    retire({
      catalogue: opened.catalogue,
      files: door.files,
      clock: opened.clock,
      log: keptLog(),
      destinations: new Map(),
      retentionDays: 30,
    });
  const isHere = async () => (await opened.catalogue.study(STUDY)) !== undefined;

  it('keeps its patient from being retired, and leaves alone what completeness counts', async () => {
    await door.arrive(SLICE);
    await resting();
    const before = await opened.catalogue.study(STUDY);
    opened.tick(29 * DAY);
    expect(await door.arrive(SLICE)).toBe('duplicate');
    expect(await opened.catalogue.study(STUDY)).toEqual(before);
    opened.tick(29 * DAY);
    await retiring();
    expect(await isHere()).toBe(true);
    opened.tick(2 * DAY);
    await retiring();
    expect(await isHere()).toBe(false);
    expect(await opened.sql.query('SELECT 1 FROM "seenAgain"')).toEqual([]);
  });

  it('is noted once in five minutes for its study, not with every object', async () => {
    const all = [0, 1, 2, 3].map((index) => ctSlice({ size: 16, index }));
    for (const file of all) await door.arrive(file);
    const noted = () => opened.sql.query('SELECT "seenAt" FROM "seenAgain"');
    const start = opened.clock().getTime();
    const batches = counted(opened.sql);
    for (const file of all) await door.arrive(file);
    opened.tick(4 * 60_000);
    for (const file of all) await door.arrive(file);
    expect([batches(), await noted()]).toEqual([1, [{ seenAt: start }]]);
    opened.tick(60_000);
    for (const file of all) await door.arrive(file);
    expect([batches(), await noted()]).toEqual([2, [{ seenAt: start + 5 * 60_000 }]]);
  });

  it('while its patient is being retired is stored anew, not acknowledged and lost', async () => {
    await door.arrive(SLICE);
    await resting();
    opened.tick(31 * DAY);
    const { catalogue } = opened;
    const instance = catalogue.instance.bind(catalogue);
    let retired: Promise<void> | undefined;
    // retired just behind the look at what is known; its file goes when the object is not being received
    catalogue.instance = async (uid) => {
      const row = await instance(uid);
      catalogue.instance = instance;
      retired = retiring();
      await until('a retired study', async () => ((await isHere()) ? undefined : true));
      return row;
    };
    expect(await door.arrive(SLICE)).toBe('added');
    await retired;
    expect(await isHere()).toBe(true);
    await expect(door.files.read((await catalogue.instance(UID))!.file)).resolves.toBeDefined();
  });
});

describe('the bytes from before a correction', () => {
  it('are ignored, and an administrator can see it: a line for each object, an event for the study', async () => {
    const all = [0, 1].map((index) => ctSlice({ size: 16, index }));
    for (const file of all) await door.arrive(file);
    for (const file of all)
      await door.arrive(Buffer.from(writePart10({ ...readPart10(file), PatientName: 'Corrected^Name' })));
    const log = keptLog();
    for (const file of all) expect(await door.arrive(file, { log })).toBe('duplicate');
    expect(log.lines.map(({ event, fields }) => [event, fields])).toEqual([
      ['instance.stale', { SOPInstanceUID: UID, from: 'SCANNER' }],
      ['instance.stale', { SOPInstanceUID: '2.25.1.2.2', from: 'SCANNER' }],
    ]);
    const stale = async () =>
      (await opened.catalogue.eventsOf(STUDY)).filter(({ kind }) => kind === 'instance.stale');
    expect((await stale()).map(({ detail }) => detail)).toEqual([{ SOPInstanceUID: UID, from: 'SCANNER' }]);
    opened.tick(5 * 60_000);
    await door.arrive(all[1]!);
    expect(await stale()).toHaveLength(2);
  });
});

/** How many transactions were written since. */
function counted(sql: Sql): () => number {
  let count = 0;
  const batch = sql.batch.bind(sql);
  sql.batch = (statements) => {
    count += 1;
    return batch(statements);
  };
  return () => count;
}

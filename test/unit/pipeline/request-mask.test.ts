import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openEmbeddedQueue } from '../../../adapters/queue/embedded.ts';
import { MaskRequests } from '../../../src/catalogue/mask-requests.ts';
import { NodeRequests } from '../../../src/catalogue/node-requests.ts';
import { Fault } from '../../../src/fault.ts';
import { createPace, type Paced } from '../../../src/pipeline/node-pace.ts';
import { putMaskRequestsDue, requestMask } from '../../../src/pipeline/request-mask.ts';
import { keptLog } from '../../support/log.ts';
import { add, type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';
import { DELIVERY } from './delivery-world.ts';

const never = new AbortController().signal;
const HOUR = 3_600_000;
let opened: OpenedCatalogue;
beforeEach(async () => {
  opened = await openedCatalogue();
});

/** Cases that wait for a mask, and annotators with a pace; `isDown` makes a sending fail. */
async function withAnnotators(nodes: readonly Paced[], cases = 1, isDown: () => boolean = () => false) {
  const { catalogue, patients, clock, sql } = opened;
  const studies = Array.from({ length: cases }, (_, index) => `2.25.${index + 1}`);
  for (const study of studies) {
    await add(opened, `${study}.1.1`, {
      StudyInstanceUID: study,
      SeriesInstanceUID: `${study}.1`,
      PatientID: study,
    });
    await catalogue.move((await catalogue.study(study))!, { state: 'waitingForMask' });
  }
  const sent: string[] = [];
  const log = keptLog();
  const requests = new MaskRequests(sql, clock);
  const annotators = nodes.map(({ name }) => ({
    name,
    sendAll: async () => {
      sent.push(name);
      if (isDown()) throw new Fault('PEER_UNREACHABLE', 'ECONNREFUSED');
    },
  }));
  const world = {
    catalogue,
    patients,
    clock,
    log,
    queue: await openEmbeddedQueue({ sql, clock, log }),
    files: { regular: async (file: string) => file } as never,
    enrolment: 'all' as const,
    delivery: DELIVERY,
    annotation: { annotators, requests },
    pace: createPace(nodes, new NodeRequests(sql)),
  };
  return {
    world,
    sent,
    studies,
    request: async (study = studies[0]!, name = nodes[0]!.name) =>
      (await requests.of(study)).find(({ annotator }) => annotator === name),
    look: (study = studies[0]!) => requestMask(world, { kind: 'request', key: study }, never),
    jobs: async () => {
      await putMaskRequestsDue(world);
      const rows = await sql.query<{ key: string }>('SELECT "key" FROM "job" WHERE "kind" = \'request\'');
      await sql.query('DELETE FROM "job"');
      return rows.map(({ key }) => key).sort();
    },
  };
}

describe('an annotator in its quiet hours', () => {
  it('is sent nothing and no try is counted; when they are over the request is taken up again', async () => {
    // The clock stands at midnight UTC.
    const it = await withAnnotators([{ name: 'slicer', quietHours: ['22:00-06:00 UTC'] }]);
    for (const _hour of [0, 1, 2, 3, 4, 5]) {
      await it.look();
      expect(await it.jobs()).toEqual([]);
      opened.tick(HOUR);
    }
    expect(it.sent).toEqual([]);
    expect(await it.request()).toMatchObject({ state: 'waiting', attempts: 0, fault: null });
    expect(await it.jobs()).toEqual(it.studies);
    await it.look();
    expect(it.sent).toEqual(['slicer']);
    expect(await it.request()).toMatchObject({ state: 'sent', attempts: 1 });
    expect(await it.jobs()).toEqual([]);
  });

  it('keeps no other annotator waiting, however many cases wait for it', async () => {
    const nodes = [{ name: 'quiet', quietHours: ['22:00-06:00 UTC'] }, { name: 'open' }];
    let isDown = true;
    const it = await withAnnotators(nodes, 60, () => isDown);
    for (const study of it.studies) await it.look(study);
    expect(new Set(it.sent)).toEqual(new Set(['open']));
    isDown = false;
    opened.tick(10_000);
    // All 60 are due at the quiet one; those of the other are not crowded out.
    expect(await it.jobs()).toHaveLength(50);
    for (const study of it.studies) await it.look(study);
    expect(await it.request(it.studies[59], 'open')).toMatchObject({ state: 'sent', attempts: 2 });
    expect(await it.jobs()).toEqual([]);
    expect(await it.request(it.studies[59], 'quiet')).toMatchObject({ state: 'waiting', attempts: 0 });
  });
});

it('requests beyond the rate of an annotator wait for their minute, and are not counted', async () => {
  const it = await withAnnotators([{ name: 'slicer', maxPerMinute: 2 }], 3);
  for (const study of it.studies) await it.look(study);
  expect(it.sent).toHaveLength(2);
  expect(await it.request(it.studies[2])).toMatchObject({ state: 'waiting', attempts: 0, fault: null });
  expect(await it.jobs()).toEqual([]);
  opened.tick(60_000);
  expect(await it.jobs()).toEqual([it.studies[2]]);
  await it.look(it.studies[2]);
  expect(it.sent).toHaveLength(3);
  expect(await it.request(it.studies[2])).toMatchObject({ state: 'sent', attempts: 1 });
});

it('a request that failed is tried again after its pause, and not within the quiet hours that began meanwhile', async () => {
  const it = await withAnnotators(
    [{ name: 'slicer', quietHours: ['00:00-00:05 UTC'] }],
    1,
    () => it.sent.length === 1,
  );
  opened.tick(24 * HOUR - 5000);
  await it.look();
  expect(await it.request()).toMatchObject({ state: 'waiting', attempts: 1, fault: 'PEER_UNREACHABLE' });
  opened.tick(20_000);
  await it.look();
  expect(it.sent).toHaveLength(1);
  opened.tick(5 * 60_000);
  await it.look();
  expect(await it.request()).toMatchObject({ state: 'sent', attempts: 2, fault: null });
});

it('a request that was sent is recorded when the database takes it again, and not sent once more', async () => {
  const it = await withAnnotators([{ name: 'slicer' }]);
  const { requests } = it.world.annotation;
  const locked = new Fault('DATABASE_FAILED', 'another program has locked the file');
  vi.spyOn(requests, 'set').mockRejectedValueOnce(locked).mockRejectedValueOnce(locked);
  await it.look();
  expect(await it.request()).toMatchObject({ state: 'sent', attempts: 1, fault: null });
  expect(it.sent).toEqual(['slicer']);
});

it('a disk that takes nothing while images are sent says nothing of the annotator: no try is counted', async () => {
  const it = await withAnnotators([{ name: 'slicer' }]);
  const full = { name: 'slicer', sendAll: () => Promise.reject(new Fault('STORAGE_FULL')) };
  const world = { ...it.world, annotation: { ...it.world.annotation, annotators: [full] } };
  await expect(requestMask(world, { kind: 'request', key: it.studies[0]! }, never)).rejects.toThrow(
    'STORAGE_FULL',
  );
  expect(await it.request()).toMatchObject({ state: 'waiting', attempts: 0, fault: null });
});

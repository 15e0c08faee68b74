import { beforeEach, expect, it } from 'vitest';
import { noteTraffic } from '../../../src/audit/traffic.ts';
import { AuditTrail } from '../../../src/catalogue/audit-trail.ts';
import { add, type OpenedCatalogue, openedCatalogue, STUDY } from '../catalogue/opened.ts';

let world: OpenedCatalogue;
let trail: AuditTrail;
beforeEach(async () => {
  world = await openedCatalogue();
  trail = new AuditTrail(world.sql, world.clock, false);
  await noteTraffic({ ...world, trail });
  world.tick(1000);
});

const lines = async () => {
  world.tick(60_000);
  await noteTraffic({ ...world, trail });
  const { rows } = await trail.search({}, { limit: 100 });
  return rows
    .toReversed()
    .map(({ action, actor, subjectId, outcome, fault }) => [action, actor, subjectId, outcome, fault]);
};
const tell = (kind: string, detail: unknown) => world.sql.batch([world.catalogue.event(STUDY, kind, detail)]);

it('a study that came is told once, with its sender', async () => {
  await add(world, '2.25.10');
  await add(world, '2.25.11');
  world.tick(1000);
  await tell('state.complete', { reasons: [] });
  const received = [['instances.received', 'SCANNER', STUDY, 'done', '']];
  expect(await lines()).toEqual(received);
  expect(await lines()).toEqual(received);
});

it('a study that is complete again without anything new has no second line', async () => {
  await add(world, '2.25.10');
  world.tick(1000);
  await tell('state.complete', {});
  world.tick(1000);
  await tell('state.complete', {});
  expect(await lines()).toHaveLength(1);
});

it('what went out is told with its taker, and what was given up with its fault', async () => {
  await tell('delivery.delivered', { destination: 'PACS', fault: null });
  world.tick(1000);
  await tell('delivery.gaveUp', { destination: 'OLD', fault: 'PEER_REFUSED' });
  await tell('delivery.waiting', { destination: 'OLD', fault: 'PEER_REFUSED' });
  expect(await lines()).toEqual([
    ['instances.sent', 'PACS', STUDY, 'done', ''],
    ['instances.sent', 'OLD', STUDY, 'failed', 'PEER_REFUSED'],
  ]);
});

it('what was before the trail is not told', async () => {
  const late = await openedCatalogue();
  await late.sql.batch([late.catalogue.event(STUDY, 'delivery.delivered', { destination: 'PACS' })]);
  late.tick(60_000);
  const ofLate = new AuditTrail(late.sql, late.clock, false);
  await noteTraffic({ ...late, trail: ofLate });
  late.tick(60_000);
  expect(await noteTraffic({ ...late, trail: ofLate })).toBe(0);
});

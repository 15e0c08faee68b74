/** What goes beside a report is made when the report is on its way: no report waits for its picture. */
import { expect, it } from 'vitest';
import { retiring } from '../../../src/catalogue/retention.ts';
import { Fault } from '../../../src/fault.ts';
import { sweep } from '../../../src/pipeline/assemble.ts';
import type { CompanionMaker } from '../../../src/pipeline/companion-maker.ts';
import { deliver, deliveryKey } from '../../../src/pipeline/deliver.ts';
import { settleCase } from '../../../src/pipeline/delivery-outcome.ts';
import type { Destination } from '../../../src/ports.ts';
import {
  CONTENT,
  destination,
  FOLLOW_UP,
  make,
  makeBeside,
  makeOnly,
  making,
  makingWorld,
  never,
} from './making-world.ts';

const pacs = destination('pacs', { sends: ['sr', 'picture'] });
const WISH = { kind: 'picture', language: 'en', destinations: ['pacs'] };

function deferred() {
  let resolve = () => {};
  let reject = (_: Error) => {};
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

/** A maker that answers when it is told to. */
function held(maker: CompanionMaker = making('picture')) {
  const { promise: asked, resolve: ask } = deferred();
  const { promise, resolve: go, reject: fail } = deferred();
  const picture: CompanionMaker = async (request, signal) => {
    ask();
    await promise;
    return maker(request, signal);
  };
  return { asked, go, fail, picture };
}

/** A case whose report is made, and whose picture is being made just now. */
async function whileMaking(one: Destination = pacs, maker?: CompanionMaker) {
  const { picture, ...gate } = held(maker);
  const stop = new AbortController();
  const world = await makingWorld([one], { picture });
  const making = make(world, [], CONTENT, stop.signal);
  await gate.asked;
  const [report] = await world.made();
  const send = async (SOPInstanceUID = report!.SOPInstanceUID): Promise<void> => {
    await deliver(
      world,
      { kind: 'deliver', key: deliveryKey({ SOPInstanceUID, destination: 'pacs' }) },
      never,
    );
  };
  const companions = async () =>
    (await world.reports.companionsOf(report!.SOPInstanceUID)).map(({ SOPInstanceUID }) => SOPInstanceUID);
  const due = async () => (await world.reports.report(report!.SOPInstanceUID))!.due;
  const state = async () => (await world.study()).state;
  return { ...world, ...gate, world, making, report: report!, stop, send, companions, due, state };
}

it('the report is sent while its picture is made, and the case is delivered when both are', async () => {
  await using one = await whileMaking();
  expect(await one.jobs()).toEqual([`${one.report.SOPInstanceUID} pacs`]);
  await one.send();
  expect(await one.deliveries()).toEqual({ pacs: ['sr en'] });
  expect(await one.reports.delivery(one.report.SOPInstanceUID, 'pacs')).toMatchObject({ state: 'delivered' });
  expect(one.report.due).toEqual([WISH]);
  expect(await one.state()).toBe('delivering');
  await sweep(one.world);
  expect(await one.state(), 'nor does a sweep take it for delivered').toBe('delivering');

  one.go();
  await one.making;
  expect(await one.due()).toBeNull();
  const [picture] = await one.companions();
  expect(await one.jobs(), 'its report is there: nothing else wakes it').toContain(`${picture} pacs`);
  expect(await one.state()).toBe('delivering');
  await one.send(picture);
  expect(await one.state()).toBe('delivered');
});

it('a picture that is made before its report is taken waits for that', async () => {
  await using one = await whileMaking();
  one.go();
  await one.making;
  const [picture] = await one.companions();
  expect(await one.jobs()).toEqual([`${one.report.SOPInstanceUID} pacs`]);
  await one.send();
  expect(await one.jobs()).toContain(`${picture} pacs`);
});

it('a picture that cannot be made is missing, and the case is delivered without it', async () => {
  await using one = await whileMaking();
  await one.send();
  one.fail(new Fault('WORKER_FAILED'));
  await one.making;
  const text = 'The report goes out without its picture (en): WORKER_FAILED';
  expect(await one.study()).toMatchObject({
    state: 'delivered',
    reasons: [{ code: 'COMPANION_MISSING', text }],
  });
  expect((await one.opened.catalogue.eventsOf(FOLLOW_UP)).map(({ kind }) => kind)).toContain(
    'companion.failed',
  );
});

it('a report that is given up says so while its picture is made, and keeps saying so with it', async () => {
  const send = () => Promise.reject(new Fault('PEER_REFUSED', 'status 0xA900'));
  await using one = await whileMaking({ ...pacs, send });
  for (let tries = 0; tries < 3; tries++) {
    await one.send();
    one.opened.tick(60_000);
  }
  expect(await one.state()).toBe('deliveryFailed');
  one.fail(new Fault('WORKER_FAILED'));
  await one.making;
  const { state, reasons } = await one.study();
  expect([state, reasons.map(({ code }) => code)]).toEqual([
    'deliveryFailed',
    ['PEER_REFUSED', 'COMPANION_MISSING'],
  ]);
});

it('a destination that gets no SR is woken when its picture is made, and the case waits for it', async () => {
  await using one = await whileMaking(destination('pacs', { sends: ['picture'] }));
  expect(await one.jobs()).toEqual([]);
  expect(await one.study()).toMatchObject({ state: 'reported', reasons: [] });
  one.go();
  await one.making;
  const [picture] = await one.companions();
  expect(await one.jobs()).toEqual([`${picture} pacs`]);
  await one.send(picture);
  expect(await one.state()).toBe('delivered');
});

it('where nothing could be made for those that get no SR, nobody gets the report, and the case says so', async () => {
  await using one = await whileMaking(destination('pacs', { sends: ['picture'] }));
  one.fail(new Fault('WORKER_FAILED'));
  await one.making;
  const { state, reasons } = await one.study();
  expect([state, reasons.map(({ code }) => code)]).toEqual([
    'reported',
    ['COMPANION_MISSING', 'REPORT_UNWANTED'],
  ]);
  expect(reasons[1]!.text).toMatch(/: scored$/);
});

it('what is missing stands with the case through every later delivery of it', async () => {
  const ward = destination('ward', { sends: ['sr', 'pdf'] });
  const picture = () => Promise.reject(new Fault('WORKER_FAILED'));
  await using world = await makingWorld(
    [pacs, ward],
    { picture, pdf: making('pdf'), seg: making('seg') },
    true,
  );
  await make(world);
  const all = await world.reports.deliveriesOf(FOLLOW_UP);
  // What goes beside the report goes after it.
  for (const { SOPInstanceUID, destination } of [...all, ...all]) {
    await deliver(world, { kind: 'deliver', key: deliveryKey({ SOPInstanceUID, destination }) }, never);
    const { state, reasons } = await world.study();
    expect([state, reasons.map(({ code }) => code)]).toEqual([expect.anything(), ['COMPANION_MISSING']]);
  }
  expect((await world.study()).state).toBe('delivered');
});

it('when the service stops the picture stays due, and a sweep has it made after a minute', async () => {
  await using one = await whileMaking();
  one.stop.abort();
  one.fail(new Error('stopped'));
  await expect(one.making).rejects.toThrow('stopped');
  expect(await one.due()).toEqual([WISH]);
  expect(await one.study()).toMatchObject({ state: 'reported', reasons: [] });
  const besides = () => one.opened.sql.query(`SELECT "key" FROM "job" WHERE "kind" = 'beside'`);
  one.opened.tick(59_000);
  await sweep(one.world);
  expect(await besides()).toEqual([]);
  one.opened.tick(2000);
  await one.opened.sql.query(`UPDATE "study" SET "state" = 'held' WHERE "StudyInstanceUID" = $1`, [
    FOLLOW_UP,
  ]);
  await sweep(one.world);
  expect(await besides(), 'a case that does not stand reported').toEqual([]);
  await one.opened.sql.query(`UPDATE "study" SET "state" = 'delivering' WHERE "StudyInstanceUID" = $1`, [
    FOLLOW_UP,
  ]);
  await sweep(one.world);
  expect(await besides()).toEqual([{ key: FOLLOW_UP }]);
});

it('two that make the same at once make it once', async () => {
  const { picture, go, asked } = held();
  let count = 0;
  const counting: CompanionMaker = (request, signal) => {
    count += 1;
    return picture(request, signal);
  };
  await using world = await makingWorld([pacs], { picture: counting });
  const request = (await makeOnly(world))!;
  const both = [makeBeside(world, request, never), makeBeside(world, request, never)];
  await asked;
  go();
  await Promise.all(both);
  expect(count).toBe(1);
  expect(await world.deliveries()).toEqual({ pacs: ['picture en', 'sr en'] });
});

it('of a report that has a successor nothing more is made', async () => {
  await using one = await whileMaking();
  await makeOnly(one.world, [], { ...CONTENT, isUnanswered: true });
  expect(await one.due()).toBeNull();
  one.go();
  await one.making;
  expect(await one.companions()).toEqual([]);
  const [, newer] = await one.made();
  expect(newer!.due, 'that of the newer one is not lost').toEqual([WISH]);
});

it('of a report that was withdrawn nothing more is made', async () => {
  await using one = await whileMaking();
  const { SOPInstanceUID, StudyInstanceUID } = one.report;
  const withdrawal = {
    SOPInstanceUID,
    StudyInstanceUID,
    note: '2.25.9',
    reason: 'safety',
    text: '',
    author: '',
  };
  await one.opened.sql.batch(one.reports.withdrawing(withdrawal));
  one.go();
  await one.making;
  expect(await one.companions()).toEqual([]);
  expect(await one.study()).toMatchObject({ state: 'reported', reasons: [] });
});

it('a picture that was made just when its report is withdrawn is not sent', async () => {
  await using one = await whileMaking();
  one.go();
  await one.making;
  const { SOPInstanceUID, StudyInstanceUID } = one.report;
  const withdrawal = {
    SOPInstanceUID,
    StudyInstanceUID,
    note: '2.25.9',
    reason: 'safety',
    text: '',
    author: '',
  };
  await one.opened.sql.batch(one.reports.withdrawing(withdrawal));
  const rows = await one.reports.deliveriesOf(FOLLOW_UP);
  expect(rows.map(({ state }) => state)).toEqual(['withdrawn', 'withdrawn']);
});

it('beside the report of a patient who was retired nothing more is made', async () => {
  await using one = await whileMaking();
  await one.opened.sql.query(`UPDATE "study" SET "state" = 'delivered'`);
  one.opened.tick(86_400_000);
  const now = one.opened.clock();
  const { PatientID } = await one.study();
  expect(await one.opened.sql.batch(retiring(PatientID, now, now, ['pacs']))).toBe(true);
  one.go();
  await one.making;
  expect(await one.due()).toBeNull();
  expect(await one.companions()).toEqual([]);
});

it('a case that was opened again keeps what is made, which goes out when the case stands as it was', async () => {
  await using one = await whileMaking();
  await one.opened.sql.query(`UPDATE "study" SET "state" = 'complete'`);
  one.go();
  await one.making;
  await one.opened.sql.query(`UPDATE "study" SET "state" = 'reported'`);
  await one.send();
  await one.send((await one.companions())[0]);
  await settleCase(one.world, FOLLOW_UP);
  expect(await one.state()).toBe('delivered');
});

it('the time of the picture is its own, not that of scoring', async () => {
  const stages: string[] = [];
  await using world = await makingWorld([pacs], { picture: making('picture') });
  const meter = { ...world.meter, stage: (name: string) => void stages.push(name) };
  const request = await makeOnly(world);
  expect(stages).toEqual([]);
  await makeBeside({ ...world, meter }, request!, never);
  expect(stages).toEqual(['beside']);
});

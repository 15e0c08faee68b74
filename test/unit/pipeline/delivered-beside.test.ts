/** What goes beside a report: when it goes, what a refusal means, and what follows its report. */
import { copyFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeliveryRow, ReportKind, ReportRow } from '../../../src/catalogue/rows.ts';
import { Fault, type FaultCode } from '../../../src/fault.ts';
import { sweep } from '../../../src/pipeline/assemble.ts';
import { retryDeadLetters } from '../../../src/pipeline/dead-letters.ts';
import { deliver, deliveryKey } from '../../../src/pipeline/deliver.ts';
import type { Destination, ProofRequest } from '../../../src/ports.ts';
import { STUDY } from '../catalogue/opened.ts';
import { deliveryWorld, REPORT } from './delivery-world.ts';

const never = new AbortController().signal;
const PICTURE = '2.25.300';
const SEG_OF_BASELINE = '2.25.301';
const BASELINE = '2.25.9';
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';

const reportRow = (more: Partial<ReportRow>): ReportRow => ({
  SOPInstanceUID: REPORT,
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
  SeriesInstanceUID: `${more.SOPInstanceUID}.1`,
  StudyInstanceUID: STUDY,
  file: `${more.SOPInstanceUID}.dcm`,
  digest: 'd',
  inputs: 'i',
  result: {},
  ContentDate: '20260101',
  kind: 'sr',
  language: 'en',
  companionOf: null,
  heldBecause: null,
  due: null,
  ...more,
});
const beside = (kind: ReportKind, SOPInstanceUID: string, more: Partial<ReportRow> = {}): ReportRow =>
  reportRow({
    SOPInstanceUID,
    SOPClassUID: SECONDARY_CAPTURE,
    kind,
    companionOf: REPORT,
    file: `${kind}.dcm`,
    ...more,
  });

type Refusal = Readonly<{ code: FaultCode; detail?: string }>;
/** A destination that refuses these files, for ever. */
function refusing(refusals: Readonly<Record<string, Refusal>> = {}, more: Partial<Destination> = {}) {
  const sent: string[] = [];
  const destination: Destination = {
    name: 'pacs',
    ...more,
    send: async (file) => {
      const refusal = refusals[basename(file)];
      if (refusal) throw new Fault(refusal.code, refusal.detail ?? '');
      sent.push(basename(file));
      return { status: 0, warning: false };
    },
  };
  return { sent, destination };
}

/** The report of a case, and a picture beside it, on their way to the destinations. */
async function worldWith(destinations: readonly Destination[], delivery: Record<string, number> = {}) {
  const one = await deliveryWorld(destinations, { maxRefusals: 1, ...delivery });
  const names = destinations.map(({ name }) => name);
  await one.opened.sql.batch(one.opened.reports.adding(beside('picture', PICTURE), names));
  const tryTo = async (SOPInstanceUID: string, destination = 'pacs'): Promise<DeliveryRow> => {
    const key = deliveryKey({ SOPInstanceUID, destination });
    await deliver(one.world, { kind: 'deliver', key }, never);
    return (await one.opened.reports.delivery(SOPInstanceUID, destination))!;
  };
  const due = async () =>
    (await one.opened.reports.deliveriesDue(one.opened.clock(), 'pacs', 4)).map(
      ({ SOPInstanceUID }) => SOPInstanceUID,
    );
  const reasons = async () => (await one.opened.catalogue.study(STUDY))?.reasons;
  return { ...one, tryTo, due, reasons };
}

describe('a picture beside a report', () => {
  it('goes after it, and the case is delivered when both are', async () => {
    const { sent, destination } = refusing();
    await using one = await worldWith([destination]);
    expect(await one.due()).toEqual([REPORT]);
    expect(await one.tryTo(PICTURE)).toMatchObject({ state: 'waiting', attempts: 0 });
    await one.tryTo(REPORT);
    expect(await one.state()).toBe('delivering');
    expect(await one.due()).toEqual([PICTURE]);
    const jobs = await one.opened.sql.query('SELECT "key" FROM "job" WHERE "kind" = \'deliver\'');
    expect(jobs, 'the delivery of the report wakes it').toEqual([{ key: `${PICTURE} pacs` }]);
    await one.tryTo(PICTURE);
    expect(sent).toEqual(['report.dcm', 'picture.dcm']);
    expect(await one.state()).toBe('delivered');
  });

  it('goes all the same where the report was given up, and the case says that it was', async () => {
    const { sent, destination } = refusing({
      'report.dcm': { code: 'PEER_REFUSED', detail: 'status 0xA900' },
    });
    await using one = await worldWith([destination]);
    expect(await one.tryTo(REPORT)).toMatchObject({ state: 'gaveUp' });
    await one.tryTo(PICTURE);
    expect(sent).toEqual(['picture.dcm']);
    expect(await one.state()).toBe('deliveryFailed');
    expect(await one.reasons()).toEqual([{ code: 'PEER_REFUSED', text: 'pacs: status 0xA900' }]);
  });

  it.each<[Refusal]>([
    [{ code: 'PEER_NO_CONTEXT' }],
    [{ code: 'PEER_REFUSED', detail: 'status 0x0122' }],
    [{ code: 'PEER_REFUSED', detail: 'HTTP 409, reason 0x0122' }],
  ])('that the peer has no SOP class for is not taken, which is no failure: %o', async (refusal) => {
    const { destination } = refusing({ 'picture.dcm': refusal });
    await using one = await worldWith([destination]);
    await one.tryTo(REPORT);
    const row = await one.tryTo(PICTURE);
    expect(row).toMatchObject({ state: 'notTaken', attempts: 1, fault: refusal.code });
    expect(await one.state()).toBe('delivered');
    const events = await one.opened.catalogue.eventsOf(STUDY);
    const told = { destination: 'pacs', SOPInstanceUID: PICTURE, SOPClassUID: SECONDARY_CAPTURE };
    expect(events.find(({ kind }) => kind === 'delivery.notTaken')?.detail).toMatchObject(told);
    expect(await one.opened.reports.deadLetters()).toEqual([]);
    expect(await one.due()).toEqual([]);
  });

  it('that was asked for by name is given up when it is not taken, and the case names it', async () => {
    const refusal = { code: 'PEER_REFUSED', detail: 'status 0x0122' } as const;
    const { destination } = refusing({ 'picture.dcm': refusal }, { areSendsChosen: true });
    await using one = await worldWith([destination]);
    await one.tryTo(REPORT);
    expect(await one.tryTo(PICTURE)).toMatchObject({ state: 'gaveUp', refusals: 1 });
    expect(await one.state()).toBe('deliveryFailed');
    expect(await one.reasons()).toEqual([{ code: 'PEER_REFUSED', text: 'pacs: picture: status 0x0122' }]);
    const [letter, ...more] = await one.opened.reports.deadLetters();
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ kind: 'picture', companionOf: REPORT, isOutdated: false });
    // By the UID of its report, too.
    expect(await retryDeadLetters(one.world, { uid: REPORT, author: 'test' })).toHaveLength(1);
    expect(await one.due()).toEqual([PICTURE]);
  });

  it('that is refused for what it holds is given up, whoever asked', async () => {
    const { destination } = refusing({ 'picture.dcm': { code: 'PEER_REFUSED', detail: 'status 0xA900' } });
    await using one = await worldWith([destination]);
    await one.tryTo(REPORT);
    expect(await one.tryTo(PICTURE)).toMatchObject({ state: 'gaveUp' });
  });

  it('is no excuse for the report: an SR that is not taken is given up', async () => {
    const { destination } = refusing({ 'report.dcm': { code: 'PEER_NO_CONTEXT' } });
    await using one = await worldWith([destination]);
    expect(await one.tryTo(REPORT)).toMatchObject({ state: 'gaveUp' });
  });

  it('is proved under its own UID', async () => {
    const asked: ProofRequest[] = [];
    const { destination } = refusing(
      {},
      {
        prove: async (request) => {
          asked.push(request);
          return { kind: 'readBack', isFound: true };
        },
      },
    );
    await using one = await worldWith([destination]);
    await one.tryTo(REPORT);
    expect(await one.tryTo(PICTURE), 'the report was taken: it is not waited for').toMatchObject({
      state: 'taken',
    });
    await one.tryTo(REPORT);
    expect(await one.state()).toBe('delivering');
    expect(await one.tryTo(PICTURE)).toMatchObject({ state: 'delivered' });
    expect(asked.map(({ SOPInstanceUID, SOPClassUID }) => [SOPInstanceUID, SOPClassUID])).toContainEqual([
      PICTURE,
      SECONDARY_CAPTURE,
    ]);
    expect(await one.state()).toBe('delivered');
  });

  it('is not sent any more when its report has a successor', async () => {
    const { sent, destination } = refusing();
    await using one = await worldWith([destination]);
    await one.tryTo(REPORT);
    await one.opened.sql.batch(one.opened.reports.adding(reportRow({ SOPInstanceUID: '2.25.500' }), []));
    expect(await one.tryTo(PICTURE)).toMatchObject({ state: 'superseded', attempts: 0 });
    expect(sent).toEqual(['report.dcm']);
  });

  it('that was given up is outdated with its report, and is not tried again', async () => {
    const { destination } = refusing({ 'picture.dcm': { code: 'PEER_REFUSED', detail: 'status 0xA900' } });
    await using one = await worldWith([destination]);
    await one.tryTo(REPORT);
    await one.tryTo(PICTURE);
    // A newer companion is no successor.
    await one.opened.sql.batch(one.opened.reports.adding(beside('pdf', '2.25.310'), []));
    // Nor is the SEG of the baseline outdated by what its own study has.
    const seg = beside('seg', SEG_OF_BASELINE, { StudyInstanceUID: BASELINE });
    await one.opened.sql.batch(one.opened.reports.adding(seg, ['pacs'], STUDY));
    const row = (await one.opened.reports.delivery(SEG_OF_BASELINE, 'pacs'))!;
    await one.opened.reports.setDelivery({ ...row, state: 'gaveUp' });
    const outdated = async () => (await one.opened.reports.deadLetters()).map(({ isOutdated }) => isOutdated);
    expect(await outdated()).toEqual([false, false]);
    await one.opened.sql.batch(one.opened.reports.adding(reportRow({ SOPInstanceUID: '2.25.500' }), []));
    expect(await outdated()).toEqual([true, true]);
    expect(await retryDeadLetters(one.world, { author: 'test' })).toEqual([]);
  });

  it('is no report of its study, nor is the SEG of the baseline one of the baseline’s', async () => {
    const { destination } = refusing();
    await using one = await worldWith([destination]);
    const { reports } = one.opened;
    const seg = beside('seg', SEG_OF_BASELINE, { StudyInstanceUID: BASELINE });
    await one.opened.sql.batch(reports.adding(seg, ['pacs'], STUDY));
    expect((await reports.of(STUDY)).map(({ SOPInstanceUID }) => SOPInstanceUID)).toEqual([REPORT]);
    expect(await reports.of(BASELINE)).toEqual([]);
    expect(await reports.report(SEG_OF_BASELINE)).toMatchObject({ StudyInstanceUID: BASELINE });
    expect(await reports.delivery(SEG_OF_BASELINE, 'pacs')).toMatchObject({ StudyInstanceUID: STUDY });
    // The case waits for it.
    await one.tryTo(REPORT);
    await one.tryTo(PICTURE);
    expect(await one.state()).toBe('delivering');
    await one.tryTo(SEG_OF_BASELINE);
    expect(await one.state()).toBe('delivered');
  });

  it('a SEG that is not taken is no failure, also where the objects were chosen by name', async () => {
    const { destination } = refusing({ 'seg.dcm': { code: 'PEER_NO_CONTEXT' } }, { areSendsChosen: true });
    await using one = await worldWith([destination]);
    await one.opened.sql.batch(one.opened.reports.adding(beside('seg', SEG_OF_BASELINE), ['pacs']));
    await one.tryTo(REPORT);
    expect(await one.tryTo(SEG_OF_BASELINE)).toMatchObject({ state: 'notTaken' });
  });

  it('goes alone to a destination that gets no SR', async () => {
    const { sent, destination } = refusing();
    await using one = await worldWith([destination]);
    await one.opened.sql.query('DELETE FROM "delivery" WHERE "SOPInstanceUID" = $1', [REPORT]);
    expect(await one.due()).toEqual([PICTURE]);
    await one.tryTo(PICTURE);
    expect(sent).toEqual(['picture.dcm']);
    expect(await one.state()).toBe('delivered');
  });

  it('after a crash its case follows at the next sweep, and not before it is done', async () => {
    const { destination } = refusing();
    await using one = await worldWith([destination]);
    const done = async (SOPInstanceUID: string) =>
      one.opened.reports.setDelivery({
        ...(await one.opened.reports.delivery(SOPInstanceUID, 'pacs'))!,
        state: 'delivered',
      });
    await done(REPORT);
    await sweep(one.world);
    expect(await one.state()).toBe('reported');
    await done(PICTURE);
    await sweep(one.world);
    expect(await one.state()).toBe('delivered');
  });

  it('to a node that was taken out holds nothing up, and is named once', async () => {
    const { destination } = refusing();
    await using one = await worldWith([destination, { ...destination, name: 'old' }]);
    const world = {
      ...one.world,
      destinations: new Map([['pacs', destination] as const]),
      whyAway: (name: string) => (name === 'old' ? new Fault('NODE_OFF', 'the node is off') : undefined),
    };
    for (const SOPInstanceUID of [REPORT, PICTURE]) {
      const key = deliveryKey({ SOPInstanceUID, destination: 'pacs' });
      await deliver(world, { kind: 'deliver', key }, never);
    }
    expect(await one.state()).toBe('delivered');
    expect(await one.reasons()).toEqual([{ code: 'NODE_OFF', text: 'old: waits: the node is off' }]);
  });
});

describe('the language of a report', () => {
  const SR = '1.2.840.10008.5.1.4.1.1.88.33';
  const SR_3D = '1.2.840.10008.5.1.4.1.1.88.34';
  const forms = [
    ['en3d', SR_3D, 'en'],
    ['zh', SR, 'zh'],
    ['zh3d', SR_3D, 'zh'],
  ] as const;

  async function sentTo(more: Partial<Destination>, known: readonly string[], refused?: string) {
    const refusal = { code: 'PEER_NO_CONTEXT' } as const;
    const { sent, destination } = refusing(refused ? { [refused]: refusal } : {}, more);
    await using one = await deliveryWorld([destination]);
    for (const [name, SOPClassUID, language] of forms.filter(([each]) => known.includes(each))) {
      const file = `${name}.dcm`;
      await copyFile(one.file('report.dcm'), one.file(file));
      const SOPInstanceUID = `2.25.${600 + all.indexOf(name)}`;
      const made = { SOPInstanceUID, SOPClassUID, SeriesInstanceUID: '2.25.4', StudyInstanceUID: STUDY };
      await one.opened.sql.batch([one.opened.renditions.adding(REPORT, { ...made, file, language })]);
    }
    await one.tryOnce();
    return sent;
  }
  const all = ['en3d', 'zh', 'zh3d'];

  it('and its class are those that the destination wants', async () => {
    expect(await sentTo({ srSopClasses: [SR], language: 'en' }, all)).toEqual(['report.dcm']);
    expect(await sentTo({ srSopClasses: [SR], language: 'zh' }, all)).toEqual(['zh.dcm']);
    expect(await sentTo({ srSopClasses: [SR_3D], language: 'zh' }, all)).toEqual(['zh3d.dcm']);
    expect(await sentTo({ srSopClasses: [SR_3D], language: 'en' }, all)).toEqual(['en3d.dcm']);
  });

  it('stays the same when the class is refused', async () => {
    const both = [SR, SR_3D];
    expect(await sentTo({ srSopClasses: both, language: 'zh' }, all, 'zh.dcm')).toEqual(['zh3d.dcm']);
    expect(await sentTo({ srSopClasses: both, language: 'zh' }, ['zh', 'en3d'], 'zh.dcm')).toEqual([]);
  });

  it('is the report’s own where it was made before the language was asked for', async () => {
    expect(await sentTo({ srSopClasses: [SR_3D], language: 'zh' }, ['en3d'])).toEqual(['en3d.dcm']);
    expect(await sentTo({ srSopClasses: [SR_3D], language: 'zh' }, [])).toEqual(['report.dcm']);
  });
});

describe('a report that tells why its case is held', () => {
  const because = [{ code: 'OUT_OF_SCOPE', text: 'QC-01 contrast: given' }];

  async function heldWorld(reasons = because) {
    const { sent, destination } = refusing();
    const one = await worldWith([destination]);
    await one.opened.sql.query('UPDATE "report" SET "heldBecause" = $1', [JSON.stringify(because)]);
    await one.opened.catalogue.move((await one.opened.catalogue.study(STUDY))!, { state: 'held', reasons });
    return { ...one, sent };
  }

  it('goes out with what is beside it while the case is held for that, and the case stays as it is', async () => {
    await using one = await heldWorld();
    const before = await one.opened.catalogue.study(STUDY);
    expect(await one.due()).toEqual([REPORT]);
    await one.tryTo(REPORT);
    await one.tryTo(PICTURE);
    await sweep(one.world);
    expect(one.sent).toEqual(['report.dcm', 'picture.dcm']);
    expect(await one.opened.catalogue.study(STUDY)).toEqual(before);
    expect(await one.opened.reports.delivery(REPORT, 'pacs')).toMatchObject({ state: 'delivered' });
  });

  it('stays while the case is held for something else', async () => {
    await using one = await heldWorld([{ code: 'IDENTITY_CONFLICT', text: 'two patients' }]);
    expect(await one.due()).toEqual([]);
    expect(await one.tryTo(REPORT)).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(one.sent).toEqual([]);
  });

  it.each(['receiving', 'ready', 'scoring', 'waitingForMask'] as const)(
    'stays while the case is %s',
    async (state) => {
      await using one = await heldWorld();
      await one.opened.catalogue.move((await one.opened.catalogue.study(STUDY))!, {
        state,
        reasons: because,
      });
      expect(await one.due()).toEqual([]);
      await one.tryTo(REPORT);
      expect(one.sent).toEqual([]);
    },
  );

  it.each([
    ['another one of the same kind', because, 'held'],
    ['a score', null, 'reported'],
  ] as const)('is ended by %s', async (_, heldBecause, state) => {
    await using one = await heldWorld();
    await one.opened.sql.batch(
      one.opened.reports.adding(reportRow({ SOPInstanceUID: '2.25.500', heldBecause }), []),
    );
    const study = (await one.opened.catalogue.study(STUDY))!;
    await one.opened.catalogue.move(study, { state, reasons: because });
    expect(await one.tryTo(REPORT)).toMatchObject({ state: 'superseded', attempts: 0 });
    expect(await one.tryTo(PICTURE)).toMatchObject({ state: 'superseded', attempts: 0 });
    expect(one.sent).toEqual([]);
  });

  it('an older score that was not sent yet does not go out meanwhile', async () => {
    await using one = await heldWorld();
    await one.opened.sql.query('UPDATE "report" SET "heldBecause" = NULL');
    expect(await one.due()).toEqual([]);
    await one.tryTo(REPORT);
    expect(one.sent).toEqual([]);
  });
});

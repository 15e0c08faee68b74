/** Who may have a report is known also when nobody heard how its sending ended, and its rejection note comes after it. */
import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { beginSending } from '../../../src/catalogue/sendings.ts';
import { readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { Fault } from '../../../src/fault.ts';
import { sweep } from '../../../src/pipeline/assemble.ts';
import { retryDeadLetters } from '../../../src/pipeline/dead-letters.ts';
import { deliver, deliveryKey } from '../../../src/pipeline/deliver.ts';
import { withdraw } from '../../../src/pipeline/withdraw.ts';
import type { Destination } from '../../../src/ports.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { STUDY } from '../catalogue/opened.ts';
import { deliveryWorld, REPORT } from './delivery-world.ts';

const request = {
  reason: 'quality',
  quality: 'other',
  text: 'wrong mask',
  installationUid: '2.25.9',
  author: 'me',
} as const;
const never = new AbortController().signal;
const RENDITION = '2.25.555';
const ENHANCED_SR = '1.2.840.10008.5.1.4.1.1.88.22';

/** One destination whose sendings go on like this, in turn; `arrived`: what it has then. */
async function worldOf(ends: ((one: World) => Promise<unknown>)[], more: Partial<Destination> = {}) {
  const arrived: string[] = [];
  const stored: Record<string, Uint8Array> = {};
  const object = (SOPInstanceUID: string) =>
    writePart10({ ...readPart10(ctSlice({ size: 8 })), StudyInstanceUID: STUDY, SOPInstanceUID });
  const pacs: Destination = {
    name: 'pacs',
    ...more,
    send: async (path) => {
      const name = path.split('/').at(-1)!;
      await ends.shift()?.(one);
      arrived.push(
        name === 'report.dcm' || name === 'rendition.dcm' || name === 'picture.dcm' ? name : 'note',
      );
      return { status: 0, warning: false };
    },
  };
  const base = await deliveryWorld([pacs]);
  stored['report.dcm'] = object(REPORT);
  stored['rendition.dcm'] = object(RENDITION);
  await writeFile(base.file('rendition.dcm'), stored['rendition.dcm']);
  const { reports, catalogue } = base.opened;
  const files = {
    read: async (file: string) => stored[file] ?? object('2.25.700'),
    put: async (file: string, bytes: Uint8Array) => {
      stored[file] = bytes;
    },
  };
  const one = {
    ...base,
    arrived,
    files,
    withdraw: () => withdraw({ ...base.world, files } as never, REPORT, request),
    /** The deliveries of the note, and in how many seconds they are due. */
    noteTo: async () =>
      (await reports.deliveriesOf(STUDY))
        .filter(({ SOPInstanceUID }) => SOPInstanceUID.length > 30)
        .map(({ destination, state, nextAttemptAt }) => ({
          destination,
          state,
          inSeconds: (nextAttemptAt.getTime() - base.opened.clock().getTime()) / 1000,
        })),
    /** Everything that is due now is tried. */
    sendDue: async () => {
      await sweep(base.world as never);
      for (const row of await reports.deliveriesDue(base.opened.clock(), 'pacs', 9))
        await deliver(base.world, { kind: 'deliver', key: deliveryKey(row) }, never);
    },
    noteNames: (note: string, uid: string) =>
      JSON.stringify(readPart10(stored[`reports/${STUDY}/${note}.dcm`]!)).includes(`"${uid}"`),
    withdrawals: async () =>
      (await catalogue.eventsOf(STUDY)).filter(({ kind }) => kind === 'report.withdrawn').length,
  };
  return one;
}
type World = Readonly<{ withdraw: () => ReturnType<typeof withdraw>; sendDue: () => Promise<void> }>;

const killed = () => Promise.reject(new Error('killed'));
const failing =
  (code: 'PEER_TIMEOUT' | 'PEER_UNREACHABLE' | 'PEER_REFUSED' | 'PEER_NO_CONTEXT', detail: string) => () =>
    Promise.reject(new Fault(code, detail));
const NO_ANSWER = failing('PEER_TIMEOUT', 'no answer');
const NOBODY_LISTENS = failing('PEER_UNREACHABLE', 'ECONNREFUSED');

/** As a process that dies within the sending leaves it: nothing of its end is written. */
async function killedWhileSending() {
  const one = await worldOf([killed]);
  const { reports } = one.opened;
  const write = reports.setDelivery.bind(reports);
  reports.setDelivery = killed as never;
  await expect(one.tryOnce()).rejects.toThrow('killed');
  reports.setDelivery = write;
  return one;
}

it('a report whose sending was cut off by the end of the process is followed by a note, when it cannot be under way any more', async () => {
  await using one = await killedWhileSending();
  expect(await one.row()).toMatchObject({ state: 'waiting', attempts: 0, fault: null });
  expect((await one.withdraw())?.destinations).toEqual(['pacs']);
  expect(await one.row()).toMatchObject({ state: 'withdrawn' });
  await one.sendDue();
  expect(await one.noteTo()).toEqual([{ destination: 'pacs', state: 'waiting', inSeconds: 10 }]);
  one.opened.tick(599_000);
  await one.sendDue();
  expect(one.arrived).toEqual([]);
  one.opened.tick(10_000);
  await one.sendDue();
  expect(one.arrived).toEqual(['note']);
  expect(await one.noteTo()).toMatchObject([{ state: 'delivered' }]);
});

it('a note waits for the report that is on its way, and goes when that has come', async () => {
  await using one = await worldOf([
    async (world) => {
      await world.withdraw();
      await world.sendDue();
    },
  ]);
  expect(await one.tryOnce()).toMatchObject({ state: 'delivered' });
  expect(one.arrived).toEqual(['report.dcm']);
  expect(await one.noteTo()).toEqual([{ destination: 'pacs', state: 'waiting', inSeconds: 0 }]);
  await one.sendDue();
  expect(one.arrived).toEqual(['report.dcm', 'note']);
  expect(await one.noteTo()).toMatchObject([{ state: 'delivered' }]);
});

it('a report that is withdrawn while it is sent is followed by a note, also when the answer never comes', async () => {
  await using one = await worldOf([
    async (world) => {
      expect((await world.withdraw())?.destinations).toEqual(['pacs']);
      await NO_ANSWER();
    },
  ]);
  expect(await one.tryOnce()).toMatchObject({ state: 'withdrawn' });
  // The try is over: nothing can come after the note any more.
  await one.sendDue();
  expect(one.arrived).toEqual(['note']);
});

it('a note that went out before a report which took very long goes out once more after it', async () => {
  await using one = await worldOf([
    async (world) => {
      await world.withdraw();
      one.opened.tick(700_000);
      await world.sendDue();
    },
  ]);
  await one.tryOnce();
  expect(one.arrived).toEqual(['note', 'report.dcm']);
  await one.sendDue();
  expect(one.arrived).toEqual(['note', 'report.dcm', 'note']);
});

/** Something happens just before the batch of a withdrawal, once. */
function justBefore(one: Awaited<ReturnType<typeof worldOf>>, happens: () => Promise<unknown>): void {
  const { sql } = one.opened;
  const batch = sql.batch.bind(sql);
  sql.batch = async (statements) => {
    sql.batch = batch;
    await happens();
    return batch(statements);
  };
}

it('a sending that begins just after it was looked who has the report is looked at, too', async () => {
  await using one = await worldOf([]);
  justBefore(one, async () => expect(await beginSending(one.opened.reports, await one.row())).toBeDefined());
  expect((await one.withdraw())?.destinations).toEqual(['pacs']);
  expect((await one.noteTo()).map(({ destination }) => destination)).toEqual(['pacs']);
  expect(await one.withdrawals()).toBe(1);
});

it('a sending that begins once more, or in the stead of another, just after it was looked is seen, too', async () => {
  await using one = await worldOf([NO_ANSWER]);
  const row = await one.tryOnce();
  let looks = 0;
  const { sql, reports } = one.opened;
  const batch = sql.batch.bind(sql);
  sql.batch = async (statements) => {
    if (!statements.some(({ text }) => text.includes('"withdrawal"'))) return batch(statements);
    looks += 1;
    if (looks === 1) expect(await beginSending(reports, row)).toBeDefined();
    return batch(statements);
  };
  expect((await one.withdraw())?.destinations).toEqual(['pacs']);
  expect(looks).toBe(2);
  // Both looks made the same note: its file stays.
  expect(await sql.query('SELECT 1 FROM "removal"')).toEqual([]);
});

it('what is made and sent beside the report just after it was looked is taken back, too', async () => {
  await using one = await worldOf([]);
  await one.tryOnce();
  const { reports, sql } = one.opened;
  const PICTURE = '2.25.700';
  await writeFile(one.file('picture.dcm'), ctSlice({ size: 8 }));
  justBefore(one, async () => {
    const picture = {
      SOPInstanceUID: PICTURE,
      kind: 'picture',
      companionOf: REPORT,
      file: 'picture.dcm',
    } as const;
    await sql.batch(reports.adding({ ...(await reports.report(REPORT))!, ...picture }, ['pacs'], STUDY));
    await deliver(
      one.world,
      { kind: 'deliver', key: deliveryKey({ SOPInstanceUID: PICTURE, destination: 'pacs' }) },
      never,
    );
  });
  const done = (await one.withdraw())!;
  expect(one.arrived).toEqual(['report.dcm', 'picture.dcm']);
  expect(await reports.withdrawalOf(PICTURE)).toMatchObject({ note: done.note });
  expect(one.noteNames(done.note, PICTURE)).toBe(true);
  // The note of the first look names less, and is another one, which nobody gets.
  const removed = await sql.query<{ file: string }>('SELECT "file" FROM "removal"');
  expect(removed).toHaveLength(1);
  expect(removed[0]!.file).not.toContain(done.note);
});

it('two persons who withdraw the same report at once withdraw it once', async () => {
  await using one = await worldOf([]);
  await one.tryOnce();
  const both = await Promise.all([one.withdraw(), one.withdraw()]);
  expect(both.filter((done) => done !== undefined)).toHaveLength(1);
  expect(await one.withdrawals()).toBe(1);
  // Also where the second one came to its end while the first did not hold the case any more.
  const { reports, sql } = one.opened;
  const again = { ...(await reports.withdrawalOf(REPORT))!, note: '2.25.999' };
  expect(await sql.batch(reports.withdrawing(again))).toBe(false);
});

it.each([
  ['while it is sent', 'withdraw'],
  ['after nobody answered', 'fail'],
  ['after it was taken', 'take'],
] as const)('the note names the form in which the report went out, or may have, %s', async (_when, how) => {
  let note = '';
  await using one = await worldOf(
    [
      async (world) => {
        if (how === 'withdraw') note = (await world.withdraw())!.note;
        if (how === 'fail') await NO_ANSWER();
      },
    ],
    { srSopClasses: [ENHANCED_SR] },
  );
  const form = { ...(await one.opened.reports.report(REPORT))!, SOPInstanceUID: RENDITION };
  const made = { ...form, SOPClassUID: ENHANCED_SR, file: 'rendition.dcm' };
  await one.opened.sql.batch([one.opened.renditions.adding(REPORT, made)]);
  await one.tryOnce();
  if (how !== 'fail') expect(one.arrived).toEqual(['rendition.dcm']);
  note ||= (await one.withdraw())!.note;
  for (const uid of [REPORT, RENDITION]) expect(one.noteNames(note, uid)).toBe(true);
});

it('the note names a form that may have come before another one was taken, and none that was refused', async () => {
  const OTHER = '2.25.556';
  await using one = await worldOf(
    [NO_ANSWER, failing('PEER_REFUSED', 'status 0xC001'), async () => undefined],
    { srSopClasses: [ENHANCED_SR, '1.2.840.10008.5.1.4.1.1.88.34'] },
  );
  const { reports, renditions, sql } = one.opened;
  const form = (await reports.report(REPORT))!;
  await writeFile(one.file('picture.dcm'), ctSlice({ size: 8 }));
  const forms = [
    { ...form, SOPInstanceUID: RENDITION, SOPClassUID: ENHANCED_SR, file: 'rendition.dcm' },
    { ...form, SOPInstanceUID: OTHER, SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.34', file: 'picture.dcm' },
  ];
  await sql.batch(forms.map((each) => renditions.adding(REPORT, each)));
  await one.tryOnce();
  expect((await renditions.sentOf(REPORT)).map(({ SOPInstanceUID }) => SOPInstanceUID)).toEqual([RENDITION]);
  expect(await one.tryOnce()).toMatchObject({ state: 'delivered' });
  const { note } = (await one.withdraw())!;
  for (const uid of [REPORT, RENDITION, OTHER]) expect(one.noteNames(note, uid)).toBe(true);
});

it('a form that was refused, and no other, is not named', async () => {
  await using one = await worldOf([failing('PEER_NO_CONTEXT', 'none')], {
    srSopClasses: [ENHANCED_SR, '1.2.840.10008.5.1.4.1.1.88.33'],
  });
  const form = { ...(await one.opened.reports.report(REPORT))!, SOPInstanceUID: RENDITION };
  const made = { ...form, SOPClassUID: ENHANCED_SR, file: 'rendition.dcm' };
  await one.opened.sql.batch([one.opened.renditions.adding(REPORT, made)]);
  expect(await one.tryOnce()).toMatchObject({ state: 'delivered' });
  expect(one.arrived).toEqual(['report.dcm']);
  const { note } = (await one.withdraw())!;
  expect([REPORT, RENDITION].map((uid) => one.noteNames(note, uid))).toEqual([true, false]);
});

it.each(['withdrawn', 'held', 'succeeded'] as const)(
  'nothing leaves any more of a report that was %s after it was looked whether it may',
  async (change) => {
    await using one = await worldOf([]);
    const { reports, sql } = one.opened;
    const { regular } = one.world.files as { regular: (file: string) => Promise<string> };
    const meanwhile = async (file: string) => {
      if (change === 'withdrawn') await one.withdraw();
      if (change === 'held') await sql.query(`UPDATE "study" SET "state" = 'held'`);
      if (change === 'succeeded')
        await sql.batch(
          reports.adding({ ...(await reports.report(REPORT))!, SOPInstanceUID: '2.25.101' }, []),
        );
      return regular(file);
    };
    Object.assign(one.world.files, { regular: meanwhile });
    const state = change === 'withdrawn' ? 'withdrawn' : 'waiting';
    expect(await one.tryOnce()).toMatchObject({ state, attempts: 0, begunAt: null });
    expect(one.arrived).toEqual([]);
    expect(await one.noteTo()).toEqual([]);
  },
);

it.each([
  [failing('PEER_REFUSED', 'status 0xA700'), []],
  [NOBODY_LISTENS, []],
  [failing('PEER_UNREACHABLE', 'closed before the final response'), ['pacs']],
] as const)('a note goes to those alone who may have the report: %#', async (end, holders) => {
  await using one = await worldOf([end]);
  expect(await one.tryOnce()).toMatchObject({ state: 'waiting', attempts: 1 });
  expect((await one.withdraw())?.destinations).toEqual(holders);
  expect((await one.noteTo()).map(({ destination }) => destination)).toEqual(holders);
});

it('a form that was refused leaves nothing there, also when the next one must not leave any more', async () => {
  await using one = await worldOf(
    [
      async () => {
        await one.opened.sql.query(`UPDATE "study" SET "state" = 'held'`);
        await failing('PEER_NO_CONTEXT', 'none')();
      },
    ],
    { srSopClasses: [ENHANCED_SR, '1.2.840.10008.5.1.4.1.1.88.33'] },
  );
  const form = { ...(await one.opened.reports.report(REPORT))!, SOPInstanceUID: RENDITION };
  const made = { ...form, SOPClassUID: ENHANCED_SR, file: 'rendition.dcm' };
  await one.opened.sql.batch([one.opened.renditions.adding(REPORT, made)]);
  expect(await one.tryOnce()).toMatchObject({ attempts: 1, fault: 'PEER_NO_CONTEXT', begunAt: null });
});

it('what a try may have left there counts also when the next one is refused, and after a person had it tried again', async () => {
  await using one = await worldOf([NO_ANSWER, NOBODY_LISTENS]);
  await one.tryOnce();
  const row = await one.tryOnce();
  expect(row).toMatchObject({ attempts: 2, fault: 'PEER_UNREACHABLE', comment: 'ECONNREFUSED' });
  await one.opened.reports.setDelivery({ ...row, attempts: 0 });
  expect((await one.withdraw())?.destinations).toEqual(['pacs']);
});

it.each([
  ['tried again in vain', { state: 'waiting' as const }],
  ['given up, and tried again by a person', { state: 'gaveUp' as const }],
])(
  'what a try of before beginnings were noted may have left counts on when it is %s',
  async (_how, { state }) => {
    await using one = await worldOf([NOBODY_LISTENS]);
    const old = { attempts: 1, fault: 'PEER_TIMEOUT', comment: 'no answer', begunAt: null };
    await one.opened.reports.setDelivery({ ...(await one.row()), ...old, state });
    if (state === 'gaveUp') await retryDeadLetters(one.world, { author: 'me' });
    await one.tryOnce();
    expect(await one.row()).toMatchObject({ fault: 'PEER_UNREACHABLE', comment: 'ECONNREFUSED' });
    expect((await one.withdraw())?.destinations).toEqual(['pacs']);
  },
);

import { afterEach, describe, expect, it } from 'vitest';
import type { Reason } from '../../../src/catalogue/rows.ts';
import { readPart10 } from '../../../src/dicom/part10.ts';
import { Fault } from '../../../src/fault.ts';
import type { CompanionMaker } from '../../../src/pipeline/companion-maker.ts';
import { deliver, deliveryKey } from '../../../src/pipeline/deliver.ts';
import { outcomeOf } from '../../../src/pipeline/evaluate.ts';
import { wantedOf } from '../../../src/pipeline/wanted.ts';
import { SR_SOP_CLASSES } from '../../../src/sr/identity.ts';
import type { ReportContent } from '../../../src/sr/report.ts';
import { reportCases } from '../../support/report-content.ts';
import {
  CONTENT,
  destination,
  HELD,
  type MakingWorld,
  make,
  making,
  makingWorld,
  never,
  FOLLOW_UP as StudyInstanceUID,
} from './making-world.ts';

const BASELINE = CONTENT.baseline.measurement.header.StudyInstanceUID;
const { comprehensive, comprehensive3d } = SR_SOP_CLASSES;

let one: MakingWorld;
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});
async function worldWith(...which: Parameters<typeof makingWorld>): Promise<MakingWorld> {
  one = await makingWorld(...which);
  open.push(one);
  return one;
}
const reports = () => one.made();
const deliveries = () => one.deliveries();

describe('the outcome of a case', () => {
  const {
    normalised,
    'no-normalisation': without,
    'not-evaluable': none,
    progression,
  } = reportCases() as Record<string, ReportContent>;
  const of = (content: ReportContent, obstacles: readonly Reason[] = []) =>
    outcomeOf({ score: content.score, content }, obstacles);
  it('is a score, a delta alone, or nothing that can be evaluated', () => {
    expect(of(normalised!)).toBe('scored');
    expect(of(without!)).toBe('deltaOnly');
    expect(of(progression!)).toBe('progression');
    expect(of(none!, HELD)).toBe('notEvaluable');
    expect(of(normalised!, HELD)).toBe('notEvaluable');
  });
});

describe('what is made of a report', () => {
  const all = [
    destination('pacs', { sends: ['sr', 'picture'] }),
    destination('viewer', { sends: ['sr', 'view'], srSopClasses: [comprehensive3d] }),
    destination('ward', { sends: ['sr', 'picture', 'pdf'], language: 'zh', srSopClasses: [comprehensive3d] }),
    destination('screen', { sends: ['picture'], language: 'zh' }),
  ];
  const makers = { picture: making('picture'), pdf: making('pdf'), view: making('view') };

  it('is every form of the SR that somebody wants, once, and nothing that nobody wants', async () => {
    await make(await worldWith(all, makers));
    const [report, ...more] = await reports();
    expect(more).toEqual([]);
    expect(report).toMatchObject({
      SOPClassUID: comprehensive,
      language: 'en',
      kind: 'sr',
      heldBecause: null,
    });
    const forms = await one.opened.renditions.of(report!.SOPInstanceUID);
    expect(forms.map(({ SOPClassUID, language }) => [SOPClassUID, language])).toEqual([
      [comprehensive3d, 'en'],
      [comprehensive3d, 'zh'],
    ]);
    const uids = [report!, ...forms].map(({ SOPInstanceUID }) => SOPInstanceUID);
    expect(new Set(uids).size).toBe(3);
    for (const { file, SOPInstanceUID, SOPClassUID } of [report!, ...forms]) {
      expect(readPart10(one.stored.get(file)!)).toMatchObject({ SOPInstanceUID, SOPClassUID });
    }
  });

  it('is what goes beside it, in the language of who gets it', async () => {
    await make(await worldWith(all, makers));
    expect(await deliveries()).toEqual({
      pacs: ['picture en', 'sr en'],
      viewer: ['sr en', 'view en'],
      ward: ['pdf zh', 'picture zh', 'sr en'],
      screen: ['picture zh'],
    });
    const [report] = await reports();
    const beside = await one.opened.reports.companionsOf(report!.SOPInstanceUID);
    expect(beside.map(({ kind, language }) => `${kind} ${language}`)).toEqual([
      'pdf zh',
      'picture en',
      'picture zh',
      'picture zh',
      'view en',
    ]);
    // The SR first, except where none goes.
    const rows = await one.opened.reports.deliveriesOf(StudyInstanceUID);
    const picture = rows.find((row) => row.destination === 'screen')!;
    const woken = ['pacs', 'viewer', 'ward'].map((name) => `${report!.SOPInstanceUID} ${name}`);
    expect((await one.jobs()).sort()).toEqual([...woken, `${picture.SOPInstanceUID} screen`].sort());
  });

  it('names the predecessor of the same class and language', async () => {
    const world = await worldWith(all);
    await make(world);
    await make(world, [], { ...CONTENT, isUnanswered: true });
    const [first, second] = await reports();
    const [before, after] = await Promise.all(
      [first, second].map((each) => one.opened.renditions.of(each!.SOPInstanceUID)),
    );
    const predecessor = (file: string) =>
      JSON.stringify(readPart10(one.stored.get(file)!)['PredecessorDocumentsSequence']);
    expect(predecessor(second!.file)).toContain(first!.SOPInstanceUID);
    for (const at of [0, 1]) expect(predecessor(after![at]!.file)).toContain(before![at]!.SOPInstanceUID);
  });

  it('is a kind without a maker left out', async () => {
    const row = await make(await worldWith(all, { picture: makers.picture }));
    expect(await deliveries()).toMatchObject({ pacs: ['picture en', 'sr en'], viewer: ['sr en'] });
    expect(row).toMatchObject({ state: 'reported', reasons: [] });
  });

  it('are the masks, where they are wanted: for all that get the SR, in whatever study they are', async () => {
    const seg: CompanionMaker = async (request, signal) => [
      ...(await making('seg')(request, signal)),
      ...(await making('seg', BASELINE)(request, signal)),
    ];
    await make(await worldWith([...all, destination('other')], { seg }, true));
    const [, pacs] = Object.entries(await deliveries()).find(([name]) => name === 'pacs')!;
    expect(pacs).toEqual(['seg en', 'seg en', 'sr en']);
    expect(await deliveries()).not.toHaveProperty('screen');
    const [report] = await reports();
    const studies = (await one.opened.reports.companionsOf(report!.SOPInstanceUID)).map(
      (each) => each.StudyInstanceUID,
    );
    expect(new Set(studies)).toEqual(new Set([StudyInstanceUID, BASELINE]));
    expect(await one.opened.reports.deliveriesOf(BASELINE)).toEqual([]);
    await make(await worldWith(all, { seg }, false));
    expect((await deliveries())['pacs']).toEqual(['sr en']);
  });

  it('is for destinations that want such an outcome', async () => {
    const on = [
      destination('scores', { reportsOn: ['scored'] }),
      destination('growth', { reportsOn: ['progression'] }),
      destination('default'),
    ];
    await make(await worldWith(on));
    expect(await deliveries()).toEqual({ default: ['sr en'], scores: ['sr en'] });
    const { 'no-normalisation': deltaOnly } = reportCases();
    await make(await worldWith(on), [], deltaOnly!);
    expect(await deliveries()).toEqual({ default: ['sr en'] });
    const world = await worldWith(on);
    expect(wantedOf(world, 'progression').sr).toEqual(['growth', 'default']);
    expect(wantedOf(world, 'notEvaluable')).toEqual({ sr: [], forms: [], companions: [] });
  });

  it('that nobody wants stays with its case, which says so', async () => {
    const row = await make(await worldWith([destination('growth', { reportsOn: ['progression'] })]));
    expect(row).toMatchObject({ state: 'reported', reasons: [{ code: 'REPORT_UNWANTED' }] });
    expect(await reports()).toHaveLength(1);
    expect(await deliveries()).toEqual({});
    expect(await one.opened.reports.studiesBehindTheirDeliveries(['growth'])).toEqual([]);
  });

  it('that nobody wants is not looked at again and again, also when an older one was delivered', async () => {
    const world = await worldWith([destination('scores', { reportsOn: ['scored'] })]);
    await make(world);
    await one.opened.sql.query(`UPDATE "delivery" SET "state" = 'delivered'`);
    expect(await one.opened.reports.studiesBehindTheirDeliveries(['scores'])).toEqual([StudyInstanceUID]);
    const { 'no-normalisation': deltaOnly } = reportCases();
    expect(await make(world, [], deltaOnly!)).toMatchObject({ state: 'reported' });
    expect(await one.opened.reports.studiesBehindTheirDeliveries(['scores'])).toEqual([]);
  });

  it('is nothing when an object arrived meanwhile', async () => {
    const world = await worldWith(all, makers, true);
    const arriving: CompanionMaker = async (request, signal) => {
      await one.opened.sql.query('UPDATE "study" SET "state" = \'receiving\'');
      return making('seg')(request, signal);
    };
    await make({ ...world, companions: { ...makers, seg: arriving } });
    expect(await reports()).toEqual([]);
    expect(await deliveries()).toEqual({});
  });
});

describe('something beside the report that cannot be made', () => {
  const secret = 'DOE^JANE';
  const failing: CompanionMaker = async () => {
    throw new Error(secret);
  };
  const wanting = [destination('pacs', { sends: ['sr', 'picture', 'pdf'] })];

  it('does not keep the SR back: the case says what is missing, also when it is delivered', async () => {
    const world = await worldWith(wanting, { picture: failing, pdf: making('pdf') });
    const row = await make(world);
    const text = 'The report goes out without its picture (en): INTERNAL';
    expect(row).toMatchObject({ state: 'reported', reasons: [{ code: 'COMPANION_MISSING', text }] });
    expect(await deliveries()).toEqual({ pacs: ['pdf en', 'sr en'] });
    const events = await one.opened.catalogue.eventsOf(StudyInstanceUID);
    expect(events.find(({ kind }) => kind === 'companion.failed')?.detail).toEqual({
      kind: 'picture',
      language: 'en',
      destinations: ['pacs'],
      fault: 'INTERNAL',
    });
    expect(world.log.lines).toContainEqual({
      level: 'warn',
      event: 'companion.failed',
      fields: { StudyInstanceUID, kind: 'picture', code: 'INTERNAL' },
    });
    expect(JSON.stringify([events, world.log.lines, row])).not.toContain(secret);

    for (let at = 0; at < 2; at++) {
      for (const { SOPInstanceUID } of await one.opened.reports.deliveriesDue(
        one.opened.clock(),
        'pacs',
        4,
      )) {
        const key = deliveryKey({ SOPInstanceUID, destination: 'pacs' });
        await deliver(world, { kind: 'deliver', key }, never);
        const { state, reasons } = (await one.opened.catalogue.study(StudyInstanceUID))!;
        expect(reasons, state).toEqual([{ code: 'COMPANION_MISSING', text }]);
      }
    }
    expect((await one.opened.catalogue.study(StudyInstanceUID))?.state).toBe('delivered');
  });

  it('is missing, too, when its UID is that of another report’s', async () => {
    const same: CompanionMaker = async (request, signal) =>
      making('picture')({ ...request, report: { ...request.report, SOPInstanceUID: '2.25.1' } }, signal);
    const world = await worldWith(wanting, { picture: same });
    expect((await make(world)).reasons).toEqual([]);
    const again = await make(world, [], { ...CONTENT, isUnanswered: true });
    expect(again.reasons).toMatchObject([{ code: 'COMPANION_MISSING' }]);
  });

  it('before it because the service stops is no fault: all of it is made again', async () => {
    const stop = new AbortController();
    const stopping: CompanionMaker = async () => {
      stop.abort();
      throw new Fault('INTERNAL');
    };
    const world = await worldWith(wanting, { seg: stopping }, true);
    await expect(make(world, [], CONTENT, stop.signal)).rejects.toThrow();
    expect(await reports()).toEqual([]);
  });
});

describe('a case that a rule holds', () => {
  const wanting = [
    destination('pacs', { reportsOn: ['scored', 'notEvaluable'], sends: ['sr', 'picture'] }),
    destination('other'),
  ];
  const makers = { picture: making('picture') };

  it('is held, and its report goes to those that want it', async () => {
    const row = await make(await worldWith(wanting, makers), HELD);
    expect(row).toMatchObject({ state: 'held', reasons: HELD });
    const [report] = await reports();
    expect(report).toMatchObject({ heldBecause: HELD });
    expect(await deliveries()).toEqual({ pacs: ['picture en', 'sr en'] });
    const due = () => one.opened.reports.deliveriesDue(one.opened.clock(), 'pacs', 4);
    expect(await due()).toMatchObject([{ SOPInstanceUID: report!.SOPInstanceUID }]);
  });

  it('is not told twice: the same again makes nothing, and keeps the case held with its reasons', async () => {
    const world = await worldWith(wanting, makers);
    await make(world, HELD);
    const [first] = await reports();
    const before = new Map(one.stored);
    one.opened.tick(3_600_000);
    expect(await make(world, HELD)).toMatchObject({ state: 'held', reasons: HELD });
    expect(await reports()).toEqual([first]);
    expect(one.stored).toEqual(before);
  });

  it('is told anew when it is held for something else, and when it is scored after all', async () => {
    const world = await worldWith(wanting);
    await make(world, HELD);
    const other = [{ id: 'QC-02', check: 'gantry tilt', values: '5 degrees', outcome: 'hold' as const }];
    const reasons = [{ code: 'OUT_OF_SCOPE', text: 'QC-02 gantry tilt: 5 degrees' }];
    await make(world, reasons, { ...CONTENT, findings: other });
    expect(await make(world)).toMatchObject({ state: 'reported', reasons: [] });
    const [first, second, third] = await reports();
    expect([first, second, third].map((each) => each!.heldBecause)).toEqual([HELD, reasons, null]);
    const predecessors = JSON.stringify(
      readPart10(one.stored.get(third!.file)!)['PredecessorDocumentsSequence'],
    );
    expect(predecessors).toContain(second!.SOPInstanceUID);
  });

  it('with nothing that could be made beside it, is still held for what is told', async () => {
    const failing: CompanionMaker = () => Promise.reject(new Fault('INTERNAL'));
    const row = await make(await worldWith(wanting, { picture: failing }), HELD);
    expect(row.reasons.map(({ code }) => code)).toEqual(['OUT_OF_SCOPE', 'COMPANION_MISSING']);
    expect(await one.opened.reports.deliveriesDue(one.opened.clock(), 'pacs', 4)).toHaveLength(1);
  });
});

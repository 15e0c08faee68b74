import { beforeEach, expect, test } from 'vitest';
import { openEmbeddedQueue } from '../../../adapters/queue/embedded.ts';
import { ordersOf } from '../../../src/catalogue/orders.ts';
import type { Header } from '../../../src/dicom/header.ts';
import { choicesOf } from '../../../src/pipeline/case-choices.ts';
import type { KnownStudy } from '../../../src/pipeline/known-study.ts';
import { chooseRegions, type RegionChoiceOfPerson } from '../../../src/pipeline/orders.ts';
import { pairLesions } from '../../../src/pipeline/pair-lesion.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { keptLog } from '../../support/log.ts';
import { add, asAdded, type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';
import { makeMask, makeRegion, makeStudy } from '../matching/make-study.ts';

const BY = { author: 'anna', reason: 'as discussed' };
const [BASELINE, FOLLOW_UP] = ['2.25.1', '2.25.2'];
const rules = loadRules(defaultConfig());
let opened: OpenedCatalogue;
beforeEach(async () => {
  opened = await openedCatalogue();
  await addStudy(BASELINE, '20230101');
  await addStudy(FOLLOW_UP, '20230301');
});

const worldOf = async () => ({
  ...opened,
  rules,
  enrolment: 'all' as const,
  queue: await openEmbeddedQueue({ ...opened, log: keptLog() }),
});

/** One slice, and two regions of one name in one mask object. */
async function addStudy(StudyInstanceUID: string, StudyDate: string): Promise<void> {
  const ct: Partial<Header> = { StudyInstanceUID, StudyDate, SeriesInstanceUID: `${StudyInstanceUID}.1` };
  await add(opened, `${StudyInstanceUID}.1.1`, { ...ct, SeriesNumber: 4, SeriesDescription: 'Lung 1.0' });
  const SeriesInstanceUID = `${StudyInstanceUID}.2`;
  const SOPInstanceUID = `${SeriesInstanceUID}.1`;
  const SeriesDescription = 'c'.repeat(70_000);
  const header = { ...ct, SeriesInstanceUID, SeriesNumber: 301, SeriesDescription };
  await add(opened, SOPInstanceUID, header, 'mask');
  const regions = [1, 2].map((number) =>
    makeRegion({ number, FrameOfReferenceUID: undefined, interpreter: `READER^${number}` }),
  );
  const references = { referencedSeries: [`${StudyInstanceUID}.1`] };
  const drawn = { drawnDate: '20230302', drawnTime: '1015', Manufacturer: 'ACME' };
  const ids = { SOPInstanceUID, SeriesInstanceUID, StudyInstanceUID };
  await opened.catalogue.describeMask(
    asAdded(SOPInstanceUID),
    makeMask({ ...ids, ...references, ...drawn, regions }),
  );
  await opened.catalogue.move({ StudyInstanceUID, state: 'receiving' }, { state: 'complete' });
}
const regionOf = (study: string, region: number) => ({ SOPInstanceUID: `${study}.2.1`, region });
const choose = async (choice: RegionChoiceOfPerson) => chooseRegions(await worldOf(), FOLLOW_UP, choice, BY);
const chosen = async () => (await ordersOf(opened.sql, FOLLOW_UP)).regions?.detail;

test('what there is to choose from tells two regions of one name apart, with bounded text', async () => {
  const { regions } = await choicesOf(await worldOf(), (await opened.catalogue.study(FOLLOW_UP))!);
  expect(regions.followUp).toMatchObject([
    { region: 1, name: 'GTV-1', author: 'READER^1' },
    { region: 2, name: 'GTV-1', author: 'READER^2' },
  ]);
  expect(regions.followUp[0]).toMatchObject({
    image: { SeriesNumber: 4, SeriesDescription: 'Lung 1.0' },
    maskSeries: { SeriesNumber: 301, SeriesDescription: 'c'.repeat(64) },
    drawnDate: '20230302',
    drawnTime: '1015',
    Manufacturer: 'ACME',
  });
});

test('a time point that is not named keeps its choice; null takes it back, and the last one ends the order', async () => {
  await choose({ baseline: regionOf(BASELINE, 1) });
  await choose({ followUp: regionOf(FOLLOW_UP, 2) });
  expect(await chosen()).toMatchObject({ baseline: { region: 1 }, followUp: { region: 2 } });
  await choose({ followUp: regionOf(FOLLOW_UP, 1) });
  expect(await chosen()).toMatchObject({ baseline: { region: 1 }, followUp: { region: 1 } });
  await choose({ baseline: null });
  expect(Object.keys((await chosen())!)).toEqual(['followUp']);
  await choose({ followUp: null });
  expect(await chosen()).toBeUndefined();
});

test('an order that names neither time point, or takes back what nobody chose, is refused', async () => {
  await expect(choose({})).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  await expect(choose({ baseline: null, followUp: null })).rejects.toMatchObject({
    code: 'ACTION_NOT_POSSIBLE',
  });
  await expect(choose({ baseline: regionOf(BASELINE, 9) })).rejects.toMatchObject({
    code: 'ACTION_NOT_POSSIBLE',
  });
});

test('a choice that is kept is as old as it was: a drawing that came since is a doubt', async () => {
  await choose({ baseline: regionOf(BASELINE, 1) });
  const first = opened.clock().getTime();
  opened.tick(60_000);
  await choose({ followUp: regionOf(FOLLOW_UP, 2) });
  opened.tick(60_000);
  await choose({ followUp: regionOf(FOLLOW_UP, 1) });
  expect((await chosen())?.baseline?.chosenAt).toBe(first);
  expect((await chosen())?.followUp?.chosenAt).toBeUndefined();
});

test('each time point is asked for drawings that came after its own choice', () => {
  const newer = new Map([['2.25.77', new Date(2000)]]);
  const known = (at: number, date: string): KnownStudy => ({
    summary: makeStudy(at, date),
    identityConflict: false,
    conflict: 'none',
    unreadableMasks: [],
    maskArrivals: newer,
  });
  const [baseline, followUp] = [known(1, '20230101'), known(2, '20230301')];
  const of = ({ summary }: KnownStudy, more: object = {}) => ({
    SOPInstanceUID: summary.masks[0]!.SOPInstanceUID,
    region: 1,
    name: 'GTV-1',
    ...more,
  });
  const pair = (chosenAt: number | undefined) =>
    pairLesions(baseline, followUp, rules.roi.value, {
      chosen: { baseline: of(baseline, { chosenAt }), followUp: of(followUp) },
      chosenAt: new Date(3000),
    });
  expect(pair(undefined).pairs).toHaveLength(1);
  expect(pair(1000).obstacle?.reasons.map(({ code }) => code)).toEqual(['CHOICE_OUTDATED']);
});

/** What goes beside an SR refers to the SR that its destination gets, in whatever class and language that is. */
import { describe, expect, it } from 'vitest';
import { type Dataset, readPart10 } from '../../../src/dicom/part10.ts';
import { Fault } from '../../../src/fault.ts';
import type { PageContent } from '../../../src/picture/page-content.ts';
import type { CompanionMaker, CompanionMakers } from '../../../src/pipeline/companion-maker.ts';
import { companionMakers } from '../../../src/pipeline/companion-makers.ts';
import { deliver, deliveryKey } from '../../../src/pipeline/deliver.ts';
import { wantedOf } from '../../../src/pipeline/wanted.ts';
import type { Destination } from '../../../src/ports.ts';
import { SR_SOP_CLASSES } from '../../../src/sr/identity.ts';
import { itemsOf } from '../../../src/sr/read-tree.ts';
import { viewCases } from '../../support/views.ts';
import { CONTENT, destination, FOLLOW_UP, make, making, makingWorld, never } from './making-world.ts';

const { comprehensive, comprehensive3d } = SR_SOP_CLASSES;
const SENDS = { sends: ['sr', 'picture', 'pdf', 'view'] } as const;
const PACS = destination('pacs', SENDS);
const VIEWER = destination('viewer', { ...SENDS, srSopClasses: [comprehensive3d, comprehensive] });
const WARD = destination('ward', { ...SENDS, language: 'zh' });

/** The makers of the service, whose pages are kept instead of drawn, and whose slices are always the same. */
function shippedMakers() {
  const pages: PageContent[] = [];
  const { baseline, followUp } = viewCases()['normalised']!;
  const point = { series: { SOPInstanceUIDs: [] }, mask: { SOPInstanceUID: '' }, region: { number: 1 } };
  const pair = { trackingUid: CONTENT.lesion.trackingUid, baseline: point, followUp: point };
  const inputs = { pairs: [pair] } as never;
  let looks = 0;
  const shipped = companionMakers(
    { view: async () => (looks++ % 2 === 0 ? baseline : followUp) },
    {
      render: async (page) => {
        pages.push(page);
        return { columns: 1, rows: 1, rgb: new Uint8Array(3), png: new Uint8Array() };
      },
      renderPdf: async (page) => {
        pages.push(page);
        return Buffer.from('%PDF-1.7\n');
      },
    },
  );
  const ofPair =
    (maker: CompanionMaker): CompanionMaker =>
    (request, signal) =>
      maker({ ...request, inputs }, signal);
  const makers = Object.fromEntries(Object.entries(shipped).map(([kind, maker]) => [kind, ofPair(maker)]));
  return { makers: makers as CompanionMakers, pages };
}

/** A case whose objects all went out; `at`: what a destination took, the SR first. */
async function delivered(all: readonly Destination[], makers: CompanionMakers) {
  const files = new Map<string, string[]>();
  const listening = all.map(
    (each): Destination => ({
      ...each,
      send: async (file) => {
        files.set(each.name, [...(files.get(each.name) ?? []), file]);
        return { status: 0, warning: false };
      },
    }),
  );
  const world = await makingWorld(listening, makers);
  await make(world);
  const rows = await world.reports.deliveriesOf(FOLLOW_UP);
  // What goes beside the report goes after it.
  for (const row of [...rows, ...rows])
    await deliver(world, { kind: 'deliver', key: deliveryKey(row) }, never);
  const at = ({ name }: Destination): Dataset[] =>
    (files.get(name) ?? []).map((file) => readPart10(world.stored.get(file)!));
  const [report] = await world.made();
  return { ...world, report: report!, at };
}

/** UIDs that the objects of a sequence refer to. */
const named = (of: Dataset | undefined, sequence: string) =>
  itemsOf(of!, sequence).map(({ ReferencedSOPClassUID, ReferencedSOPInstanceUID }) => [
    ReferencedSOPClassUID,
    ReferencedSOPInstanceUID,
  ]);

describe('what goes beside an SR', () => {
  it('refers to, and prints, the UID of the SR that the destination gets', async () => {
    const { makers, pages } = shippedMakers();
    const all = [PACS, VIEWER, WARD];
    await using one = await delivered(all, makers);
    const uids = new Set<unknown>();
    for (const each of all) {
      const [sr, ...beside] = one.at(each);
      const self = [sr!['SOPClassUID'], sr!['SOPInstanceUID']];
      const of = (modality: string) => beside.find(({ Modality }) => Modality === modality);
      expect(named(of('OT'), 'ReferencedInstanceSequence'), each.name).toEqual([self]);
      expect(named(of('DOC'), 'SourceInstanceSequence'), each.name).toEqual([self]);
      const views = beside.filter(({ Modality }) => Modality === 'SR');
      expect(views.map(({ SOPClassUID }) => SOPClassUID)).toEqual([self[0], self[0]]);
      const printed = pages.filter(({ SOPInstanceUID }) => SOPInstanceUID === self[1]);
      expect(printed.map(({ language }) => language)).toEqual([each.language, each.language]);
      for (const { SOPInstanceUID } of [sr!, ...beside]) uids.add(SOPInstanceUID);
    }
    expect(uids.size, 'no two of them are the same object').toBe(5 * all.length);
    const companions = await one.reports.companionsOf(one.report.SOPInstanceUID);
    expect(companions, 'all of them go beside the one report').toHaveLength(4 * all.length);
  });

  it('refers to the report itself where no SR goes and none is made in that form, else to that form', async () => {
    const sends = ['picture'] as const;
    const screen = destination('screen', { sends, language: 'zh' });
    const reference = async (all: readonly Destination[]) => {
      await using one = await delivered(all, shippedMakers().makers);
      const [[, uid] = []] = named(one.at(screen)[0], 'ReferencedInstanceSequence');
      return { uid, report: one.report.SOPInstanceUID, ward: one.at(WARD)[0]?.['SOPInstanceUID'] };
    };
    const alone = await reference([PACS, screen]);
    expect(alone.uid).toBe(alone.report);
    const beside = await reference([WARD, screen]);
    expect(beside.uid).toBe(beside.ward);
    expect(beside.uid).not.toBe(beside.report);
  });

  it('is made once for all that get the same form, and the masks once for all', async () => {
    await using one = await makingWorld([], {}, true);
    const all = [PACS, VIEWER, WARD, { ...WARD, name: 'other' }];
    const destinations = new Map(
      all.map((each) => [each.name, { ...each, sends: ['sr', 'picture'] as const }]),
    );
    expect(wantedOf({ ...one, destinations }, 'scored').companions).toEqual([
      { kind: 'picture', language: 'en', destinations: ['pacs'] },
      { kind: 'seg', language: 'en', destinations: ['pacs', 'viewer', 'ward', 'other'] },
      { kind: 'picture', SOPClassUID: comprehensive3d, language: 'en', destinations: ['viewer'] },
      { kind: 'picture', SOPClassUID: comprehensive, language: 'zh', destinations: ['ward', 'other'] },
    ]);
  });

  it('is missing for one reason, when it cannot be made in either of two forms of a language', async () => {
    const picture: CompanionMaker = () => Promise.reject(new Fault('WORKER_FAILED'));
    const makers = { picture, pdf: making('pdf'), view: making('view') };
    await using one = await delivered([PACS, VIEWER], makers);
    expect((await one.study()).reasons).toMatchObject([{ code: 'COMPANION_MISSING' }]);
  });
});

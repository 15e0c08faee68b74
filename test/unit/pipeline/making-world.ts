/** One case that is scored, with the content of a report that is given: what is made of it, and who gets it. */
import type { Reason, StudyRow } from '../../../src/catalogue/rows.ts';
import { derivedUid } from '../../../src/dicom/uid.ts';
import type { CompanionMaker, CompanionMakers } from '../../../src/pipeline/companion-maker.ts';
import { outcomeOf } from '../../../src/pipeline/evaluate.ts';
import { besideOneByOne, makeDue } from '../../../src/pipeline/make-beside.ts';
import { makeReport } from '../../../src/pipeline/make-report.ts';
import type { Destination } from '../../../src/ports.ts';
import { SR_SOP_CLASSES } from '../../../src/sr/identity.ts';
import type { ReportContent } from '../../../src/sr/report.ts';
import { reportContent } from '../../support/report-content.ts';
import { trendPoint } from '../../support/report-parts.ts';
import { shippedTemplates } from '../../support/report-template.ts';
import { add } from '../catalogue/opened.ts';
import { deliveryWorld } from './delivery-world.ts';

export const CONTENT = reportContent();
export const FOLLOW_UP = CONTENT.followUp.measurement.header.StudyInstanceUID;
const POINT = trendPoint('20250102', 0.67, 0.65);
export const never = new AbortController().signal;
export const HELD: readonly Reason[] = [{ code: 'OUT_OF_SCOPE', text: 'QC-01 contrast: given' }];

export const destination = (name: string, more: Partial<Destination> = {}): Destination => ({
  name,
  srSopClasses: [SR_SOP_CLASSES.comprehensive],
  language: 'en',
  sends: ['sr'],
  send: async () => ({ status: 0, warning: false }),
  ...more,
});

/** One object of its own, in the study that is said. */
export const making =
  (kind: string, study = FOLLOW_UP): CompanionMaker =>
  async ({ language, report }) => {
    const name = `${kind} ${language} ${report.SOPInstanceUID} ${study}`;
    return [
      {
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.7',
        SOPInstanceUID: derivedUid(name),
        SeriesInstanceUID: derivedUid(`${name} series`),
        StudyInstanceUID: study,
        bytes: Buffer.from(name),
      },
    ];
  };

const shipped = shippedTemplates();
const TEMPLATES = {
  comprehensive: { ...shipped.comprehensive, sha256: '' },
  comprehensive3d: { ...shipped.comprehensive3d, sha256: '' },
};

export async function makingWorld(
  destinations: readonly Destination[],
  companions: CompanionMakers = {},
  segmentation = false,
) {
  const one = await deliveryWorld([]);
  const { opened } = one;
  const { reports } = opened;
  await add(opened, '2.25.700', { StudyInstanceUID: FOLLOW_UP });
  const stored = new Map<string, Uint8Array>();
  const files = {
    absolute: (file: string) => file,
    regular: async (file: string) => file,
    put: async (file: string, bytes: Uint8Array) => {
      stored.set(file, bytes);
    },
  };
  const jobs = async () =>
    (await opened.sql.query<{ key: string }>(`SELECT "key" FROM "job" WHERE "kind" = 'deliver'`)).map(
      ({ key }) => key,
    );
  return {
    ...one.world,
    files: files as never,
    destinations: new Map(destinations.map((each) => [each.name, each])),
    whyAway: () => undefined,
    companions,
    templates: TEMPLATES,
    radiomics: {} as never,
    report: { srSopClass: 'comprehensive', seriesNumber: 9101, language: 'en', segmentation } as const,
    opened,
    stored,
    /** keys of the deliveries that were woken */
    jobs,
    study: async () => (await opened.catalogue.study(FOLLOW_UP))!,
    made: () => reports.of(FOLLOW_UP),
    /** Who gets what: kind and language of each object, by destination. */
    deliveries: async (): Promise<Record<string, string[]>> => {
      const found: Record<string, string[]> = {};
      for (const row of await reports.deliveriesOf(FOLLOW_UP)) {
        const { kind, language } = (await reports.report(row.SOPInstanceUID))!;
        found[row.destination] = [...(found[row.destination] ?? []), `${kind} ${language}`].sort();
      }
      return found;
    },
    [Symbol.asyncDispose]: () => one[Symbol.asyncDispose](),
  };
}
export type MakingWorld = Awaited<ReturnType<typeof makingWorld>>;

/** Makes a report of this content; the answer says what is to be made beside it. */
export async function makeOnly(
  world: MakingWorld,
  obstacles: readonly Reason[] = [],
  content: ReportContent = CONTENT,
  signal = never,
) {
  await world.catalogue.move(await world.study(), { state: 'scoring' });
  const evaluation = { content, score: content.score, findings: content.findings, point: POINT };
  const found = {
    row: await world.study(),
    evaluation,
    outcome: outcomeOf(evaluation, obstacles),
    obstacles,
    inputs: {} as never,
    inputsDigest: 'i',
    history: [],
    decision: {},
    fileOf: (uid: string) => uid,
    guard: { text: 'UPDATE "study" SET "attempts" = "attempts"' },
  };
  return makeReport(world, found, signal);
}

/** Makes a report and then what goes beside it, as scoring does. */
export async function make(
  world: MakingWorld,
  obstacles: readonly Reason[] = [],
  content: ReportContent = CONTENT,
  signal = never,
): Promise<StudyRow> {
  const beside = await makeOnly(world, obstacles, content, signal);
  if (beside) await makeBeside(world, beside, signal);
  return world.study();
}

/** What goes beside a report that was made just now, as the job makes it. */
export const makeBeside = (
  world: Parameters<typeof makeDue>[0],
  request: Parameters<typeof makeDue>[1],
  signal: AbortSignal,
): Promise<void> =>
  besideOneByOne(world, request.report.StudyInstanceUID, () => makeDue(world, request, signal));

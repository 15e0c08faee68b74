/** What goes beside an SR: pictures, PDFs, a second SR, the masks that were used. */
import type { CompanionWish } from '../catalogue/rows.ts';
import { asFault, Fault } from '../fault.ts';
import { type ReportIdentity, srSopClassOf } from '../sr/identity.ts';
import type { RenderedReport } from '../sr/report.ts';
import type { BesideRequest, CompanionRequest } from './companion-maker.ts';
import { saysNothing } from './says-nothing.ts';
import type { World } from './world.ts';

export type MadeCompanion = Readonly<{ wish: CompanionWish; object: RenderedReport; file: string }>;
/** One that could not be made. */
export type MissingCompanion = Readonly<{ wish: CompanionWish; fault: Fault }>;
export type Companions = Readonly<{
  made: readonly MadeCompanion[];
  missing: readonly MissingCompanion[];
}>;

/** Makes what is wanted and has a maker. A fault costs that companion alone: the report goes out without it. Throws what `saysNothing` knows. */
export async function makeCompanions(
  world: Pick<World, 'companions' | 'reports' | 'files'>,
  wishes: readonly CompanionWish[],
  request: BesideRequest,
  signal: AbortSignal,
): Promise<Companions> {
  const made: MadeCompanion[] = [];
  const missing: MissingCompanion[] = [];
  for (const wish of wishes) {
    const make = world.companions[wish.kind];
    if (!make) continue;
    try {
      const objects = await make(requestFor(request, wish), signal);
      const files = await Promise.all(objects.map((object) => putCompanion(world, object, request.report)));
      made.push(...objects.map((object, at) => ({ wish, object, file: files[at] ?? '' })));
    } catch (thrown) {
      if (signal.aborted || saysNothing(thrown)) throw thrown;
      missing.push({ wish, fault: asFault(thrown) });
    }
  }
  return { made, missing };
}

/** In the form of the SR that goes to who wants it. */
function requestFor(
  { renditions, report, content, ...request }: BesideRequest,
  { SOPClassUID, language }: CompanionWish,
): CompanionRequest {
  const rendition = renditions.find((each) => each.SOPClassUID === SOPClassUID && each.language === language);
  const form = rendition ?? report;
  const srSopClass = srSopClassOf(form.SOPClassUID) ?? content.srSopClass;
  return { ...request, report: form, content: { ...content, srSopClass, language }, language };
}

async function putCompanion(
  { reports, files }: Pick<World, 'reports' | 'files'>,
  object: RenderedReport,
  report: ReportIdentity,
): Promise<string> {
  const known = await reports.report(object.SOPInstanceUID);
  if (known && known.companionOf !== report.SOPInstanceUID)
    throw new Fault('INTERNAL', 'another report has a companion of that UID');
  return putObject({ files }, object);
}

/** Writes an object to its place among the reports. */
export async function putObject(
  { files }: Pick<World, 'files'>,
  { StudyInstanceUID, SOPInstanceUID, bytes }: RenderedReport,
): Promise<string> {
  const file = `reports/${StudyInstanceUID}/${SOPInstanceUID}.dcm`;
  await files.put(file, bytes);
  return file;
}

/** What goes beside an SR: pictures, PDFs, a second SR, the masks that were used. */
import { asFault, Fault } from '../fault.ts';
import type { RenderedReport } from '../sr/report.ts';
import type { CompanionRequest } from './companion-maker.ts';
import type { CompanionWish } from './wanted.ts';
import type { World } from './world.ts';

export type MadeCompanion = Readonly<{ wish: CompanionWish; object: RenderedReport; file: string }>;
/** One that could not be made. */
export type MissingCompanion = Readonly<{ wish: CompanionWish; fault: Fault }>;

/** Makes what is wanted and has a maker. A fault costs that companion alone: the report goes out without it. */
export async function makeCompanions(
  world: Pick<World, 'companions' | 'reports' | 'files'>,
  wishes: readonly CompanionWish[],
  request: Omit<CompanionRequest, 'language'>,
  signal: AbortSignal,
): Promise<{ made: MadeCompanion[]; missing: MissingCompanion[] }> {
  const made: MadeCompanion[] = [];
  const missing: MissingCompanion[] = [];
  for (const wish of wishes) {
    const make = world.companions[wish.kind];
    if (!make) continue;
    const { language } = wish;
    const content = { ...request.content, language };
    try {
      const objects = await make({ ...request, content, language }, signal);
      const files = await Promise.all(objects.map((object) => putCompanion(world, object, request.report)));
      made.push(...objects.map((object, at) => ({ wish, object, file: files[at] ?? '' })));
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      missing.push({ wish, fault: asFault(thrown) });
    }
  }
  return { made, missing };
}

async function putCompanion(
  { reports, files }: Pick<World, 'reports' | 'files'>,
  object: RenderedReport,
  report: RenderedReport,
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

/** One series from an archive into the catalogue: what really arrived is counted, whatever the archive says. */

import { countInSeries } from '../catalogue/own-objects.ts';
import { Fault } from '../fault.ts';
import { type Archive, type ArchivedSeries, type Intake, lookingAt, type StudyKey } from '../ports.ts';
import { saysNothing } from './says-nothing.ts';
import { untilTaken } from './until-taken.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue'> & Readonly<{ priors: NonNullable<World['priors']> }>;

/** An archive whose series never comes whole is not asked for it for ever: so often, then once a day. */
const MAX_TRIES = 3;
const LOOK_EVERY_MS = 100;

/**
 * What is here of a series, against what the archive says. `missing`: it has more and is to be asked; `short`: it was asked
 * for the rest in vain too often. A case that needs a series which is short is held (`pair-lesion.ts`). A series of which nothing
 * stays here, like the dose page of a CT, is not waited for.
 */
export async function compareWithArchive(
  { catalogue, priors }: Needs,
  archive: Archive,
  { StudyInstanceUID }: StudyKey,
  { SeriesInstanceUID, instances }: ArchivedSeries,
): Promise<'whole' | 'missing' | 'short'> {
  const series = { StudyInstanceUID, SeriesInstanceUID };
  await priors.fetches.announced(archive.name, series, instances ?? 0);
  const here = await countHere(catalogue, StudyInstanceUID, SeriesInstanceUID);
  if (here >= (instances ?? 1)) return 'whole';
  const tries = await priors.fetches.tries(archive.name, series, instances ?? 0);
  if (tries < MAX_TRIES) return 'missing';
  return here > 0 ? 'short' : 'whole';
}

/**
 * Fetches one series; the number of objects that are new here. Faults: those of the archive, RETRIEVE_NOTHING_CAME,
 * RETRIEVE_INCOMPLETE; where our own disk or database took nothing, that, and the archive has no try counted. What arrived before
 * a fault stays.
 */
export async function fetchSeries(
  { catalogue, priors }: Needs,
  archive: Archive,
  study: StudyKey,
  { SeriesInstanceUID, instances }: ArchivedSeries,
  signal: AbortSignal,
): Promise<number> {
  const { StudyInstanceUID } = study;
  const count = () => countHere(catalogue, StudyInstanceUID, SeriesInstanceUID);
  const before = await count();
  let taken = 0;
  let own: unknown;
  const intake: Intake = {
    open: (meta) => priors.intake.open(meta),
    receive: async (incoming, announced) => {
      taken += 1;
      const ofStudy = lookingAt(incoming, ({ header }) => {
        if (header.StudyInstanceUID !== StudyInstanceUID) throw new Fault('STUDY_MISMATCH');
      });
      return priors.intake.receive(ofStudy, announced).catch((thrown: unknown) => {
        if (saysNothing(thrown)) own ??= thrown;
        throw thrown;
      });
    },
  };
  const series = { StudyInstanceUID, SeriesInstanceUID };
  await priors.fetches.countTry(archive.name, series, instances ?? 0);
  try {
    await archive.retrieve({ ...study, SeriesInstanceUID }, intake, signal);
  } catch (thrown) {
    if (own === undefined) throw thrown;
  }
  if (own !== undefined) {
    await untilTaken(() => priors.fetches.takeBackTry(archive.name, series), signal);
    throw own;
  }
  const wanted = instances ?? before + 1;
  // Objects that came over our own association are in the catalogue; those of a C-MOVE may be a moment behind.
  const end = performance.now() + (taken > 0 ? 0 : 1000 * priors.arrivalSeconds);
  let here = await count();
  while (here < wanted && performance.now() < end && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    here = await count();
  }
  if (here >= wanted) return here - before;
  if (here === before && taken === 0) throw new Fault('RETRIEVE_NOTHING_CAME');
  throw new Fault('RETRIEVE_INCOMPLETE', `${here} of ${wanted}`);
}

/** What Earshot made itself is here, and is not fetched. */
async function countHere(
  catalogue: World['catalogue'],
  StudyInstanceUID: string,
  SeriesInstanceUID: string,
): Promise<number> {
  const instances = await catalogue.instancesOfSeries(StudyInstanceUID, SeriesInstanceUID);
  return (
    instances.length + (await countInSeries(catalogue.sql, 'report', StudyInstanceUID, SeriesInstanceUID))
  );
}

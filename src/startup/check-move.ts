/** Does an archive really send? One object is asked for. */
import { heldStudies } from '../catalogue/held-objects.ts';
import { Fault } from '../fault.ts';
import type { World } from '../pipeline/world.ts';
import type { ArchivedSeries, ArchiveOfInstances, Intake, StudyKey } from '../ports.ts';
import { type Finding, passed, skipped } from './check-advice.ts';
import type { SharedAdmission } from './shared-admission.ts';

export type MoveNeeds = Readonly<{
  catalogue: World['catalogue'];
  files: Pick<World['files'], 'receive'>;
  admission: Pick<SharedAdmission, 'expect'>;
  clock: World['clock'];
}>;

/** One object of an archive. */
type Wanted = StudyKey & Readonly<{ SeriesInstanceUID: string; SOPInstanceUID: string }>;
type Asked = Readonly<{ archive: ArchiveOfInstances; from: string; arrivalSeconds: number }>;

const MOST_STUDIES = 5;

/**
 * An object that is here already comes again, a duplicate. What comes on the association that asks (C-GET, WADO-RS) is dropped, so
 * there any small object will do; what a C-MOVE brings comes in by our listener like everything else, and must be known.
 * Faults: those of the archive, RETRIEVE_NOTHING_CAME.
 */
export async function moveOne(asked: Asked, needs: MoveNeeds, signal: AbortSignal): Promise<Finding> {
  const { archive } = asked;
  const known = await knownObject(asked, needs, signal);
  if (archive.sendsToListener) {
    if (!known) return skipped(NOTHING_KNOWN);
    return await moveToListener(asked, needs, known, signal);
  }
  const wanted = known ?? (await newestObject(archive, needs, signal));
  if (!wanted)
    return skipped(`The archive names no CT study of the last ${LOOK_BACK_DAYS} days: nothing to ask for.`);
  return takeAndDrop(asked, needs, wanted, signal);
}

const NOTHING_KNOWN =
  'Nothing that is here is known to this archive, and a C-MOVE would bring in a new study: have the archive send a study first.';

async function moveToListener(
  { archive, arrivalSeconds }: Asked,
  { admission }: MoveNeeds,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Finding> {
  await using arrival = await admission.expect(wanted.SOPInstanceUID);
  await archive.retrieveInstance(wanted, NO_INTAKE, signal);
  if (!(await arrival.hasCome(arrivalSeconds * 1000, signal)))
    throw new Fault('RETRIEVE_NOTHING_CAME', `within ${arrivalSeconds} s`);
  return passed('One object that is here already was asked for by C-MOVE and came to our port.');
}

/** A C-MOVE brings nothing on its own association. */
const NO_INTAKE: Intake = {
  open: () => {
    throw new Fault('INTERNAL', 'an object came where none can come');
  },
  receive: async () => undefined,
};

async function takeAndDrop(
  { archive }: Asked,
  { files }: MoveNeeds,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Finding> {
  const come: string[] = [];
  const intake: Intake = {
    open: (meta) => files.receive(meta),
    receive: async (incoming) => {
      try {
        come.push((await incoming.finish()).header.SOPInstanceUID);
      } finally {
        await incoming.discard();
      }
    },
  };
  await archive.retrieveInstance(wanted, intake, signal);
  if (!come.includes(wanted.SOPInstanceUID))
    throw new Fault('RETRIEVE_NOTHING_CAME', `${come.length} other objects`);
  const others = come.length > 1 ? ` The archive sent ${come.length - 1} others with it.` : '';
  return passed(`One object was asked for and came; it was dropped.${others}`);
}

/** Of a study that is here and there. */
async function knownObject(
  { archive, from }: Asked,
  { catalogue }: MoveNeeds,
  signal: AbortSignal,
): Promise<Wanted | undefined> {
  for (const study of await heldStudies(catalogue.sql, from, MOST_STUDIES)) {
    const { StudyInstanceUID } = study;
    const there = new Set((await archive.findSeries(study, signal)).map((each) => each.SeriesInstanceUID));
    const here = (await catalogue.seriesOf(StudyInstanceUID)).filter(({ role }) => role === 'image');
    const series = here.find(({ SeriesInstanceUID }) => there.has(SeriesInstanceUID));
    if (!series) continue;
    const { SeriesInstanceUID } = series;
    const [instance] = await catalogue.instancesOfSeries(StudyInstanceUID, SeriesInstanceUID);
    if (instance) return { ...study, SeriesInstanceUID, SOPInstanceUID: instance.SOPInstanceUID };
  }
  return undefined;
}

const LOOK_BACK_DAYS = 30;
const DAY_MS = 86_400_000;

/** Of the smallest CT series among the archive's newest studies. */
async function newestObject(
  archive: ArchiveOfInstances,
  { clock }: MoveNeeds,
  signal: AbortSignal,
): Promise<Wanted | undefined> {
  const since = new Date(clock().getTime() - LOOK_BACK_DAYS * DAY_MS);
  const StudyDate = `${since.toISOString().slice(0, 10).replaceAll('-', '')}-`;
  const found = await archive.findStudies({ ModalitiesInStudy: 'CT', StudyDate }, signal);
  const newest = found.toSorted((a, b) => b.StudyDate.localeCompare(a.StudyDate)).slice(0, MOST_STUDIES);
  const series: (StudyKey & ArchivedSeries)[] = [];
  for (const { StudyInstanceUID, PatientID } of newest) {
    const all = await archive.findSeries({ StudyInstanceUID, PatientID }, signal);
    for (const each of all) if (each.Modality === 'CT') series.push({ StudyInstanceUID, PatientID, ...each });
  }
  const size = ({ instances = Number.MAX_SAFE_INTEGER }: ArchivedSeries): number => instances;
  const [smallest] = series.toSorted((a, b) => size(a) - size(b));
  if (!smallest) return undefined;
  const [SOPInstanceUID] = await archive.findInstances(smallest, signal);
  const { StudyInstanceUID, PatientID, SeriesInstanceUID } = smallest;
  return SOPInstanceUID === undefined
    ? undefined
    : { StudyInstanceUID, PatientID, SeriesInstanceUID, SOPInstanceUID };
}

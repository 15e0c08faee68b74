import { isSuperseded } from '../catalogue/corrections.ts';
import { isOwn } from '../catalogue/own-objects.ts';
import { fileKey, isFileNamed, removing } from '../catalogue/retention.ts';
import type { InstanceRow, NewInstance } from '../catalogue/rows.ts';
import type { Header } from '../dicom/header.ts';
import { sopClass } from '../dicom/sop-class.ts';
import { digestOf, isUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { IncomingInstance, InstanceFile, Received } from '../ports.ts';
import { compareAgain } from './compare-again.ts';
import { lookAtReport } from './look-at-report.ts';
import { openSentPrior } from './sent-prior.ts';
import type { World } from './world.ts';

/** What became of an object that a peer sent. Each of them is answered with success. */
export type Arrival = 'added' | 'duplicate' | 'corrected' | 'conflict' | 'ignored';

export type Announced = Readonly<{ SOPClassUID: string; SOPInstanceUID: string; from: string }>;

type Needs = Pick<World, 'catalogue' | 'files' | 'log' | 'meter' | 'limits' | 'priors'>;

/**
 * Makes a received object lasting: bytes on stable storage, checked, in their place, and in the catalogue. Only when
 * this resolves may the peer be told success. Throws a Fault when the object is refused; then nothing of it stays.
 */
export async function receive(
  world: Needs,
  incoming: IncomingInstance,
  announced: Announced,
): Promise<Arrival> {
  try {
    const arrival = await store(world, incoming, announced);
    world.meter.received(arrival);
    return arrival;
  } catch (thrown) {
    await incoming.discard();
    throw thrown;
  }
}

async function store(world: Needs, incoming: IncomingInstance, announced: Announced): Promise<Arrival> {
  if (sopClass(announced.SOPClassUID)?.action === 'look') {
    await lookAtReport(world, incoming, announced);
    return 'ignored';
  }
  await refuseWhenFull(world);
  const received = await incoming.finish();
  const { header } = received;
  if (header.SOPClassUID !== announced.SOPClassUID || header.SOPInstanceUID !== announced.SOPInstanceUID) {
    throw new Fault('SOP_CLASS_MISMATCH');
  }
  requirePatient(received.header);
  // The same object may be on two associations at once; the second must see what the first has stored.
  const arrival = await world.catalogue.exclusively(header.SOPInstanceUID, () =>
    settle(world, incoming, received, announced.from),
  );
  await openSentPrior(world, header);
  return arrival;
}

async function settle(
  world: Needs,
  incoming: IncomingInstance,
  received: Received,
  from: string,
): Promise<Arrival> {
  const { header } = received;
  const role = sopClass(header.SOPClassUID)?.role ?? 'other';
  // The masks that a report went out with are no masks to be measured, and open nothing again.
  if (role === 'mask' && (await isOwn(world.catalogue.sql, header.SOPInstanceUID))) {
    await incoming.discard();
    return 'ignored';
  }
  const known = await world.catalogue.instance(header.SOPInstanceUID);
  // One that was retired just now is not here: it is stored as if it came for the first time.
  if (!known || !(await world.catalogue.seeAgain(known))) {
    return add(world, incoming, { received, role, from });
  }
  if (known.digest === received.digest) {
    await keepOrMend(world, incoming, known);
    return 'duplicate';
  }
  if (await isSuperseded(world.catalogue.sql, known.SOPInstanceUID, received.digest)) {
    return ignoreStale(world, incoming, known, from);
  }
  const file = laterPlace(received);
  // The same bytes may be on their way off the disk.
  return world.catalogue.exclusively(fileKey(file), () =>
    settleAgain(world, incoming, known, { received, role, file, from }),
  );
}

/** The same bytes once more: they take the place of a file that the disk has lost or changed. */
async function keepOrMend(
  { files, log }: Needs,
  incoming: IncomingInstance,
  { SOPInstanceUID, file }: InstanceRow,
): Promise<void> {
  if (await files.isAsReceived(file)) return incoming.discard();
  await incoming.keep(file);
  log.warn('file.mended', { SOPInstanceUID });
}

/**
 * A file that was promised to somebody is never replaced by other bytes, also when another process, which lost sight of this one,
 * stores under the same UID: it lies elsewhere then, and the catalogue takes one of them. What was in the way, of a crash or of
 * that other process, goes from the disk if nothing names it.
 */
async function add(
  { catalogue }: Needs,
  incoming: IncomingInstance,
  { received, role, from }: Omit<NewInstance, 'file'>,
): Promise<Arrival> {
  const now = catalogue.clock();
  const place = placeOf(received);
  const file = await incoming.keep(place, laterPlace(received));
  const inTheWay = file === place ? [] : [removing(place, now)];
  if (await catalogue.addInstance({ received, role, file, from }, inTheWay)) return 'added';
  await catalogue.sql.batch([removing(file, now)]);
  throw new Fault('DATABASE_FAILED', 'another process stored an object of this UID at the same moment');
}

/**
 * The bytes that were here until their sender corrected them: a slower archive does not swap them back. A sender that went back
 * to them on purpose looks the same, so it is told.
 */
async function ignoreStale(
  { catalogue, log }: Needs,
  incoming: IncomingInstance,
  known: InstanceRow,
  from: string,
): Promise<Arrival> {
  await incoming.discard();
  await catalogue.tellStale(known, from);
  log.warn('instance.stale', { SOPInstanceUID: known.SOPInstanceUID, from });
  return 'duplicate';
}

/** Other bytes under a known UID. */
async function settleAgain(
  world: Needs,
  incoming: IncomingInstance,
  known: InstanceRow,
  again: NewInstance,
): Promise<Arrival> {
  const { catalogue, files, log } = world;
  await incoming.keep(again.file);
  const found = await compareAgain(world, known, again);
  if (found.kind === 'other') {
    const { because } = found;
    await catalogue.addConflict(again, known, because);
    log.warn('instance.conflict', { SOPInstanceUID: known.SOPInstanceUID, from: again.from, because });
    return 'conflict';
  }
  if (found.kind === 'corrected' && (found.changed.length > 0 || again.role === 'mask')) {
    return correct(world, again, known, found.changed);
  }
  // The same object in another transfer syntax, or with other values where nothing is read from.
  await catalogue.explainConflict(known, again.received.digest);
  if (!(await isFileNamed(catalogue.sql, again.file))) await files.remove(again.file);
  return 'duplicate';
}

/**
 * Other headers, same pixels: a PACS corrects names and numbers in what it has sent. Where Earshot reads what has changed, the
 * new object takes the place of the old one; a mask is read again in any case.
 */
async function correct(
  { catalogue, log }: Needs,
  corrected: NewInstance,
  known: InstanceRow,
  changed: readonly string[],
): Promise<Arrival> {
  if (!(await catalogue.correct(corrected, known, changed))) {
    await catalogue.sql.batch([removing(corrected.file, catalogue.clock())]);
    throw new Fault('DATABASE_FAILED', 'another process changed the object of this UID at the same moment');
  }
  const { SOPInstanceUID } = known;
  log.info('instance.corrected', { SOPInstanceUID, from: corrected.from, changed: changed.join(' ') });
  return 'corrected';
}

async function refuseWhenFull({ files, limits }: Needs): Promise<void> {
  if ((await files.freeBytes()) < limits.minFreeBytes) {
    throw new Fault('STORAGE_FULL', `less than ${Math.round(limits.minFreeBytes / 2 ** 20)} MiB free`);
  }
}

/** A case cannot be matched without a Patient ID, nor trusted with one that no PACS could have issued. */
export function requirePatient({ PatientID = '' }: Pick<Header, 'PatientID'>): void {
  if (PatientID.trim() === '') throw new Fault('DICOM_MISSING_ATTRIBUTE', 'PatientID');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (PatientID.length > 64 || /[\u0000-\u001f\\]/.test(PatientID)) {
    throw new Fault('DICOM_UNPARSABLE', 'PatientID is not a valid LO value');
  }
}

/** Instances of a study lie together. Only checked UIDs become parts of a path. */
function placeOf({ header }: Received): InstanceFile {
  const parts = [header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID];
  if (!parts.every(isUid)) throw new Fault('DICOM_BAD_UID');
  return `instances/${parts[0]}/${parts[1]}/${parts[2]}.dcm`;
}

/** Other bytes under a known UID: a correction, or a conflict. */
const laterPlace = ({ header, digest }: Received): InstanceFile =>
  `${laterBeginning(header.SOPInstanceUID)}${digest.slice(0, 32)}.dcm`;

/** How the names of files with other bytes of an object begin. */
export const laterBeginning = (SOPInstanceUID: string): string =>
  `later/${digestOf(SOPInstanceUID).slice(0, 32)}-`;

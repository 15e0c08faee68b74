import { existsSync } from 'node:fs';
import { makeDataDir, openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { derivedUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { Clock, InstanceFiles } from '../ports.ts';
import { refuseOlderServed } from './older-schema.ts';
import { type OpenedCatalogue, openCatalogue } from './open-catalogue.ts';
import { type DatabasePlace, isSqlite, refuseGone, sqliteFile } from './open-database.ts';

export type Beside = OpenedCatalogue &
  AsyncDisposable &
  Readonly<{ files: InstanceFiles; clock: Clock; installationUid: string }>;

const now: Clock = () => new Date();

/**
 * Catalogue and files for a command, whether or not a service runs on them. `isThere`: the command is about what is here already, and
 * begins no new catalogue. Faults: INPUT_NOT_FOUND, SCHEMA_OLDER, and those of the catalogue.
 */
export async function openBeside(
  place: DatabasePlace,
  { isThere = false, clock = now }: Readonly<{ isThere?: boolean; clock?: Clock }> = {},
): Promise<Beside> {
  const { dataDir } = place;
  const isNew = isSqlite(place) && !existsSync(sqliteFile(place));
  // A folder that is there may say why nothing is in it, as after a restore that was cut off.
  if (!isNew || !isThere || existsSync(dataDir)) await makeDataDir(dataDir);
  if (isSqlite(place)) refuseGone(place);
  if (isNew && isThere) throw new Fault('INPUT_NOT_FOUND', `there is no ${sqliteFile(place)}`);
  if (isSqlite(place) && !isNew) await refuseOlderServed(place);
  const opened = await openCatalogue(place, clock);
  const close = () => opened.sql.close();
  try {
    const files = await openInstanceFiles(dataDir, { isBeside: true });
    const name = await opened.catalogue.setting('installation', crypto.randomUUID());
    const installationUid = derivedUid(`installation ${name}`);
    return { ...opened, files, clock, installationUid, [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

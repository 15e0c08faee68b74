import { makeDataDir, openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { derivedUid } from '../dicom/uid.ts';
import type { Clock, InstanceFiles } from '../ports.ts';
import { type OpenedCatalogue, openCatalogue } from './open-catalogue.ts';
import type { DatabasePlace } from './open-database.ts';

export type Beside = OpenedCatalogue &
  AsyncDisposable &
  Readonly<{ files: InstanceFiles; clock: Clock; installationUid: string }>;

/** Catalogue and files for a command, whether or not a service runs on them. */
export async function openBeside(place: DatabasePlace, clock: Clock = () => new Date()): Promise<Beside> {
  const { dataDir } = place;
  await makeDataDir(dataDir);
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

/** What a running service keeps of the one series of a study. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { datasetOf } from './ct-slice.ts';
import type { RunningService } from './running-service.ts';
import { sha256 } from './sha256.ts';

const digestOf = (file: Uint8Array): string => sha256(datasetOf(Buffer.from(file)));

/** Rows and files are those of the objects that were sent, by UID and digest of the dataset: none is missing, none is there twice. */
export async function expectKept(
  { service, dataDir }: Pick<RunningService, 'service' | 'dataDir'>,
  study: string,
  sent: readonly Uint8Array[],
): Promise<void> {
  const wanted = sent.map((file) => `${readPart10(file)['SOPInstanceUID']} ${digestOf(file)}`).sort();
  const rows = await service.world.catalogue.instancesOfSeries(study, `${study}.1`);
  expect(rows.map(({ SOPInstanceUID, digest }) => `${SOPInstanceUID} ${digest}`).sort()).toEqual(wanted);
  const here: string[] = [];
  // One after the other: the service runs in this process, and others may be sending to it.
  for (const { SOPInstanceUID, file } of rows)
    here.push(`${SOPInstanceUID} ${digestOf(await readFile(join(dataDir, file)))}`);
  expect(here.sort()).toEqual(wanted);
  const names = await readdir(join(dataDir, 'instances', study), { recursive: true, withFileTypes: true });
  expect(names.filter((name) => name.isFile())).toHaveLength(sent.length);
}

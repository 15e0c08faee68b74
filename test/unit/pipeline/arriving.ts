import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInstanceFiles } from '../../../adapters/disk/instance-files.ts';
import { readFileMeta } from '../../../src/dicom/parse-part10.ts';
import { type Arrival, receive } from '../../../src/pipeline/receive.ts';
import type { InstanceFiles, Log } from '../../../src/ports.ts';
import { datasetOf } from '../../support/ct-slice.ts';
import { keptLog } from '../../support/log.ts';
import { silentMeter } from '../../support/silent-meter.ts';
import { openedCatalogue } from '../catalogue/opened.ts';

type Arriving = Readonly<{ files?: InstanceFiles; log?: Log; maxComparedBytes?: number }>;

/** A catalogue beside a real data folder, and a door by which Part 10 files of any transfer syntax come in. */
export async function openDoor() {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-door-'));
  const opened = await openedCatalogue();
  const { catalogue } = opened;
  const files = await openInstanceFiles(dataDir);
  const arrive = (file: Buffer, over: Arriving = {}): Promise<Arrival> => {
    const meta = readFileMeta(file);
    const SOPClassUID = meta?.MediaStorageSOPClassUID ?? '';
    const SOPInstanceUID = meta?.MediaStorageSOPInstanceUID ?? '';
    const TransferSyntaxUID = meta?.TransferSyntaxUID ?? '';
    const incoming = files.receive({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID });
    incoming.write(datasetOf(file));
    const { maxComparedBytes = 2 ** 20 } = over;
    const limits = { minFreeBytes: 0, maxComparedBytes };
    const world = { catalogue, files, log: keptLog(), meter: silentMeter, limits, ...over };
    return receive(world, incoming, { SOPClassUID, SOPInstanceUID, from: 'SCANNER' });
  };
  return { opened, dataDir, files, arrive, close: () => rm(dataDir, { recursive: true, force: true }) };
}

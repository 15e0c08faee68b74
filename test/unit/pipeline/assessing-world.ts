/** What looking at cases needs: a real catalogue with studies of CT and masks. */
import { openEmbeddedQueue } from '../../../adapters/queue/embedded.ts';
import { NodeRequests } from '../../../src/catalogue/node-requests.ts';
import type { Header } from '../../../src/dicom/header.ts';
import type { MaskDescription } from '../../../src/masks/region.ts';
import { createPace } from '../../../src/pipeline/node-pace.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { loadModel } from '../../../src/startup/load-model.ts';
import { keptLog } from '../../support/log.ts';
import { silentMeter } from '../../support/silent-meter.ts';
import { add, type OpenedCatalogue } from '../catalogue/opened.ts';
import { makeMask, makeRegion } from '../matching/make-study.ts';

/** Everything but the computing is real; the computing answers with what is given for a file. */
export async function assessingWorld(
  opened: OpenedCatalogue,
  describe: (file: string) => MaskDescription = () => makeMask(),
  isStoring = false,
) {
  const { catalogue, reports, patients, clock, sql } = opened;
  const log = keptLog();
  return {
    catalogue,
    reports,
    patients,
    clock,
    log,
    queue: await openEmbeddedQueue({ sql, clock, log }),
    files: { absolute: (file: string) => file } as never,
    radiomics: {
      describeMask: async (file: string) => describe(file),
      view: () => Promise.reject(new Error('not asked')),
      readHeader: () => Promise.reject(new Error('not asked')),
      measureFiles: async () => {
        throw new Error('no image files here');
      },
      measure: async () => {
        throw new Error('nothing is measured here');
      },
      segmentation: async () => {
        throw new Error('nothing is written here');
      },
    },
    rules: loadRules(defaultConfig()),
    model: loadModel(defaultConfig().model.id, defaultConfig()),
    normalisation: { kind: 'none' } as const,
    enrolment: 'all' as const,
    meter: silentMeter,
    destinations: new Map(),
    whyAway: () => undefined,
    confirmations: opened.confirmations,
    pace: createPace([], new NodeRequests(opened.sql)),
    isStoring: async () => isStoring,
    quietPeriodSeconds: 30,
    expireDays: 14,
  };
}

/** Two slices and a mask of a study with that number. */
export async function addStudyTo(
  opened: OpenedCatalogue,
  number: number,
  StudyDate: string,
  withMask = true,
): Promise<string> {
  const StudyInstanceUID = `2.25.${number}`;
  const header: Partial<Header> = { StudyInstanceUID, StudyDate, SeriesInstanceUID: `2.25.${number}.1` };
  await add(opened, `2.25.${number}.1.1`, header);
  await add(opened, `2.25.${number}.1.2`, header);
  if (withMask)
    await add(opened, `2.25.${number}.2.1`, { ...header, SeriesInstanceUID: `2.25.${number}.2` }, 'mask');
  return StudyInstanceUID;
}
/** The mask of the study that the file name tells. */
export function maskOf(file: string): MaskDescription {
  const [, number] = /2\.25\.(\d+)\./.exec(file) ?? [];
  const regions = [makeRegion({ FrameOfReferenceUID: undefined })];
  return makeMask({
    SOPInstanceUID: `2.25.${number}.2.1`,
    StudyInstanceUID: `2.25.${number}`,
    referencedSeries: [`2.25.${number}.1`],
    regions,
  });
}

import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { Fault } from '../fault.ts';
import { type Archive, type InstanceFiles, type Intake, lookingAt } from '../ports.ts';
import { archivesOf } from './archives.ts';
import type { Config } from './config.ts';

/** '' : the archive does not say what it is. */
const WANTED = ['CT', 'RTSTRUCT', 'SEG', ''];

/** Puts images and masks of a study into `folder`. Faults: INPUT_NOT_FOUND, and those of the archive. */
export type FetchStudy = (StudyInstanceUID: string, folder: string, signal: AbortSignal) => Promise<void>;

/**
 * Asks the archives of the configuration in their order; the first that has the study sends it. An archive that would send to a
 * listener (C-MOVE) is passed over: no service runs here. Throws CONFIG_INVALID when none is left.
 */
export function studyFetcher(config: Config): FetchStudy {
  const archives = archivesOf(config).filter(({ sendsToListener }) => sendsToListener !== true);
  if (archives.length === 0)
    throw new Fault(
      'CONFIG_INVALID',
      'no node is an archive that answers by DICOMweb or by C-GET (retrieve: get)',
    );
  return async (StudyInstanceUID, folder, signal) => {
    for (const archive of archives) {
      const found = await archive.findSeries({ PatientID: '', StudyInstanceUID }, signal);
      if (found.length === 0) continue;
      const files = await openInstanceFiles(folder);
      const wanted = found.filter(({ Modality }) => WANTED.includes(Modality));
      for (const series of wanted) await retrieve(archive, StudyInstanceUID, series, files, signal);
      return;
    }
    throw new Fault('INPUT_NOT_FOUND', 'no archive has the study');
  };
}

async function retrieve(
  archive: Archive,
  StudyInstanceUID: string,
  { SeriesInstanceUID, instances }: Readonly<{ SeriesInstanceUID: string; instances: number | undefined }>,
  files: InstanceFiles,
  signal: AbortSignal,
): Promise<void> {
  const kept = new Set<string>();
  const intake: Intake = {
    open: files.receive,
    receive: async (incoming, { SOPInstanceUID }) => {
      const ofStudy = lookingAt(incoming, ({ header }) => {
        if (header.StudyInstanceUID !== StudyInstanceUID) throw new Fault('STUDY_MISMATCH');
      });
      await ofStudy.finish();
      await ofStudy.keep(`${SOPInstanceUID}.dcm`);
      kept.add(SOPInstanceUID);
    },
  };
  await archive.retrieve({ PatientID: '', StudyInstanceUID, SeriesInstanceUID }, intake, signal);
  if (kept.size === 0) throw new Fault('RETRIEVE_NOTHING_CAME');
  if (kept.size < (instances ?? 1)) throw new Fault('RETRIEVE_INCOMPLETE', `${kept.size} of ${instances}`);
}

import { writePart10 } from '../dicom/part10.ts';
import type { PhantomPatient, PhantomTimePoint } from './phantom.ts';
import { ctDatasets } from './phantom-ct.ts';
import { phantomUids } from './phantom-headers.ts';
import { rtStructDataset } from './phantom-rtstruct.ts';
import { segDataset } from './phantom-seg.ts';

/** The objects of one time point as Part 10 files, Explicit VR Little Endian. */
export type PhantomObjects = Readonly<{
  StudyInstanceUID: string;
  /** from feet to head */
  ct: readonly Uint8Array[];
  mask: Uint8Array;
}>;

/** A time point as DICOM: its CT slices and its RTSTRUCT or SEG. The same patient gives the same bytes. */
export function phantomObjects(patient: PhantomPatient, timePoint: PhantomTimePoint): PhantomObjects {
  const mask =
    timePoint.maskKind === 'RTSTRUCT' ? rtStructDataset(patient, timePoint) : segDataset(patient, timePoint);
  return {
    StudyInstanceUID: phantomUids(patient, timePoint).StudyInstanceUID,
    ct: ctDatasets(patient, timePoint).map(writePart10),
    mask: writePart10(mask),
  };
}

/** Phantom patients for tests of the whole path: one set of voxels, under as many names as there are cases. */
import { type PhantomPatient, type PhantomTimePoint, phantomPatient } from '../../src/demo/phantom.ts';
import { ctDatasets } from '../../src/demo/phantom-ct.ts';
import { phantomUids } from '../../src/demo/phantom-headers.ts';
import { rtStructDataset } from '../../src/demo/phantom-rtstruct.ts';
import { segDataset } from '../../src/demo/phantom-seg.ts';
import { type Dataset, writePart10 } from '../../src/dicom/part10.ts';
import type { Mask } from '../../src/volume/volume.ts';

type Point = 'baseline' | 'followUp';

/** One time point as Part 10 files. */
export type CaseObjects = Readonly<{
  StudyInstanceUID: string;
  SeriesInstanceUID: string;
  ct: readonly Uint8Array[];
  mask: Uint8Array;
  all: readonly Uint8Array[];
}>;
export type PhantomCase = Readonly<{
  patient: PhantomPatient;
  baseline: CaseObjects;
  followUp: CaseObjects;
  /** The CT and mask of a time point with attributes of our own, or with another way of drawing. */
  objects(point: Point, changes?: Changes): CaseObjects;
}>;
type Changes = Readonly<{
  every?: Dataset;
  ct?: Dataset;
  mask?: Dataset;
  maskKind?: PhantomTimePoint['maskKind'];
  /** a study, series and objects of their own, of that name */
  as?: string;
  StudyDate?: string;
  /** another drawing than the lesion's own */
  drawn?: (mask: Mask) => Mask;
}>;

let made: PhantomPatient | undefined;

/** The voxels of the first phantom patient, as a patient of another name: no object of two names has a UID in common. */
export function phantomCase(name: string): PhantomCase {
  made ??= phantomPatient(20_230, 0);
  const patient: PhantomPatient = {
    ...made,
    name: `test/${name}`,
    PatientID: `CASE-${name}`.slice(0, 64),
    PatientName: `SECRETNAME^${name}`,
    PatientBirthDate: '19510203',
  };
  const objects = (point: Point, changes: Changes = {}): CaseObjects => {
    const { every = {}, as, maskKind, StudyDate, drawn: redraw = (mask: Mask) => mask } = changes;
    const original = patient[point];
    const timePoint = {
      ...original,
      maskKind: maskKind ?? original.maskKind,
      StudyDate: StudyDate ?? original.StudyDate,
      mask: redraw(original.mask),
    };
    const named = as === undefined ? patient : { ...patient, name: `${patient.name}/${as}` };
    const uids = phantomUids(named, timePoint);
    const ct = ctDatasets(named, timePoint).map((dataset) =>
      writePart10({ ...dataset, ...every, ...changes.ct }),
    );
    const drawn =
      timePoint.maskKind === 'RTSTRUCT' ? rtStructDataset(named, timePoint) : segDataset(named, timePoint);
    const mask = writePart10({ ...drawn, ...every, ...changes.mask });
    return {
      StudyInstanceUID: uids.StudyInstanceUID,
      SeriesInstanceUID: uids.ctSeries,
      ct,
      mask,
      all: [...ct, mask],
    };
  };
  return { patient, baseline: objects('baseline'), followUp: objects('followUp'), objects };
}

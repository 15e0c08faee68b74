import { type PhantomPatient, phantomPatient } from './phantom.ts';
import { phantomObjects } from './phantom-dicom.ts';

/** What goes to the listener in one association. */
type DemoTransfer = Readonly<{
  what: string;
  /** Part 10 files, in the order of sending */
  files: readonly Uint8Array[];
  /** sent only when the study has been quiet long enough to be assessed without it */
  afterQuietPeriod: boolean;
}>;

export type DemoPatient = Readonly<{
  patient: PhantomPatient;
  /** of the follow-up: where the report belongs */
  StudyInstanceUID: string;
  transfers: readonly DemoTransfer[];
}>;

export const DEMO_SEED = 2023;
export const DEMO_PATIENT_COUNT = 22;

/**
 * Mean and population SD of the deltas of these very patients (default seed and count), to two decimals. It makes the
 * demonstration's probabilities spread; it says nothing about people.
 */
export const DEMO_NORMALISATION = {
  mean: 1.19,
  sd: 2.91,
  n: 22,
  source: 'phantom patients of the demonstration, not for clinical use',
} as const;

/** By index: the patients whose objects do not come in the plain order. Patient 8 has its RTSTRUCT at follow-up. */
const FOLLOW_UP_FIRST: ReadonlySet<number> = new Set([3]);
const LATE_MASK: ReadonlySet<number> = new Set([7]);

/**
 * Patients of the demonstration, made one by one: voxels and files of a patient exist only while it is sent.
 *
 * Baseline, then follow-up, CT slices before the mask; patient 4 sends the follow-up first, patient 8 the follow-up's
 * RTSTRUCT long after its CT.
 */
export function* demoPatients(seed = DEMO_SEED, count = DEMO_PATIENT_COUNT): Generator<DemoPatient> {
  for (let index = 0; index < count; index += 1) yield demoPatient(seed, index);
}

/** One patient of the demonstration, `index` from 0. */
export function demoPatient(seed: number, index: number): DemoPatient {
  const patient = phantomPatient(seed, index);
  const baseline = phantomObjects(patient, patient.baseline);
  const followUp = phantomObjects(patient, patient.followUp);
  const { StudyInstanceUID } = followUp;
  const transfer = (what: string, files: readonly Uint8Array[], afterQuietPeriod = false): DemoTransfer => ({
    what,
    files,
    afterQuietPeriod,
  });
  const first = transfer('baseline', [...baseline.ct, baseline.mask]);
  const second = transfer('follow-up', [...followUp.ct, followUp.mask]);
  if (FOLLOW_UP_FIRST.has(index)) return { patient, StudyInstanceUID, transfers: [second, first] };
  if (LATE_MASK.has(index)) {
    const images = transfer('follow-up without mask', followUp.ct);
    return {
      patient,
      StudyInstanceUID,
      transfers: [first, images, transfer('late mask', [followUp.mask], true)],
    };
  }
  return { patient, StudyInstanceUID, transfers: [first, second] };
}

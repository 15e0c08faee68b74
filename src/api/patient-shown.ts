/** A patient as a page and the API show it: record, studies, course, merges, corrections. */
import { z } from 'zod';
import { identityCorrections } from '../catalogue/identity-corrections.ts';
import { knownMerges } from '../catalogue/merges.ts';
import type { PatientDirectory } from '../catalogue/patient-directory.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import { trendChart } from '../charts/trend.ts';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import type { PatientKey } from '../patients/merge-csv.ts';
import { type Patient, patientKey } from '../patients/patient.ts';
import type { Decision } from '../pipeline/judge.ts';
import { type CoursePoint, courseOf } from '../pipeline/patient-course.ts';
import type { World } from '../pipeline/world.ts';
import { coursePoint, record } from './patient-shapes.ts';

type Needs = Readonly<{
  world: Pick<World, 'catalogue' | 'patients' | 'reports'>;
  directory: PatientDirectory;
}>;

const keyedIdentity = z.strictObject({
  key: z.string(),
  PatientID: z.string(),
  IssuerOfPatientID: z.string(),
});
export const shownPatient = z.strictObject({
  key: z.string(),
  PatientID: z.string(),
  IssuerOfPatientID: z.string(),
  record: record.nullable(),
  /** of the record; for `basedOn` */
  digest: z.string(),
  studies: z.array(
    z.strictObject({
      StudyInstanceUID: z.string(),
      StudyDate: z.string(),
      state: z.string(),
      reasons: z.array(z.strictObject({ code: z.string(), text: z.string() })).readonly(),
      isDesignated: z.boolean(),
      /** with which it was compared last */
      baseline: z.string().nullable(),
    }),
  ),
  course: z.array(coursePoint),
  /** the course as SVG, with classes for colours */
  chart: z.string(),
  /** identities that this one has taken the place of, and the one that took its place */
  merges: z.strictObject({ from: z.array(keyedIdentity), into: keyedIdentity.nullable() }),
  /** what its objects should have said */
  corrections: z.array(
    z.strictObject({ StudyInstanceUID: z.string(), keyword: z.string(), was: z.string(), now: z.string() }),
  ),
});
/** Of the record as it stands; a patient without one has a digest too. */
export const digestOfRecord = (known: Patient | undefined): string => digestOf(canonicalJson(known ?? null));

export async function patientShown(
  { world, directory }: Needs,
  key: string,
): Promise<z.infer<typeof shownPatient>> {
  const patient = await directory.resolve(key);
  const own = await world.patients.exactly(patient);
  const all = await world.catalogue.studiesOfPatient(patient.PatientID);
  const rows = all.filter((row) => row.IssuerOfPatientID === patient.IssuerOfPatientID);
  const merges = await knownMerges(world.catalogue.sql);
  const isThis = (other: PatientKey): boolean => patientKey(other) === patientKey(patient);
  const keyed = (other: PatientKey) => ({ key: directory.keyOf(other), ...other });
  const into = merges.find(({ old }) => isThis(old))?.now;
  const course = await courseOf(world, rows, own?.tkiStart);
  return {
    key,
    ...patient,
    record: own ?? null,
    digest: digestOfRecord(own),
    studies: rows.map((row) => studyOf(row, own)),
    course,
    chart: chartOf(course),
    merges: {
      from: merges.filter(({ now }) => isThis(now)).map(({ old }) => keyed(old)),
      into: into ? keyed(into) : null,
    },
    corrections: await correctionsOf(world, rows),
  };
}

function studyOf({ StudyInstanceUID, StudyDate, state, reasons, decision }: StudyRow, own?: Patient) {
  return {
    StudyInstanceUID,
    StudyDate,
    state,
    reasons,
    isDesignated: own?.designatedBaseline === StudyInstanceUID,
    baseline: (decision as Decision | null)?.baseline ?? null,
  };
}

/** A delta that cannot be compared is not drawn beside the others. */
const chartOf = (course: readonly CoursePoint[]): string =>
  trendChart({
    id: 'course',
    points: course.map(({ StudyDate, delta, isOfNewestSeries, ...point }) => ({
      ...point,
      date: StudyDate,
      delta: isOfNewestSeries ? delta : null,
    })),
    cutOff: course.findLast(({ cutOff }) => cutOff !== null)?.cutOff ?? null,
  });

async function correctionsOf({ catalogue }: Needs['world'], rows: readonly StudyRow[]) {
  const all = [];
  for (const { StudyInstanceUID } of rows) {
    const made = await identityCorrections(catalogue.sql, StudyInstanceUID);
    all.push(...made.map((each) => ({ StudyInstanceUID, ...each })));
  }
  return all;
}

/** Patients in the browser and by the API: found and read here; patient-table-operations.ts changes many at once. */
import { z } from 'zod';
import { knownMerges } from '../catalogue/merges.ts';
import type { PatientDirectory } from '../catalogue/patient-directory.ts';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { PatientKey } from '../patients/merge-csv.ts';
import { type Patient, patientKey } from '../patients/patient.ts';
import { recordOf } from '../patients/record-change.ts';
import { changeRecords } from '../pipeline/change-records.ts';
import { courseOf } from '../pipeline/patient-course.ts';
import type { World } from '../pipeline/world.ts';
import { operation } from './operation.ts';
import {
  coursePoint,
  identity,
  listedPatient,
  pageKey,
  reason,
  record,
  typedRecord,
} from './patient-shapes.ts';

export type PatientOperationNeeds = Readonly<{
  world: Pick<World, 'catalogue' | 'patients' | 'reports' | 'clock' | 'files'>;
  directory: PatientDirectory;
}>;

const PAGE = 100;
const listing = z.strictObject({
  patients: z.array(listedPatient),
  total: z.number(),
  /** of the next page; null: this is the last */
  next: z.number().nullable(),
});
const paging = { from: z.coerce.number().int().min(0).default(0) };
const shownPatient = z.strictObject({
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
    }),
  ),
  course: z.array(coursePoint),
  /** identities that this one has taken the place of, and the one that took its place */
  merges: z.strictObject({
    from: z.array(z.strictObject(identity)),
    into: z.strictObject(identity).nullable(),
  }),
});
const keyOnly = z.strictObject({ key: z.string() });

/** Of the record as it stands; a patient without one has a digest too. */
const digestOfRecord = (known: Patient | undefined): string => digestOf(canonicalJson(known ?? null));

export function patientOperations(needs: PatientOperationNeeds) {
  const { world, directory } = needs;
  const subject = ({ key }: { key: string }) => ({ kind: 'patient', id: key }) as const;
  return {
    list: operation({
      id: 'patients.list',
      method: 'GET',
      path: '/patients',
      role: 'viewer',
      changes: false,
      isAudited: true,
      summary: 'Patients that studies or records name, a hundred at a time',
      input: z.strictObject(paging),
      output: listing,
      run: async ({ from }) => pageOf(needs, from, () => true),
    }),
    search: operation({
      id: 'patients.search',
      method: 'POST',
      path: '/patients/search',
      role: 'viewer',
      changes: false,
      isAudited: true,
      summary: 'Patients whose ID holds a text; by POST, so that no Patient ID stands in an address',
      input: z.strictObject({ text: z.string().trim().min(1).max(64), ...paging }),
      output: listing,
      run: async ({ text, from }) => {
        const wanted = text.toLowerCase();
        return pageOf(needs, from, ({ PatientID }) => PatientID.toLowerCase().includes(wanted));
      },
    }),
    read: operation({
      id: 'patients.read',
      method: 'GET',
      path: '/patients/{key}',
      role: 'viewer',
      changes: false,
      isAudited: true,
      summary: 'A patient: record, studies with their states, course, merges',
      input: z.strictObject({ key: pageKey }),
      output: shownPatient,
      subject,
      run: async ({ key }) => shown(needs, key),
    }),
    add: operation({
      id: 'patients.add',
      method: 'POST',
      path: '/patients',
      role: 'operator',
      changes: true,
      summary: 'A record of a patient who has none',
      input: z.strictObject({ ...identity, ...typedRecord, reason }),
      output: keyOnly,
      subject: (input) => ({ kind: 'patient', id: directory.keyOf(input) }),
      run: async ({ reason: why, ...typed }, { name: author }) => {
        const after = recordOf(typed);
        const key = directory.keyOf(identityOf(after));
        const known = await world.patients.exactly(identityOf(after));
        if (known) throw new Fault('CHANGE_CONFLICT', 'the patient has a record');
        await changeRecords(world, [{ after }], { author, reason: why });
        return { key };
      },
    }),
    change: operation({
      id: 'patients.change',
      method: 'PUT',
      path: '/patients/{key}',
      role: 'operator',
      changes: true,
      summary: 'What is known of therapy, baseline and consent; the cases of the patient are looked at again',
      input: z.strictObject({
        key: pageKey,
        ...typedRecord,
        reason,
        basedOn: z.string().describe('digest of the record that was changed'),
      }),
      output: keyOnly,
      subject,
      run: async ({ key, reason: why, basedOn, ...typed }, { name: author }) => {
        const patient = await directory.resolve(key);
        const after = recordOf({ ...typed, ...patient });
        const before = await world.patients.exactly(patient);
        if (digestOfRecord(before) !== basedOn) throw new Fault('CHANGE_CONFLICT');
        if (digestOfRecord(before) === digestOfRecord(after)) throw new Fault('CHANGE_EMPTY');
        await refuseUnknownBaseline(world, patient, after);
        await changeRecords(world, [before ? { before, after } : { after }], { author, reason: why });
        return { key };
      },
    }),
  } as const;
}

const identityOf = ({ PatientID, IssuerOfPatientID = '' }: Patient): PatientKey => ({
  PatientID,
  IssuerOfPatientID,
});

type OfWorld = PatientOperationNeeds['world'];

/** A baseline that a person chooses here is one of the patient's studies; a table may name one that is still to come. */
async function refuseUnknownBaseline(
  { catalogue }: Pick<OfWorld, 'catalogue'>,
  { PatientID }: PatientKey,
  { designatedBaseline }: Patient,
): Promise<void> {
  if (designatedBaseline === undefined) return;
  const study = await catalogue.study(designatedBaseline);
  if (study && study.PatientID !== PatientID)
    throw new Fault('INPUT_INVALID', 'designatedBaseline: a study of another patient');
}

async function pageOf(
  { world, directory }: PatientOperationNeeds,
  from: number,
  isWanted: (patient: PatientKey) => boolean,
): Promise<z.infer<typeof listing>> {
  const found = (await directory.all()).filter(isWanted);
  const records = new Map((await world.patients.all()).map((each) => [patientKey(each), each]));
  const patients = found.slice(from, from + PAGE).map(({ newestAt, ...patient }) => ({
    ...patient,
    newestAt: newestAt?.getTime() ?? null,
    record: records.get(patientKey(patient)) ?? null,
  }));
  const next = from + PAGE < found.length ? from + PAGE : null;
  return { patients, total: found.length, next };
}

async function shown(
  { world, directory }: PatientOperationNeeds,
  key: string,
): Promise<z.infer<typeof shownPatient>> {
  const patient = await directory.resolve(key);
  const own = await world.patients.exactly(patient);
  const all = await world.catalogue.studiesOfPatient(patient.PatientID);
  const rows = all.filter((row) => row.IssuerOfPatientID === patient.IssuerOfPatientID);
  const merges = await knownMerges(world.catalogue.sql);
  const isThis = (other: PatientKey): boolean => patientKey(other) === patientKey(patient);
  return {
    key,
    ...patient,
    record: own ?? null,
    digest: digestOfRecord(own),
    studies: rows.map(({ StudyInstanceUID, StudyDate, state, reasons }) => ({
      StudyInstanceUID,
      StudyDate,
      state,
      reasons,
      isDesignated: own?.designatedBaseline === StudyInstanceUID,
    })),
    course: await courseOf(world, rows),
    merges: {
      from: merges.filter(({ now }) => isThis(now)).map(({ old }) => old),
      into: merges.find(({ old }) => isThis(old))?.now ?? null,
    },
  };
}

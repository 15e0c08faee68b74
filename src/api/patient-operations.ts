/** Patients in the browser and by the API: found and read here; patient-table-operations.ts changes many at once. */
import { z } from 'zod';
import { pageOfPatients } from '../catalogue/known-patients.ts';
import { newestResults } from '../catalogue/newest-results.ts';
import type { PatientDirectory } from '../catalogue/patient-directory.ts';
import { Fault } from '../fault.ts';
import type { PatientKey } from '../patients/merge-csv.ts';
import { GENERATION_OF_DRUG, type Patient } from '../patients/patient.ts';
import { recordOf } from '../patients/record-change.ts';
import { changeRecords } from '../pipeline/change-records.ts';
import type { World } from '../pipeline/world.ts';
import { operation } from './operation.ts';
import { identity, listedPatient, pageKey, reason, typedRecord } from './patient-shapes.ts';
import { digestOfRecord, patientShown, shownPatient } from './patient-shown.ts';

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
const keyOnly = z.strictObject({ key: z.string() });

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
      run: async ({ from }) => pageOf(needs, from),
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
      run: async ({ text, from }) => pageOf(needs, from, text),
    }),
    drugs: operation({
      id: 'patients.drugs',
      method: 'GET',
      path: '/drugs',
      role: 'viewer',
      changes: false,
      summary: 'Drugs whose generation is known; any other name may be given, too',
      input: z.strictObject({}),
      output: z.strictObject({
        drugs: z.array(z.strictObject({ name: z.string(), generation: z.string() })),
      }),
      run: async () => ({
        drugs: Object.entries(GENERATION_OF_DRUG).map(([name, generation]) => ({ name, generation })),
      }),
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
      run: async ({ key }) => patientShown(needs, key),
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
  { directory }: PatientOperationNeeds,
  from: number,
  text?: string,
): Promise<z.infer<typeof listing>> {
  const page = await pageOfPatients(directory.sql, { text, from, size: PAGE });
  const resultOf = await newestResults(directory.sql, page.patients);
  const patients = page.patients.map(({ newestAt, ...patient }) => ({
    ...patient,
    key: directory.keyOf(patient),
    newestAt: newestAt?.getTime() ?? null,
    result: resultOf(patient),
  }));
  return { patients, total: page.total, next: from + PAGE < page.total ? from + PAGE : null };
}

export type PatientOperations = ReturnType<typeof patientOperations>;

/** Tables about patients: records, merges, corrections. Each is looked at first, and applied only as it was looked at. */
import { z } from 'zod';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { parseCorrectionCsv } from '../patients/correction-csv.ts';
import { type Merge, type PatientKey, parseMergeCsv } from '../patients/merge-csv.ts';
import { type Patient, patientKey } from '../patients/patient.ts';
import { parsePatientsCsv, previewImport } from '../patients/patients-csv.ts';
import { changeRecords } from '../pipeline/change-records.ts';
import { applyCorrections, type PlannedCorrection, planCorrections } from '../pipeline/correct-patients.ts';
import { applyMerges, type MergePlan, planMerges } from '../pipeline/merge-patients.ts';
import { operation } from './operation.ts';
import type { PatientOperationNeeds } from './patient-operations.ts';
import {
  correctionPreview,
  csv,
  importPreview,
  mergePreview,
  previewDigest,
  reason,
} from './patient-shapes.ts';

const asked = z.strictObject({ csv });
const applied = z.strictObject({ csv, reason, previewDigest });
const done = z.strictObject({ changed: z.number() });

const look = { method: 'POST', role: 'operator', changes: false, isAudited: true, input: asked } as const;
const act = { method: 'POST', role: 'operator', changes: true, input: applied, output: done } as const;

export function patientTableOperations({ world }: Pick<PatientOperationNeeds, 'world'>) {
  const importOf = async (text: string) => {
    const preview = previewImport(await world.patients.all(), parsePatientsCsv(text));
    return {
      ...preview,
      digest: digestOf(canonicalJson({ added: preview.added, changed: preview.changed })),
    };
  };
  const mergeOf = async (text: string) => {
    const incoming = parseMergeCsv(text);
    const plan = await planMerges(world, incoming);
    return { plan, shown: { ...shownMerge(plan), unknown: await unknownOf(world, incoming) } };
  };
  const correctionOf = async (text: string) => {
    const planned = await planCorrections(world, parseCorrectionCsv(text));
    return { planned, shown: shownCorrection(planned) };
  };
  return {
    previewImport: operation({
      ...look,
      id: 'patients.previewImport',
      path: '/patients/import/preview',
      summary: 'What a table of records would change; nothing is changed',
      output: importPreview,
      run: async (input) => {
        const { digest, added, changed, unchanged, notInFile } = await importOf(input.csv);
        return {
          digest,
          added,
          changed: changed.map(differencesOf),
          unchanged: unchanged.length,
          notInFile: notInFile.length,
        };
      },
    }),
    import: operation({
      ...act,
      id: 'patients.import',
      path: '/patients/import',
      summary: 'Puts a table of records into effect, as its preview showed it',
      run: async (input, { name: author }) => {
        const { digest, added, changed } = await importOf(input.csv);
        requireSame(digest, input.previewDigest);
        const changes = [...added.map((after) => ({ after })), ...changed];
        if (changes.length === 0) throw new Fault('CHANGE_EMPTY');
        await changeRecords(world, changes, { author, reason: input.reason });
        return { changed: changes.length };
      },
    }),
    previewMerge: operation({
      ...look,
      id: 'patients.previewMerge',
      path: '/patients/merge/preview',
      summary: 'Which studies and records a table of merges would move; nothing is changed',
      output: mergePreview,
      run: async (input) => (await mergeOf(input.csv)).shown,
    }),
    merge: operation({
      ...act,
      id: 'patients.merge',
      path: '/patients/merge',
      summary: 'Puts a table of merges into effect, as its preview showed it',
      run: async (input, { name: author }) => {
        const { plan, shown } = await mergeOf(input.csv);
        requireSame(shown.digest, input.previewDigest);
        await applyMerges(world, plan, author);
        return { changed: plan.studies.length };
      },
    }),
    previewCorrection: operation({
      ...look,
      id: 'patients.previewCorrection',
      path: '/patients/correct/preview',
      summary: 'Which studies a table of corrections would change; nothing is changed',
      output: correctionPreview,
      run: async (input) => (await correctionOf(input.csv)).shown,
    }),
    correct: operation({
      ...act,
      id: 'patients.correct',
      path: '/patients/correct',
      summary: 'Puts corrections of birth date or sex into effect, as their preview showed them',
      run: async (input, { name: author }) => {
        const { planned, shown } = await correctionOf(input.csv);
        requireSame(shown.digest, input.previewDigest);
        await applyCorrections(world, planned, author);
        return { changed: planned.length };
      },
    }),
  } as const;
}

/** What was looked at is what is done, or nothing is. */
function requireSame(now: string, lookedAt: string): void {
  if (now !== lookedAt)
    throw new Fault('CHANGE_CONFLICT', 'what the table would change is not what was shown');
}

function differencesOf({ before, after }: { before: Patient; after: Patient }) {
  const columns = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Patient)[];
  const differences = columns
    .filter((column) => before[column] !== after[column])
    .map((column) => ({ column, before: said(before[column]), after: said(after[column]) }));
  const { PatientID, IssuerOfPatientID = '' } = after;
  return { PatientID, IssuerOfPatientID, differences };
}

function said(value: string | boolean | undefined): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value ?? '';
}

/** New identities of which there is neither a study nor a record. */
async function unknownOf(
  { catalogue, patients }: Pick<PatientOperationNeeds['world'], 'catalogue' | 'patients'>,
  incoming: readonly Merge[],
): Promise<PatientKey[]> {
  const unknown = new Map<string, PatientKey>();
  for (const { now } of incoming) {
    const studies = await catalogue.studiesOfPatient(now.PatientID);
    const isKnown =
      studies.some((row) => patientKey(row) === patientKey(now)) || (await patients.exactly(now));
    if (!isKnown) unknown.set(patientKey(now), now);
  }
  return [...unknown.values()];
}

function shownMerge({ merges, studies, records }: MergePlan): Omit<z.infer<typeof mergePreview>, 'unknown'> {
  const moved = studies.map(({ row, now }) => ({
    StudyInstanceUID: row.StudyInstanceUID,
    state: row.state,
    before: { PatientID: row.PatientID, IssuerOfPatientID: row.IssuerOfPatientID },
    after: { PatientID: now.PatientID, IssuerOfPatientID: now.IssuerOfPatientID },
  }));
  const places = moved.map(({ state: _, ...place }) => place);
  const digest = digestOf(canonicalJson({ merges, places, records }));
  return { digest, studies: moved, records: records.length };
}

function shownCorrection(planned: readonly PlannedCorrection[]): z.infer<typeof correctionPreview> {
  const studies = planned.map(({ row, now, isContradicted }) => ({
    StudyInstanceUID: row.StudyInstanceUID,
    state: row.state,
    changed: Object.keys(now),
    isContradicted,
  }));
  const content = planned.map(({ row, now, corrections, isContradicted }) => {
    return { study: row.StudyInstanceUID, now, corrections, isContradicted };
  });
  return { digest: digestOf(canonicalJson(content)), studies };
}

export type PatientTableOperations = ReturnType<typeof patientTableOperations>;

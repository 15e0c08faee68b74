/** A patient leaves catalogue and disk, whatever is known of the patient: nobody but the audit trail tells of it any more. */
import { countLeaving, leavingNothing } from '../catalogue/forgetting.ts';
import {
  forgettingIdentities,
  type PatientTraces,
  parameters,
  tracesOf,
} from '../catalogue/patient-traces.ts';
import { removing, type Whose } from '../catalogue/retention.ts';
import { Fault } from '../fault.ts';
import type { InstanceFile, Statement } from '../ports.ts';
import { laterBeginning } from './receive.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'clock'> &
  Readonly<{
    /** files in a folder below the data folder, named or not */
    filesBelow(folder: string): Promise<readonly InstanceFile[]>;
    /** takes away the jobs about these UIDs; undoes its batch while one of them runs */
    forgettingJobs(uids: readonly string[]): Promise<readonly Statement[]>;
    /** a service receives for this catalogue */
    isServed: boolean;
  }>;

/** `counts`: rows by table, and files. */
export type ForgetPlan = PatientTraces & Readonly<{ counts: ReadonlyMap<string, number> }>;

/** An object that came so lately may be followed by others of its study. */
const ARRIVING_MS = 10 * 60_000;

/**
 * What would be removed. `issuer` undefined: of the only issuer that is known. Faults: INPUT_NOT_FOUND when nothing is here, USAGE when
 * several issuers are known.
 */
export async function planForgetting(
  { catalogue: { sql } }: Pick<Needs, 'catalogue'>,
  PatientID: string,
  issuer?: string,
): Promise<ForgetPlan> {
  const traces = await tracesOf(sql, PatientID, issuer);
  if (traces.identities.length + traces.studies.length === 0)
    throw new Fault('INPUT_NOT_FOUND', 'no such patient is here');
  const counts = new Map([
    ...(traces.studies.length > 0 ? await countLeaving(sql, whose(traces)) : []),
    ...(traces.measurements.length > 0 ? ([['measurement', traces.measurements.length]] as const) : []),
    ['identity', traces.identities.length] as const,
  ]);
  return { ...traces, counts };
}

/**
 * One transaction: what waits to be sent or done, then every row; files go on the list of removals in it, those too that lie with the
 * others and that nothing names. Nothing is done while something is being done with the patient's cases. Fault: PATIENT_UNDER_WAY.
 */
export async function forgetPatient(world: Needs, plan: ForgetPlan): Promise<void> {
  const { catalogue, clock, isServed } = world;
  const now = clock();
  const { studies, reports, instances } = plan;
  const folders = studies.flatMap((uid) => [`instances/${uid}`, `reports/${uid}`]);
  const left = (await Promise.all(folders.map((folder) => world.filesBelow(folder)))).flat();
  const beginnings = new Set(instances.map(laterBeginning));
  const later = await world.filesBelow('later');
  left.push(...later.filter((file) => beginnings.has(file.slice(0, file.indexOf('-') + 1))));
  const isDone = await catalogue.sql.batch([
    ...(await world.forgettingJobs([...studies, ...reports])),
    ...(isServed && studies.length > 0 ? [noneArrives(studies, now)] : []),
    ...(studies.length > 0 ? leavingNothing(whose(plan), now) : []),
    ...forgettingIdentities(plan),
    ...left.map((file) => removing(file, now)),
  ]);
  if (!isDone) throw new Fault('PATIENT_UNDER_WAY', 'nothing was removed');
}

const whose = ({ studies }: Pick<PatientTraces, 'studies'>): Whose => ({
  studies: parameters(studies.length),
  values: studies,
});

const noneArrives = (studies: readonly string[], now: Date): Statement => ({
  mustChange: true,
  text: `UPDATE "migration" SET "appliedAt" = "appliedAt" WHERE NOT EXISTS (
    SELECT 1 FROM "study" WHERE "StudyInstanceUID" IN (${parameters(studies.length)})
    AND "state" = 'receiving' AND "lastReceivedAt" > $${studies.length + 1})`,
  values: [...studies, now.getTime() - ARRIVING_MS],
});

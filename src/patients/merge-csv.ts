/** The merge map as CSV: which patient identity took the place of which. */
import { Fault } from '../fault.ts';
import { parseCsv } from '../tables/csv.ts';
import { patientKey } from './patient.ts';
import { everyRow, invalid, readTable } from './table.ts';

export type PatientKey = Readonly<{ PatientID: string; IssuerOfPatientID: string }>;
export type Merge = Readonly<{ old: PatientKey; now: PatientKey }>;

const COLUMNS = ['oldPatientID', 'oldIssuer', 'newPatientID', 'newIssuer'] as const;
type Column = (typeof COLUMNS)[number];

/**
 * The merges of a CSV text: `oldPatientID` and `newPatientID` in every row, the issuers may be empty or left out. What does not
 * fit throws TABLE_INVALID, naming row and column, never the value.
 */
export function parseMergeCsv(text: string): readonly Merge[] {
  const { rows } = readTable(parseCsv(text), COLUMNS, ['oldPatientID', 'newPatientID']);
  const seen = new Map<string, number>();
  return everyRow(rows, ({ line, cell: raw }) => {
    const cell = (name: Column): string => idIn(raw(name), line, name);
    const old = { PatientID: cell('oldPatientID'), IssuerOfPatientID: cell('oldIssuer') };
    const now = { PatientID: cell('newPatientID'), IssuerOfPatientID: cell('newIssuer') };
    if (old.PatientID === '') throw invalid(line, 'oldPatientID', 'is empty');
    if (now.PatientID === '') throw invalid(line, 'newPatientID', 'is empty');
    if (patientKey(old) === patientKey(now)) throw invalid(line, 'newPatientID', 'is the old identity');
    const earlier = seen.get(patientKey(old));
    if (earlier !== undefined) throw invalid(line, 'oldPatientID', `repeats row ${earlier}`);
    seen.set(patientKey(old), line);
    return { old, now };
  });
}

function idIn(cell: string, line: number, column: Column): string {
  const value = cell.trim();
  // No LO value has them (PS3.5 6.2), so such an ID could never match.
  if (value.length > 64 || /[\p{Cc}\\]/u.test(value)) {
    throw invalid(line, column, 'has up to 64 characters, no backslash');
  }
  return value;
}

/**
 * Known and new merges as one map, chains followed to their end: A to B and B to C is A to C. A new row replaces the known one
 * of the same old identity. Throws TABLE_INVALID when identities took each other's place in a circle.
 */
export function resolvedMerges(known: readonly Merge[], incoming: readonly Merge[]): readonly Merge[] {
  const next = new Map([...known, ...incoming].map(({ old, now }) => [patientKey(old), { old, now }]));
  const ofId = new Map<string, Merge[]>();
  for (const merge of next.values()) {
    const { PatientID } = merge.old;
    ofId.set(PatientID, [...(ofId.get(PatientID) ?? []), merge]);
  }
  const stepFrom = (end: PatientKey): Merge | undefined => {
    const step = mergeOf(end, ofId.get(end.PatientID) ?? []);
    return step && patientKey(step.now) !== patientKey(end) ? step : undefined;
  };
  return [...next.values()].map(({ old, now }) => {
    const passed = new Set([patientKey(old)]);
    let end = now;
    for (let step = stepFrom(end); step; step = stepFrom(end)) {
      if (passed.has(patientKey(end))) break;
      passed.add(patientKey(end));
      end = step.now;
    }
    if (passed.has(patientKey(end)))
      throw new Fault('TABLE_INVALID', 'identities replace each other in a circle');
    return { old, now: end };
  });
}

type Identity = Readonly<{ [Key in keyof PatientKey]?: string | undefined }>;

/**
 * The merge that an identity falls under. An identity without issuer falls under the only merge that is known for its ID. A merge
 * without issuer holds for identities without issuer only: nobody knew of another when it was told, so one who has an issuer is
 * somebody else until a person says so.
 */
export function mergeOf(identity: Identity, merges: readonly Merge[]): Merge | undefined {
  const issuer = identity.IssuerOfPatientID?.trim() ?? '';
  const ofId = merges.filter(({ old }) => old.PatientID === identity.PatientID?.trim());
  const exact = ofId.find(({ old }) => old.IssuerOfPatientID === issuer);
  const [only] = ofId;
  return exact ?? (issuer === '' && ofId.length === 1 ? only : undefined);
}

/** The deltas that were reported here, one row a report: what a local normalisation and a look at drift rest on. */
import type { Header } from '../dicom/header.ts';
import { digestOf } from '../dicom/uid.ts';
import { daysBetween } from '../dicom/values.ts';
import { grouped } from '../model/grouped.ts';
import { type LocalDelta, visitOf } from '../model/local-deltas.ts';
import type { ScoreResult } from '../model/score-result.ts';
import { type ServedModel, termsOf } from '../model/served-model.ts';
import type { TrendPoint } from '../model/trend.ts';
import { type Patient, patientKey } from '../patients/patient.ts';
import { isTestPatient } from '../patients/test-patient.ts';
import type { Sql, Statement } from '../ports.ts';
import type { ReportContent } from '../sr/report.ts';
import { type Patients, recordOf } from './patients.ts';
import type { ReportRow, StudyRow } from './rows.ts';
import { date, json, type Raw, text } from './values.ts';

type Identity = Pick<StudyRow, 'PatientID' | 'IssuerOfPatientID'>;
type Scanner = Readonly<Record<'Manufacturer' | 'ManufacturerModelName' | 'ConvolutionKernel', string>>;

type NewLocalDelta = Pick<ReportRow, 'SOPInstanceUID' | 'StudyInstanceUID'> &
  Identity &
  Scanner &
  Readonly<{
    StudyDate: string;
    baselineStudyDate: string;
    feature: string;
    recipeDigest: string;
    delta: number | null;
    outcome: string;
  }>;

/** What is kept of a report that was made just now. */
export const newLocalDelta = (
  { SOPInstanceUID, StudyInstanceUID }: Pick<ReportRow, 'SOPInstanceUID' | 'StudyInstanceUID'>,
  { PatientID, IssuerOfPatientID }: Identity,
  { content, point }: Readonly<{ content: Pick<ReportContent, Used>; point: TrendPoint }>,
  outcome: string,
): NewLocalDelta => ({
  SOPInstanceUID,
  StudyInstanceUID,
  PatientID,
  IssuerOfPatientID,
  StudyDate: point.StudyDate,
  baselineStudyDate: content.baseline.measurement.header.StudyDate ?? '',
  feature: content.model.feature,
  recipeDigest: content.model.recipeDigest,
  delta: point.delta,
  outcome,
  ...scannerOf(content.followUp.measurement.header),
});
type Used = 'model' | 'baseline' | 'followUp';

/** A header of a scanner may say anything, at any length. */
const scannerOf = (header: Partial<Pick<Header, keyof Scanner>>): Scanner => {
  const short = (value: string | undefined): string => (value ?? '').slice(0, 64);
  return {
    Manufacturer: short(header.Manufacturer),
    ManufacturerModelName: short(header.ManufacturerModelName),
    ConvolutionKernel: short(header.ConvolutionKernel),
  };
};

/** To be committed together with the report. */
export const addingLocalDelta = (row: NewLocalDelta): Statement => ({
  text: `INSERT INTO "localDelta" ("SOPInstanceUID", "StudyInstanceUID", "PatientID", "IssuerOfPatientID", "StudyDate",
      "baselineStudyDate", "feature", "recipeDigest", "delta", "outcome", "Manufacturer", "ManufacturerModelName",
      "ConvolutionKernel") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
  values: [
    row.SOPInstanceUID,
    row.StudyInstanceUID,
    row.PatientID,
    row.IssuerOfPatientID,
    row.StudyDate,
    row.baselineStudyDate,
    row.feature,
    row.recipeDigest,
    row.delta,
    row.outcome,
    row.Manufacturer,
    row.ManufacturerModelName,
    row.ConvolutionKernel,
  ],
});

/** Which deltas are of one kind: of one feature, as one recipe measures it. */
type OfModel = Pick<ServedModel, 'feature' | 'coefficient' | 'fitted' | 'recipeDigest'>;

/**
 * One for each reported follow-up that stands, the oldest exam first: of its newest report, when that was not withdrawn and tells of
 * no held case, the case is neither held now nor out of scope, and the lesions had not grown (then the model was past its purpose).
 * Test patients, and those who objected, are left out. Early or late by what the patients table says now.
 */
export async function localDeltas(
  sql: Sql,
  patients: Pick<Patients, 'all'>,
  model: OfModel,
): Promise<LocalDelta[]> {
  const { feature, recipeDigest } = model;
  const others = termsOf(model)
    .map(({ name }) => name)
    .filter((name) => name !== feature);
  const rows = await sql.query<Raw>(
    `SELECT "localDelta".*, "report"."createdAt", "study"."PatientID" AS "nowPatientID",
       "study"."IssuerOfPatientID" AS "nowIssuerOfPatientID"
       ${others.length > 0 ? `, "report"."result"` : ''}
     FROM "localDelta" JOIN "report" ON "report"."SOPInstanceUID" = "localDelta"."SOPInstanceUID"
     LEFT JOIN "study" ON "study"."StudyInstanceUID" = "localDelta"."StudyInstanceUID"
     WHERE "localDelta"."feature" = $1 AND "localDelta"."recipeDigest" = $2 AND "localDelta"."delta" IS NOT NULL
       AND "localDelta"."outcome" <> 'progression'
       AND ("study"."state" IS NULL OR "study"."state" NOT IN ('held', 'notEligible'))
       AND NOT EXISTS (SELECT 1 FROM "withdrawal" WHERE "withdrawal"."SOPInstanceUID" = "report"."SOPInstanceUID")
       AND NOT EXISTS (SELECT 1 FROM "report" AS "newer" WHERE "newer"."kind" = 'sr'
         AND "newer"."StudyInstanceUID" = "report"."StudyInstanceUID" AND "newer"."createdAt" > "report"."createdAt")
     ORDER BY "localDelta"."StudyDate", "report"."createdAt", "localDelta"."SOPInstanceUID"`,
    [feature, recipeDigest],
  );
  const identified = rows.map((row) => ({ row, ...identityNow(row) }));
  const recordFor = recordsOf(await patients.all(), identified);
  return identified
    .filter(({ PatientID }) => !isTestPatient(PatientID))
    .map((each) => ({ ...each, record: recordFor(each) }))
    .filter(({ record }) => !record?.optOut)
    .map(({ row, record, ...identity }) => ({
      ...toLocalDelta(row, identity, record),
      ...(others.length > 0 && { others: otherDeltas(row, others) }),
    }));
}

/** As the report says them; another model with the same leading feature did not measure them all. */
function otherDeltas(row: Raw, names: readonly string[]): Readonly<Record<string, number>> {
  const { score } = json<Readonly<{ score?: Pick<ScoreResult, 'others'> }>>(row['result']);
  return Object.fromEntries(
    (score?.others ?? []).flatMap(({ feature, delta }) =>
      names.includes(feature) && delta !== null ? [[feature, delta]] : [],
    ),
  );
}

/** A patient who was merged since is known by the new identity; of one who was retired only the row is left. */
const identityNow = (row: Raw): Identity => ({
  PatientID: text(row['nowPatientID'] ?? row['PatientID']),
  IssuerOfPatientID: text(row['nowIssuerOfPatientID'] ?? row['IssuerOfPatientID']),
});

/** The record of each patient, by the rules of the patients table. */
function recordsOf(
  all: readonly Patient[],
  identities: readonly Identity[],
): (identity: Identity) => Patient | undefined {
  const records = grouped(all, ({ PatientID }) => PatientID);
  const sharing = grouped(identities, ({ PatientID }) => PatientID);
  return (identity) => {
    const { PatientID } = identity;
    const issuers = new Set((sharing.get(PatientID) ?? []).map(({ IssuerOfPatientID }) => IssuerOfPatientID));
    issuers.delete('');
    return recordOf(records.get(PatientID) ?? [], identity, [...issuers]);
  };
}

function toLocalDelta(row: Raw, identity: Identity, record: Patient | undefined): LocalDelta {
  const StudyDate = text(row['StudyDate']);
  const daysSinceTkiStart = daysBetween(record?.tkiStart ?? '', StudyDate) ?? null;
  const scanner = [row['Manufacturer'], row['ManufacturerModelName']].map(text).filter((part) => part !== '');
  return {
    StudyInstanceUID: text(row['StudyInstanceUID']),
    patient: digestOf(patientKey(identity)).slice(0, 16),
    StudyDate,
    reportedAt: date(row['createdAt']),
    delta: Number(row['delta']),
    daysSinceBaseline: daysBetween(text(row['baselineStudyDate']), StudyDate) ?? null,
    daysSinceTkiStart,
    visit: visitOf(daysSinceTkiStart),
    scanner: scanner.join(' '),
    kernel: text(row['ConvolutionKernel']),
  };
}

/** What reports say that were made before their deltas were kept apart. */
type OldResult = Readonly<{
  score?: Readonly<{ model: Readonly<{ sha256: string }> }>;
  patient?: Identity;
  outcome?: string;
  point?: TrendPoint;
  decision?: Readonly<{
    lesions?: readonly Readonly<{ trackingUid: string; followUp: Readonly<{ SeriesInstanceUID: string }> }>[];
  }>;
}>;

type OldModel = Readonly<{ sha256: string; value: Pick<OfModel, 'recipeDigest'> }>;

const AT_ONCE = 200;

/**
 * Keeps the deltas of reports that were made before they were kept apart; the answer says of how many. `model`: the active one, whose
 * recipe those reports followed that name its file; of others it is not known. Done twice it does nothing more.
 */
export async function keepOldDeltas(sql: Sql, model: OldModel): Promise<number> {
  let kept = 0;
  for (;;) {
    const rows = await sql.query<Raw>(
      `SELECT "SOPInstanceUID", "StudyInstanceUID", "result" FROM "report" WHERE "kind" = 'sr' AND "heldBecause" IS NULL
         AND NOT EXISTS (SELECT 1 FROM "localDelta" WHERE "localDelta"."SOPInstanceUID" = "report"."SOPInstanceUID")
       LIMIT ${AT_ONCE}`,
    );
    const statements: Statement[] = [];
    for (const row of rows) statements.push(addingLocalDelta(await oldDelta(sql, row, model)));
    await sql.batch(statements);
    kept += rows.length;
    if (rows.length < AT_ONCE) return kept;
  }
}

async function oldDelta(sql: Sql, row: Raw, model: OldModel): Promise<NewLocalDelta> {
  const { score, patient, outcome, point, decision } = json<OldResult>(row['result']);
  const lesion = decision?.lesions?.find(({ trackingUid }) => trackingUid === point?.target);
  return {
    SOPInstanceUID: text(row['SOPInstanceUID']),
    StudyInstanceUID: text(row['StudyInstanceUID']),
    PatientID: patient?.PatientID ?? '',
    IssuerOfPatientID: patient?.IssuerOfPatientID ?? '',
    StudyDate: point?.StudyDate ?? '',
    baselineStudyDate: await studyDateOf(sql, point?.baselineStudyInstanceUID ?? ''),
    feature: point?.feature ?? '',
    recipeDigest: score?.model.sha256 === model.sha256 ? model.value.recipeDigest : '',
    delta: point?.delta ?? null,
    outcome: outcome ?? '',
    ...scannerOf(await seriesHeader(sql, row, lesion?.followUp.SeriesInstanceUID ?? '')),
  };
}

async function studyDateOf(sql: Sql, StudyInstanceUID: string): Promise<string> {
  const rows = await sql.query<Raw>('SELECT "StudyDate" FROM "study" WHERE "StudyInstanceUID" = $1', [
    StudyInstanceUID,
  ]);
  return text(rows[0]?.['StudyDate']);
}

async function seriesHeader(sql: Sql, row: Raw, SeriesInstanceUID: string): Promise<Partial<Header>> {
  const rows = await sql.query<Raw>(
    'SELECT "header" FROM "series" WHERE "SeriesInstanceUID" = $1 AND "StudyInstanceUID" = $2',
    [SeriesInstanceUID, text(row['StudyInstanceUID'])],
  );
  return rows[0] ? json<Partial<Header>>(rows[0]['header']) : {};
}

import type { Header } from '../dicom/header.ts';
import type { Statement } from '../ports.ts';

/** Attributes that say who the patient is; an instance that leaves one empty does not contradict the others. */
export const IDENTITY = ['PatientID', 'IssuerOfPatientID', 'PatientBirthDate', 'PatientSex'] as const;

const contradiction = IDENTITY.map(
  (name, index) => `("study"."${name}" <> '' AND $${index + 2} <> '' AND "study"."${name}" <> $${index + 2})`,
).join(' OR ');

const filled = [...IDENTITY, 'StudyDate', 'StudyTime']
  .map(
    (name, index) =>
      `"${name}" = CASE WHEN "study"."${name}" = '' THEN $${index + 2} ELSE "study"."${name}" END`,
  )
  .join(', ');

/** Creates the study or opens it again. What is empty is filled in; instances that disagree about the patient mark it. */
export function openStudy(header: Header, now: number): Statement {
  return {
    text: `INSERT INTO "study" VALUES ($1, $2, $3, $4, $5, $6, $7, 'receiving', '[]', NULL, 0, $8, $8, $8, 0)
      ON CONFLICT ("StudyInstanceUID") DO UPDATE SET
        "state" = 'receiving', "reasons" = '[]', "attempts" = 0, "lastReceivedAt" = $8,
        "stateChangedAt" = CASE WHEN "study"."state" = 'receiving' THEN "study"."stateChangedAt" ELSE $8 END,
        "identityConflict" = CASE WHEN ${contradiction} THEN 1 ELSE "study"."identityConflict" END,
        ${filled}`,
    values: [
      header.StudyInstanceUID,
      header.PatientID ?? '',
      header.IssuerOfPatientID ?? '',
      header.PatientBirthDate ?? '',
      header.PatientSex ?? '',
      header.StudyDate ?? '',
      header.StudyTime ?? '',
      now,
    ],
  };
}

import type { StudyState } from '../study/lifecycle.ts';
import type { Reason, StudyRow } from './rows.ts';
import { date, json, type Raw, text } from './values.ts';

export const toStudy = (row: Raw): StudyRow => ({
  StudyInstanceUID: text(row['StudyInstanceUID']),
  PatientID: text(row['PatientID']),
  IssuerOfPatientID: text(row['IssuerOfPatientID']),
  PatientBirthDate: text(row['PatientBirthDate']),
  PatientSex: text(row['PatientSex']),
  StudyDate: text(row['StudyDate']),
  StudyTime: text(row['StudyTime']),
  state: text(row['state']) as StudyState,
  reasons: json<Reason[]>(row['reasons']),
  decision: row['decision'] == null ? null : json(row['decision']),
  identityConflict: Number(row['identityConflict']) === 1,
  firstReceivedAt: date(row['firstReceivedAt']),
  lastReceivedAt: date(row['lastReceivedAt']),
  stateChangedAt: date(row['stateChangedAt']),
  attempts: Number(row['attempts']),
});

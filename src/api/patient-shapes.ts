/** What goes in and out of the operations on patients. */
import { z } from 'zod';
import { PATIENT_PAGE_KEY } from '../patients/patient-page-key.ts';
import { changeReason } from './rule-operations.ts';

export const pageKey = z
  .string()
  .regex(PATIENT_PAGE_KEY, 'a patient key')
  .describe('opaque key of a patient');
const unknownOr = <T extends z.ZodType>(type: T) => z.union([z.literal(''), type]).optional();

/** As typed; what is '' or left out is not known. */
export const typedRecord = {
  tkiStart: z.string().max(10).optional().describe('YYYY-MM-DD or YYYYMMDD'),
  drug: z.string().max(64).optional(),
  generation: unknownOr(z.enum(['first', 'second', 'third'])),
  mutation: unknownOr(z.enum(['exon19del', 'L858R', 'other'])),
  otherTherapy: z.string().max(64).optional(),
  designatedBaseline: z.string().max(64).optional().describe('StudyInstanceUID'),
  optOut: z.boolean().default(false),
  listed: z.boolean().default(true),
};
export const identity = {
  PatientID: z.string().trim().min(1).max(64),
  IssuerOfPatientID: z.string().trim().max(64).default(''),
};
export const reason = changeReason;
export const csv = z.string().max(5_000_000, 'at most 5 MB');
export const previewDigest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('digest of the preview that was looked at');

export const record = z.strictObject({
  PatientID: z.string(),
  IssuerOfPatientID: z.string().optional(),
  tkiStart: z.string().optional(),
  drug: z.string().optional(),
  generation: z.string().optional(),
  mutation: z.string().optional(),
  otherTherapy: z.string().optional(),
  designatedBaseline: z.string().optional(),
  optOut: z.boolean(),
  listed: z.boolean(),
});
export const listedPatient = z.strictObject({
  key: z.string(),
  PatientID: z.string(),
  IssuerOfPatientID: z.string(),
  studies: z.number(),
  /** when one of its cases last changed, ms since 1970 */
  newestAt: z.number().nullable(),
  record: record.nullable(),
  /** of its latest study that has a report */
  result: z
    .strictObject({
      StudyInstanceUID: z.string(),
      StudyDate: z.string(),
      outcome: z.string().nullable(),
      category: z.string().nullable(),
      probability: z.number().nullable(),
      delta: z.number().nullable(),
      isWithdrawn: z.boolean(),
    })
    .nullable(),
});
export const coursePoint = z.strictObject({
  StudyInstanceUID: z.string(),
  StudyDate: z.string(),
  delta: z.number().nullable(),
  probability: z.number().nullable(),
  interval: z.tuple([z.number(), z.number()]).readonly().nullable(),
  category: z.string().nullable(),
  diameterMm: z.number().nullable(),
  cutOff: z.number().nullable(),
  isHeld: z.boolean(),
  /** negative: before the start of the TKI; null: not known */
  daysSinceTkiStart: z.number().nullable(),
  visit: z.enum(['early', 'late', 'unknown']),
  /** same lesion, feature and baseline as the newest that was scored: only then deltas can be compared */
  isOfNewestSeries: z.boolean(),
});
export const importPreview = z.strictObject({
  digest: z.string(),
  added: z.array(record).readonly(),
  changed: z
    .array(
      z.strictObject({
        PatientID: z.string(),
        IssuerOfPatientID: z.string(),
        differences: z.array(z.strictObject({ column: z.string(), before: z.string(), after: z.string() })),
      }),
    )
    .readonly(),
  unchanged: z.number(),
  /** patients that we know and the file does not name; they stay as they are */
  notInFile: z.number(),
});
const movedStudy = z.strictObject({
  StudyInstanceUID: z.string(),
  state: z.string(),
  before: z.strictObject({ PatientID: z.string(), IssuerOfPatientID: z.string() }),
  after: z.strictObject({ PatientID: z.string(), IssuerOfPatientID: z.string() }),
});
export const mergePreview = z.strictObject({
  digest: z.string(),
  studies: z.array(movedStudy).readonly(),
  /** records of the patients table that move */
  records: z.number(),
  /** new identities of which nothing is here: perhaps the ID is wrong, or its issuer is missing */
  unknown: z.array(z.strictObject({ PatientID: z.string(), IssuerOfPatientID: z.string() })).readonly(),
});
export const correctionPreview = z.strictObject({
  digest: z.string(),
  studies: z
    .array(
      z.strictObject({
        StudyInstanceUID: z.string(),
        state: z.string(),
        changed: z.array(z.string()),
        /** its objects disagree about the patient even so */
        isContradicted: z.boolean(),
      }),
    )
    .readonly(),
});

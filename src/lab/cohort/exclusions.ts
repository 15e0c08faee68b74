/** A row of a cohort that goes no further, and why. */
export type Exclusion = Readonly<{
  /** row of its table, from 1 */
  line: number;
  caseName: string;
  patient: string;
  /** a code: one of the cohort's own, or that of a fault */
  reason: string;
  /** a sentence without values of patients; '' when the code says all */
  detail: string;
}>;

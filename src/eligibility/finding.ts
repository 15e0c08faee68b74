import type { FactName, FactValue } from './fact-names.ts';

/** One quality check and what it saw. Shown in the report, the worklist and `result.json`. */
export type Finding = Readonly<{
  /** stable identifier of the rule, e.g. `QC-04` */
  id: string;
  /** short name of what was checked, e.g. `slice thickness` */
  check: string;
  /** the values seen, in words with units; no patient data */
  values: string;
  /** hold: the case waits for a person and is not scored */
  outcome: 'pass' | 'warn' | 'hold';
  /** another lesion than the target: its label, clipped */
  lesion?: string | undefined;
  /** what `values` says, for other languages: the fact and where it was seen; '' is the pair or the case */
  fact?: FactName | undefined;
  seen?: readonly Readonly<{
    of: 'baseline' | 'followUp' | '';
    value: FactValue;
    detail?: string | undefined;
  }>[];
}>;

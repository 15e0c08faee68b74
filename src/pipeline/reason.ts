import type { Reason } from '../catalogue/rows.ts';
import type { ReasonCode } from '../study/reasons.ts';

/** One reason, as the list that a case keeps. `code`: of the reasons, or of the fault that holds the case. */
export const reason = (code: ReasonCode | string, text: string): readonly Reason[] => [{ code, text }];

/** Several objects may be away or missing for the same. */
export const eachOnce = (reasons: readonly Reason[]): readonly Reason[] => [
  ...new Map(reasons.map((each) => [each.text, each])).values(),
];

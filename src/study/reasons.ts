/** Why a case waits, is held or is not scored: codes to search for. Faults that hold a case appear with their own code. */
export const REASON_CODES = {
  BASELINE_MISSING: 'No earlier study of the patient qualifies as the baseline; the case waits for one.',
  BASELINE_AMBIGUOUS: 'Several studies qualify equally as the baseline; a person must designate one.',
  BASELINE_CHANGED: 'A better baseline arrived after the case was scored; a person must decide.',
  HISTORY_CHANGED:
    'An earlier time point that the report states changed (withdrawn, cancelled, measured anew), and another model or normalisation counts now; a person must have the case scored again.',
  IS_BASELINE: 'The study is a baseline itself.',
  MASK_MISSING: 'The follow-up, or its baseline, has no usable mask; the case waits for one.',
  IDENTITY_CONFLICT:
    'The patient data contradict each other; a person must decide whether this is one patient: send the wrong study again, corrected, or see patients merge and patients correct.',
  INSTANCE_CONFLICT:
    'Other bytes arrived under a known SOP Instance UID, or were too large to be compared; a person must say which are right.',
  REPORT_SENT:
    'A report of the case was sent, or may have been, and stands unchanged; withdraw it if it is wrong.',
  WITHDRAWN:
    'The report was withdrawn by a person; other objects of the case, or another baseline, open it again, and what is told of the patient where it was withdrawn as an incorrect worklist entry.',
  HELD_BY_PERSON: 'A person holds the case, in the words given, until a person releases it.',
  CANCELLED: 'A person cancelled the case, in the words given, until a person opens it again.',
  CHOICE_INVALID:
    'What a person chose for the case (its baseline, a region) is not here or cannot be used; choose again, or take the choice back.',
  CHOICE_OUTDATED:
    'A newer drawing, or a baseline that the rules prefer, came after a person chose; choose again or take the choice back.',
  LESION_UNMATCHED: 'The regions of both time points are not certainly the same lesion.',
  SERIES_INCOMPLETE:
    'A series is here in part: the mask names, or an archive says that it has, more images; the case waits for the rest.',
  NO_CT: 'The study holds no CT series.',
  NOT_ENROLLED: 'The patient is not enrolled, or opted out.',
  OUT_OF_SCOPE: 'An eligibility rule holds the case.',
  PRIOR_NOT_FOUND:
    'No archive holds an earlier study that the baseline rules would take and that is not here.',
  FETCHED_AS_PRIOR:
    'The study is here as the prior of another case and is no case of its own until it is sent.',
  COMPANION_MISSING:
    'An object that goes beside the report (picture, PDF, segmentation) could not be made; the report went out without it.',
  REPORT_UNWANTED:
    'No destination is to get a report on this outcome (reportsOn, sends); it was made and stays here.',
  EXPIRED: 'The case waited for its baseline or mask until the limit.',
} as const;
export type ReasonCode = keyof typeof REASON_CODES;

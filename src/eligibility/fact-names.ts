/**
 * The closed list of facts that eligibility rules may ask about. `each`: of one time point; `pair`: of baseline and
 * follow-up together; `case`: of the patient and the therapy. A fact is null when it is not known.
 */
export type FactScope = 'each' | 'pair' | 'case';
export type FactValue = number | string | boolean | null;

type FactKind =
  | Readonly<{ scope: FactScope; kind: 'number'; unit: string }>
  | Readonly<{ scope: FactScope; kind: 'flag' }>
  | Readonly<{ scope: FactScope; kind: 'word'; words: readonly string[] }>;

const number = <S extends FactScope>(scope: S, unit: string) => ({ scope, kind: 'number', unit }) as const;
const flag = <S extends FactScope>(scope: S) => ({ scope, kind: 'flag' }) as const;
const word = <S extends FactScope>(scope: S, ...words: readonly string[]) =>
  ({ scope, kind: 'word', words }) as const;

const AGREEMENT = ['agree', 'emptyOnOne', 'emptyOnBoth', 'differ'] as const;

const FACTS = {
  sopKind: word('each', 'ct', 'enhancedCt', 'legacyConvertedCt', 'other'),
  modalityIsCt: flag('each'),
  imageKind: word('each', 'axial', 'localizer', 'reformatted', 'secondary', 'derivedAxial', 'unknown'),
  normalToZDegrees: number('each', 'degrees'),
  orientationSpreadDegrees: number('each', 'degrees'),
  gantryTiltDegrees: number('each', 'degrees'),
  shearDegrees: number('each', 'degrees'),
  missingSlicesNearMask: number('each', 'slices'),
  missingSlicesElsewhere: number('each', 'slices'),
  slicesBeyondMask: number('each', 'slices'),
  marginBeyondMaskMm: number('each', 'mm'),
  stepDeviationPercent: number('each', '%'),
  duplicatePositions: number('each', 'positions'),
  isUniform: flag('each'),
  inPlaneAnisotropyPercent: number('each', '%'),
  sliceThicknessMm: number('each', 'mm'),
  bodyPart: word('each', 'chest', 'other', 'unknown'),
  contrastStatus: word('each', 'given', 'nonContrast', 'conflicting', 'notAsserted'),
  kernelFamily: word('each', 'soft', 'sharp', 'unknown'),
  hasPaddingInRoi: flag('each'),
  rescaleType: word('each', 'HU', 'absent', 'other'),
  isLossy: flag('each'),
  roiVoxels: number('each', 'voxels'),
  roiSlices: number('each', 'slices'),
  maskApproval: word('each', 'approved', 'unapproved', 'rejected', 'notSaid'),
  maskDaysAfterStudy: number('each', 'days'),
  toleratedDeviations: number('each', 'deviations'),
  sliceThicknessDifferenceMm: number('pair', 'mm'),
  kernelAgreement: word('pair', 'same', 'different', 'unknown'),
  birthDateAgreement: word('pair', ...AGREEMENT),
  sexAgreement: word('pair', ...AGREEMENT),
  issuerAgreement: word('pair', ...AGREEMENT),
  intervalDays: number('pair', 'days'),
  airChangePercent: number('pair', 'percentage points'),
  fluidChangePercent: number('pair', 'percentage points'),
  therapyRecord: word('case', 'recorded', 'recordedInPart', 'notRecorded'),
  tkiGeneration: word('case', 'first', 'second', 'third', 'unknown'),
  mutation: word('case', 'exon19del', 'L858R', 'other', 'unknown'),
  otherTherapy: word('case', 'none', 'given', 'unknown'),
  baselineDaysAfterTkiStart: number('case', 'days'),
} as const satisfies Record<string, FactKind>;

export type FactName = keyof typeof FACTS;
export const FACT_NAMES = Object.keys(FACTS) as [FactName, ...FactName[]];
export const factKind = (name: FactName): FactKind => FACTS[name];

/** A fact as seen; `detail` adds what was found, in words of ours, never text of the header. */
export type Fact = Readonly<{ value: FactValue; detail?: string | undefined }>;
export type TimePointFacts = Readonly<Record<NameOf<'each'>, Fact>>;
export type Facts = Readonly<{
  baseline: TimePointFacts;
  followUp: TimePointFacts;
  pair: Readonly<Record<NameOf<'pair'>, Fact>>;
  case: Readonly<Record<NameOf<'case'>, Fact>>;
}>;
type NameOf<S extends FactScope> = {
  [N in FactName]: (typeof FACTS)[N]['scope'] extends S ? N : never;
}[FactName];

const SAYINGS: Readonly<Record<string, string>> = {
  enhancedCt: 'enhanced CT',
  legacyConvertedCt: 'legacy converted CT',
  derivedAxial: 'derived axial',
  nonContrast: 'non-contrast',
  notAsserted: 'not asserted',
  emptyOnOne: 'empty on one side',
  emptyOnBoth: 'empty on both sides',
  notSaid: 'not said',
  exon19del: 'exon 19 deletion',
  recordedInPart: 'therapy recorded in part',
  notRecorded: 'therapy not recorded',
};

/** A fact in words with its unit. */
export function inWords(name: FactName, { value, detail }: Fact): string {
  const kind = factKind(name);
  return `${sayValue(kind, value)}${detail ? ` (${detail})` : ''}`;
}

function sayValue(kind: FactKind, value: FactValue): string {
  if (value === null) return 'unknown';
  if (typeof value === 'number')
    return kind.kind === 'number' ? `${Number(value.toFixed(3))} ${kind.unit}` : String(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return SAYINGS[value] ?? value;
}

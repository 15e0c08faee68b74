/** The facts of a case as far as they are known now: before it is measured, what headers, masks and the record tell. */
import type { Header } from '../dicom/header.ts';
import { ENHANCED_CT_IMAGE, LEGACY_CONVERTED_ENHANCED_CT_IMAGE } from '../dicom/sop-class.ts';
import type { MaskDescription } from '../masks/region.ts';
import type { IdentityComparison } from '../matching/identity.ts';
import type { Patient } from '../patients/patient.ts';
import type { PartialFacts } from './explain.ts';
import { factsOf, headerFacts, type MeasuredFacts, maskFacts, pairFacts, therapyFacts } from './facts.ts';

/** One time point; a part that is absent is not known yet. */
type KnownTimePoint = Readonly<{
  header?: Header | undefined;
  mask?: MaskDescription | undefined;
  measurement?: MeasuredFacts | undefined;
}>;

export type KnownCase = Readonly<{
  baseline: KnownTimePoint;
  followUp: KnownTimePoint;
  /** absent: no baseline was chosen */
  identity?: IdentityComparison | undefined;
  patient: Patient | undefined;
}>;

/** The facts that rules are asked with when the case is scored, where all is measured; else those that are known. */
export function knownFacts({ baseline, followUp, identity, patient }: KnownCase): PartialFacts {
  const before = whole(baseline);
  const after = whole(followUp);
  if (before && after && identity) return factsOf({ baseline: before, followUp: after, identity, patient });
  return {
    baseline: timePoint(baseline),
    followUp: timePoint(followUp),
    pair: identity && pairOf(baseline.header, followUp.header, identity),
    case: therapy(patient, baseline.header),
  };
}

/** What a header alone decides. */
export const factsOfHeader = (header: Header): PartialFacts => ({ followUp: timePoint({ header }) });

const whole = ({ measurement, mask }: KnownTimePoint) => measurement && mask && { measurement, mask };

const timePoint = ({ header, mask }: KnownTimePoint): NonNullable<PartialFacts['baseline']> => ({
  ...(header && headerAlone(header)),
  ...(header && mask && maskFacts(header, mask)),
});

/** Multi-frame images say in their frames what others say in the header, and frames are read when the case is measured. */
function headerAlone(header: Header): NonNullable<PartialFacts['baseline']> {
  const facts = headerFacts(header);
  if (!isMultiFrame(header)) return facts;
  const { sopKind, modalityIsCt, bodyPart, contrastStatus, isLossy } = facts;
  return { sopKind, modalityIsCt, bodyPart, contrastStatus, isLossy };
}

const isMultiFrame = ({ SOPClassUID }: Header): boolean =>
  SOPClassUID === ENHANCED_CT_IMAGE || SOPClassUID === LEGACY_CONVERTED_ENHANCED_CT_IMAGE;

function pairOf(
  before: Header | undefined,
  after: Header | undefined,
  identity: IdentityComparison,
): NonNullable<PartialFacts['pair']> {
  const { birthDate, sex, issuer } = identity;
  const said = {
    birthDateAgreement: { value: birthDate },
    sexAgreement: { value: sex },
    issuerAgreement: { value: issuer },
  };
  if (!before || !after) return said;
  const facts = { baseline: headerFacts(before), followUp: headerFacts(after) };
  const all = pairFacts({ baseline: before, followUp: after }, facts, identity);
  return [before, after].some(isMultiFrame) ? { ...said, intervalDays: all.intervalDays } : all;
}

function therapy(patient: Patient | undefined, baseline: Header | undefined): PartialFacts['case'] {
  const { baselineDaysAfterTkiStart, ...record } = therapyFacts(patient, baseline?.StudyDate);
  return baseline ? { ...record, baselineDaysAfterTkiStart } : record;
}

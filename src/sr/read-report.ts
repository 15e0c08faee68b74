/** A report of ours, read back into the result that it was made of: the other way round of slots.ts. */
import type { Dataset } from '../dicom/part10.ts';
import { isUid } from '../dicom/uid.ts';
import type { TrendPoint } from '../model/trend.ts';
import { CODES, PRIVATE_SCHEME, sameCode } from './codes.ts';
import { SR_SOP_CLASSES } from './identity.ts';
import { LANGUAGES, type Language } from './language.ts';
import { messagesOf } from './messages/messages-of.ts';
import {
  choiceNamed,
  itemNamed,
  malformed,
  numberNamed,
  textNamed,
  textsNamed,
  theItem,
  theNumber,
} from './read-items.ts';
import { type ReadGroups, type ReadLesion, readGroups } from './read-lesions.ts';
import { type ReadClassic, type ReadScore, readClassic, readScore } from './read-results.ts';
import { codeIn, itemsOf, textOf } from './read-tree.ts';
import { NORMALISATION, QUALITY } from './slots.ts';

/** A document that a report takes the place of. */
type Predecessor = Readonly<{ SOPClassUID: string; SOPInstanceUID: string }>;

type ReadGrowth = Readonly<{
  percent: number;
  nadirMm: number;
  currentMm: number;
  isProgression: boolean;
}>;

/** Everything in numbers and codes that the report says. Values of the header as they stand there, '' when absent. */
export type ReadReport = ReadScore &
  Readonly<{
    SOPClassUID: string;
    SOPInstanceUID: string;
    StudyInstanceUID: string;
    SeriesInstanceUID: string;
    PatientID: string;
    IssuerOfPatientID: string;
    PatientBirthDate: string;
    PatientSex: string;
    StudyDate: string;
    StudyTime: string;
    ContentDate: string;
    ContentTime: string;
    predecessors: readonly Predecessor[];
    /** undefined: another than those that reports are written in */
    language: Language | undefined;
    summary: string;
    /** the target first */
    lesions: readonly ReadLesion[];
    /** the study of the baseline's series */
    baselineStudyInstanceUID: string;
    feature: string;
    /** null when a date was missing */
    intervalDays: number | null;
    growth: ReadGrowth | undefined;
    /** the secondary result; one without a probability is not in the codes */
    classic: ReadClassic | undefined;
    normalisation: 'none' | 'supplied' | 'local';
    /** worst outcome of the checks; a case on hold is reported only to tell why */
    quality: 'pass' | 'warn' | 'hold';
    findings: readonly string[];
    trend: readonly string[];
    /** as later reports of the patient need it: equal to that of the evaluation */
    point: TrendPoint;
  }>;

/**
 * Undefined for every dataset that is not certainly, and whole, a report of Earshot's; never throws, whatever the dataset holds.
 * Texts are read as they were written; numbers are the doubles that were written.
 */
export function readReport(dataset: Dataset): ReadReport | undefined {
  try {
    return isOurs(dataset) ? read(dataset) : undefined;
  } catch {
    return undefined;
  }
}

/** By class, title, template, and the scheme of our private codes. */
function isOurs(dataset: Dataset): boolean {
  const title = codeIn(dataset, 'ConceptNameCodeSequence');
  const [template] = itemsOf(dataset, 'ContentTemplateSequence');
  return (
    Object.values<string>(SR_SOP_CLASSES).includes(textOf(dataset, 'SOPClassUID')) &&
    title !== undefined &&
    sameCode(title, CODES.oncologyMeasurementReport) &&
    template !== undefined &&
    textOf(template, 'TemplateIdentifier') === '1500' &&
    itemsOf(dataset, 'CodingSchemeIdentificationSequence').some(
      (scheme) => textOf(scheme, 'CodingSchemeUID') === PRIVATE_SCHEME.CodingSchemeUID,
    )
  );
}

function read(dataset: Dataset): ReadReport {
  const groups = readGroups(theItem(dataset, CODES.imagingMeasurements));
  const { lesions, change, feature } = groups;
  const evaluations = theItem(dataset, CODES.qualitativeEvaluations);
  const identity = readIdentity(dataset);
  const score = readScore(change);
  const baselineStudyInstanceUID = baselineStudyOf(dataset, groups);
  return {
    ...identity,
    ...score,
    predecessors: readPredecessors(dataset),
    language: languageOf(dataset),
    summary: textNamed(dataset, CODES.summary),
    lesions,
    baselineStudyInstanceUID,
    feature,
    intervalDays: numberNamed(change, CODES.days, CODES.temporalOffset) ?? null,
    growth: readGrowth(change),
    classic: readClassic(change),
    normalisation:
      choiceNamed(evaluations, CODES.normalisationStatus, NORMALISATION) ?? malformed('no normalisation'),
    quality: choiceNamed(evaluations, CODES.qualityAssessment, QUALITY) ?? malformed('no quality'),
    findings: textsNamed(evaluations, CODES.qualityFinding),
    trend: textsNamed(evaluations, CODES.trend),
    point: {
      StudyInstanceUID: identity.StudyInstanceUID,
      StudyDate: identity.StudyDate,
      baselineStudyInstanceUID,
      target: targetOf(groups).trackingUid,
      feature,
      delta: targetOf(groups).delta,
      probability: score.probability,
      category: score.category,
      diametersMm: Object.fromEntries(
        lesions.map(({ trackingUid, followUp }) => [trackingUid, followUp.longestInPlaneDiameterMm]),
      ),
    },
  };
}

const targetOf = ({ lesions }: ReadGroups): ReadLesion => lesions[0] ?? malformed('no target');

function readIdentity(dataset: Dataset) {
  const text = (keyword: string): string => textOf(dataset, keyword);
  const uid = (keyword: string): string => (isUid(text(keyword)) ? text(keyword) : malformed(keyword));
  return {
    SOPClassUID: text('SOPClassUID'),
    SOPInstanceUID: uid('SOPInstanceUID'),
    StudyInstanceUID: uid('StudyInstanceUID'),
    SeriesInstanceUID: uid('SeriesInstanceUID'),
    PatientID: text('PatientID'),
    IssuerOfPatientID: text('IssuerOfPatientID'),
    PatientBirthDate: text('PatientBirthDate'),
    PatientSex: text('PatientSex'),
    StudyDate: text('StudyDate'),
    StudyTime: text('StudyTime'),
    ContentDate: text('ContentDate'),
    ContentTime: text('ContentTime'),
  };
}

type Located = Predecessor & Readonly<{ StudyInstanceUID: string; SeriesInstanceUID: string }>;

/** PS3.3 table C.17-3. */
const references = (dataset: Dataset, keyword: string): readonly Located[] =>
  itemsOf(dataset, keyword).flatMap((study) =>
    itemsOf(study, 'ReferencedSeriesSequence').flatMap((series) =>
      itemsOf(series, 'ReferencedSOPSequence').map((reference) => ({
        StudyInstanceUID: textOf(study, 'StudyInstanceUID'),
        SeriesInstanceUID: textOf(series, 'SeriesInstanceUID'),
        SOPClassUID: textOf(reference, 'ReferencedSOPClassUID'),
        SOPInstanceUID: textOf(reference, 'ReferencedSOPInstanceUID'),
      })),
    ),
  );

const readPredecessors = (dataset: Dataset): readonly Predecessor[] =>
  references(dataset, 'PredecessorDocumentsSequence').map(({ SOPClassUID, SOPInstanceUID }) =>
    isUid(SOPInstanceUID) ? { SOPClassUID, SOPInstanceUID } : malformed('a predecessor without a UID'),
  );

/** The evidence says in which study the target's baseline series lies; what serves both time points is current evidence. */
function baselineStudyOf(dataset: Dataset, groups: ReadGroups): string {
  const { SeriesInstanceUID } = targetOf(groups).baseline;
  const studiesIn = (keyword: string): ReadonlySet<string> =>
    new Set(
      references(dataset, keyword)
        .filter((each) => each.SeriesInstanceUID === SeriesInstanceUID)
        .map((each) => each.StudyInstanceUID),
    );
  const other = studiesIn('PertinentOtherEvidenceSequence');
  const found = other.size > 0 ? other : studiesIn('CurrentRequestedProcedureEvidenceSequence');
  const [study] = found;
  return found.size === 1 && isUid(study) ? study : malformed('the baseline is in no study, or in several');
}

function languageOf(dataset: Dataset): Language | undefined {
  const item = itemNamed(dataset, CODES.language);
  const code = item && codeIn(item, 'ConceptCodeSequence')?.CodeValue;
  return LANGUAGES.find((language) => messagesOf(language).languageCode.value === code);
}

function readGrowth(change: Dataset): ReadGrowth | undefined {
  const item = itemNamed(change, CODES.growth);
  const isProgression = choiceNamed(change, CODES.growthStatus, { met: CODES.progressionMet }) !== undefined;
  if (!item) return isProgression ? malformed('progression without growth') : undefined;
  return {
    percent: theNumber(change, CODES.percent, CODES.growth),
    nadirMm: theNumber(item, CODES.millimetre, CODES.nadirSum),
    currentMm: theNumber(item, CODES.millimetre, CODES.currentSum),
    isProgression,
  };
}

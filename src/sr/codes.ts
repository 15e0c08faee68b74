import type { Code } from '../dicom/header.ts';

/** The scheme of the concepts that no public scheme has. The UID is derived once and fixed. */
export const PRIVATE_SCHEME = {
  CodingSchemeDesignator: '99EARSHOT',
  CodingSchemeUID: '2.25.58852792758493837432863034952389665393',
  CodingSchemeName: 'Earshot delta-radiomics concepts',
  CodingSchemeVersion: '1',
  CodingSchemeResponsibleOrganization: 'Earshot',
} as const;

/** IBSI codes; the UID is the one that PS3.6 annex A registers. */
export const IBSI_SCHEME = {
  CodingSchemeDesignator: 'IBSI',
  CodingSchemeUID: '1.2.840.10008.2.16.13',
  CodingSchemeName: 'Image Biomarker Standardisation Initiative',
} as const;

const coded =
  (CodingSchemeDesignator: string) =>
  (CodeValue: string, CodeMeaning: string): Code => ({ CodeValue, CodingSchemeDesignator, CodeMeaning });

const dcm = coded('DCM');
const sct = coded('SCT');
const ucum = coded('UCUM');
const umls = coded('UMLS');
const ibsi = coded('IBSI');
const earshot = coded(PRIVATE_SCHEME.CodingSchemeDesignator);

/** Every coded concept that Earshot reasons about: values of slots, rows that a template must have, assertions. */
export const CODES = {
  // Document and observer (TID 1500, 1204, 1002, 1004)
  imagingMeasurementReport: dcm('126000', 'Imaging Measurement Report'),
  oncologyMeasurementReport: dcm('126001', 'Oncology Measurement Report'),
  language: dcm('121049', 'Language of Content Item and Descendants'),
  observerType: dcm('121005', 'Observer Type'),
  device: dcm('121007', 'Device'),
  deviceObserverUid: dcm('121012', 'Device Observer UID'),
  deviceObserverName: dcm('121013', 'Device Observer Name'),
  deviceObserverManufacturer: dcm('121014', 'Device Observer Manufacturer'),
  procedureReported: dcm('121058', 'Procedure Reported'),
  ctUnspecified: coded('LN')('25045-6', 'CT unspecified body region'),
  summary: dcm('121111', 'Summary'),
  imagingMeasurements: dcm('126010', 'Imaging Measurements'),
  measurementGroup: dcm('125007', 'Measurement Group'),
  qualitativeEvaluations: umls('C0034375', 'Qualitative Evaluations'),

  // Measurement groups (TID 1410, 1411, 1501, 1502)
  trackingIdentifier: dcm('112039', 'Tracking Identifier'),
  trackingUid: dcm('112040', 'Tracking Unique Identifier'),
  finding: dcm('121071', 'Finding'),
  timePointIdentifier: dcm('126070', 'Subject Time Point Identifier'),
  timePoint: umls('C2348792', 'Time Point'),
  findingSite: sct('363698007', 'Finding Site'),
  lung: sct('39607008', 'Lung'),
  imageRegion: dcm('111030', 'Image Region'),
  sourceImage: dcm('121324', 'Source Image'),
  referencedSegment: dcm('121191', 'Referenced Segment'),
  regionInSpace: dcm('130488', 'Region in Space'),
  referencedRoi: dcm('130489', 'Referenced Region of Interest Identifier'),
  sourceSeries: dcm('121232', 'Source series for segmentation'),
  subjectTimePoint: dcm('126070', 'Subject Time Point Identifier'),
  timePointType: dcm('126072', 'Time Point Type'),
  baselineTimePoint: umls('C1442488', 'Baseline'),
  volume: sct('118565006', 'Volume'),
  longAxis: sct('103339001', 'Long Axis'),
  maximum3dDiameter: ibsi('L0JK', 'Maximum 3D diameter'),
  lesionRole: earshot('LESION_ROLE', 'Role of the lesion'),
  targetLesion: earshot('LESION_TARGET', 'Target lesion of the model'),
  otherLesion: earshot('LESION_OTHER', 'Other measured lesion'),
  temporalOffset: dcm('128740', 'Longitudinal Temporal Offset from Event'),
  diameter: sct('81827009', 'Diameter'),
  derivation: dcm('121401', 'Derivation'),
  equation: dcm('121420', 'Equation'),
  populationDescription: dcm('121405', 'Population description'),
  zScore: dcm('113071', 'Z-score'),
  algorithmName: dcm('111001', 'Algorithm Name'),
  algorithmParameters: dcm('111002', 'Algorithm Parameters'),
  algorithmVersion: dcm('111003', 'Algorithm Version'),
  thresholdValue: dcm('122411', 'Threshold Value'),

  // What the lesion may be (CID 7159)
  neoplasm: sct('108369006', 'Neoplasm'),
  neoplasmPrimary: sct('86049000', 'Neoplasm, Primary'),
  neoplasmSecondary: sct('14799000', 'Neoplasm, Secondary'),
  mass: sct('4147007', 'Mass'),
  nodule: sct('27925004', 'Nodule'),

  // The feature, its delta and the prediction
  differenceVariance: ibsi('D3YU', 'Difference Variance of GLCM'),
  equivalentMeaning: dcm('121050', 'Equivalent Meaning of Concept Name'),
  radiomicFeature: earshot('FEATURE', 'Radiomic feature'),
  deltaDifferenceVariance: earshot('DELTA_LOG_DV', 'Delta LoG GLCM difference variance'),
  deltaFeature: earshot('DELTA_FEATURE', 'Delta of radiomic feature'),
  probability: earshot('PROB_EAR', 'Probability of early acquired resistance to EGFR-TKI'),
  intervalLower: earshot('PROB_CI95_LOW', 'Lower limit of 95 percent interval'),
  intervalUpper: earshot('PROB_CI95_HIGH', 'Upper limit of 95 percent interval'),
  siteProbability: earshot('PROB_SITE_PREV', 'Probability at the prevalence of the site'),
  sitePrevalence: earshot('SITE_PREV', 'Prevalence of resistance at the site'),
  predictedClass: earshot('EAR_CLASS', 'Predicted early acquired resistance to EGFR-TKI'),
  positive: sct('10828004', 'Positive'),
  negative: sct('260385009', 'Negative'),
  indeterminate: sct('82334004', 'Indeterminate'),
  notEvaluable: earshot('NOT_EVALUABLE', 'Not evaluable'),
  deltaMinimum: earshot('DELTA_MIN', 'Smallest delta under moved contours'),
  deltaMaximum: earshot('DELTA_MAX', 'Largest delta under moved contours'),
  deltaDeviation: earshot('DELTA_SD', 'Standard deviation of delta under moved contours'),
  deltaPairs: earshot('DELTA_PAIRS', 'Pairs of moved contours'),
  shrinkage: earshot('SHRINKAGE', 'Shrinkage rate of the longest in-plane diameter'),
  growth: earshot('GROWTH_NADIR', 'Change of longest diameters since the nadir'),
  nadirSum: earshot('NADIR_MM', 'Sum of longest diameters at the nadir'),
  currentSum: earshot('CURRENT_MM', 'Sum of longest diameters now'),
  growthStatus: earshot('GROWTH_STATUS', 'Growth of the measured lesions'),
  progressionMet: earshot('PROGRESSION_MET', 'Progression criteria met'),
  classicProbability: earshot('PROB_EAR_CLASSIC', 'Secondary result, classic model: probability of EAR'),
  classicLower: earshot('CLASSIC_CI_LOW', 'Secondary result: lower limit of 95 percent interval'),
  classicUpper: earshot('CLASSIC_CI_HIGH', 'Secondary result: upper limit of 95 percent interval'),
  classicCutOff: earshot('CLASSIC_CUT_OFF', 'Secondary result: threshold value'),
  classicClass: earshot('CLASSIC_CLASS', 'Secondary result: class predicted by the classic model'),
  trend: earshot('TREND', 'Trend over time points'),
  notAttempted: dcm('114007', 'Measurement not attempted'),
  calculationFailure: dcm('114008', 'Calculation failure'),

  // Qualitative evaluations
  qualityAssessment: dcm('111050', 'Quality Assessment'),
  qualityMet: dcm('111237', 'Usable - Meets the quality control standard'),
  qualityNotMet: dcm('111236', 'Usable - Does not meet the quality control standard'),
  qualityUnusable: dcm('111235', 'Unusable - Quality renders image unusable'),
  qualityFinding: dcm('111052', 'Quality Finding'),
  normalisationStatus: earshot('NORM_STATUS', 'Input normalisation status'),
  normalisationPublished: earshot('NORM_PUBLISHED', 'Mean and SD supplied from a reference cohort'),
  normalisationLocal: earshot('NORM_LOCAL', 'Mean and SD estimated from local cases'),
  normalisationUnknown: earshot('NORM_UNKNOWN', 'Mean and SD not established'),
  calibrationStatus: earshot('CALIB_STATUS', 'Probability calibration status'),
  comment: dcm('121106', 'Comment'),

  // Units
  noUnits: ucum('1', 'no units'),
  percent: ucum('%', 'Percent'),
  millimetre: ucum('mm', 'millimeter'),
  cubicMillimetre: ucum('mm3', 'cubic millimeter'),
  days: ucum('d', 'day'),
} as const;

/** Scheme and value; the meaning is only for people (PS3.3 8.8). */
export const sameCode = (a: Code, b: Code): boolean =>
  a.CodeValue === b.CodeValue && a.CodingSchemeDesignator === b.CodingSchemeDesignator;

/** `(126001, DCM, "Oncology Measurement Report")`, the standard's own notation. */
export const codeText = (code: Code): string =>
  `(${code.CodeValue}, ${code.CodingSchemeDesignator}, "${code.CodeMeaning}")`;

const LESIONS = [CODES.neoplasmPrimary, CODES.neoplasmSecondary, CODES.neoplasm, CODES.mass, CODES.nodule];

/** Our own row for a lesion type code that a mask carries; undefined for any other code. */
const knownFinding = (code: Code): Code | undefined => LESIONS.find((known) => sameCode(known, code));

/** What a lesion is by the first code that its masks carry and we know; a neoplasm when they carry none. */
export const lesionFinding = (typeCodes: readonly Code[]): Code =>
  typeCodes.map(knownFinding).find((code) => code !== undefined) ?? CODES.neoplasm;

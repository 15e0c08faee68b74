/** The page of a report: the same statements, arranged to be looked at. */
import type { Header } from '../dicom/header.ts';
import { messagesOf } from '../sr/messages/messages-of.ts';
import type { ReportContent, ReportTimePoint } from '../sr/report.ts';
import {
  baselineStatement,
  classicStatement,
  deltaStatement,
  featureTitle,
  growthStatement,
  lateStatement,
  lesionStatement,
  lesionsStatement,
  normalisationStatement,
  otherPointsStatement,
  supersedesStatement,
} from '../sr/statements.ts';
import { clipped, isoDate } from '../sr/wording.ts';
import type { KeyView } from './key-view.ts';
import type { PageContent, PageTimePoint } from './page-content.ts';

/** Room for one piece of foreign text. */
const ROOM = 100;

/** `SOPInstanceUID`: of the SR that the page belongs to. Text is in the language of the content. */
export function pageOf(
  content: ReportContent,
  SOPInstanceUID: string,
  views: Readonly<{ baseline: KeyView; followUp: KeyView }>,
): PageContent {
  const { score, growth, language, model, stability } = content;
  const messages = messagesOf(language);
  const { header } = content.followUp.measurement;
  const point = (
    label: string,
    { measurement }: ReportTimePoint,
    view: KeyView,
    value: number | null,
  ): PageTimePoint => ({
    label,
    date: isoDate(measurement.header.StudyDate) ?? messages.unknownDate,
    view,
    volumeMm3: measurement.roi.volumeMm3,
    inPlaneDiameterMm: measurement.roi.longestInPlaneDiameterMm,
    featureValue: value,
  });
  return {
    language,
    patient: { name: clipped(header.PatientName ?? '', 200), identification: identificationOf(header) },
    lesion: content.lesion.trackingId,
    SOPInstanceUID,
    category: score.category,
    isProvisional: score.normalisation.isProvisional && score.probability !== null,
    because: messages.because(score),
    warnings: [supersedesStatement(content), lateStatement(content), lesionsStatement(content)].filter(
      isSaid,
    ),
    baseline: point(messages.baseline, content.baseline, views.baseline, score.baselineValue),
    followUp: point(messages.followUp, content.followUp, views.followUp, score.followUpValue),
    intervalDays: content.intervalDays,
    featureTitle: featureTitle(model.feature),
    delta: score.delta,
    stabilityRange: stability ? [stability.minimum, stability.maximum] : null,
    probability: score.probability,
    interval: score.interval,
    cutOff: score.cutOff,
    designPrevalence: model.training.prevalence,
    priorShifted: score.priorShifted,
    isProgression: growth?.isProgression === true,
    progression: growth ? growthStatement(content) : messages.notAssessed,
    trend: trendOf(content),
    summary: summaryOf(content),
    findings: content.findings.map((finding) => ({ ...finding, ...messages.findingParts(finding) })),
    provenance: provenanceOf(content),
  };
}

const isSaid = (text: string | undefined): text is string => text !== undefined && text !== '';

function identificationOf({
  PatientID,
  IssuerOfPatientID,
  PatientBirthDate,
  PatientSex,
  AccessionNumber,
}: Header): string {
  const issuer = IssuerOfPatientID ? ` (${clipped(IssuerOfPatientID, 64)})` : '';
  return [
    `ID ${clipped(PatientID ?? '', 64)}${issuer}`,
    isoDate(PatientBirthDate),
    clipped(PatientSex ?? '', 16),
    AccessionNumber && `# ${clipped(AccessionNumber, 16)}`,
  ]
    .filter(isSaid)
    .join(' · ');
}

function trendOf({ trend, score, followUp }: ReportContent): PageContent['trend'] {
  const now = { ...score, StudyDate: followUp.measurement.header.StudyDate ?? '' };
  return [...trend, now].map(({ StudyDate, delta, probability }, at) => ({
    date: isoDate(StudyDate) ?? '',
    delta,
    probability,
    isCurrent: at === trend.length,
  }));
}

/** What the panels do not say. */
const summaryOf = (content: ReportContent): readonly string[] =>
  [
    deltaStatement(content, ROOM),
    lesionStatement(content, content, ROOM),
    ...content.otherLesions.map((lesion) => lesionStatement(lesion, content, ROOM)),
    classicStatement(content),
    otherPointsStatement(content),
    clipped(baselineStatement(content), 300),
  ].filter(isSaid);

function provenanceOf(content: ReportContent): readonly string[] {
  const { model, score, installation, digests, completed } = content;
  const short = (sha256: string): string => sha256.slice(0, 12);
  const { date, time } = completed;
  const clock = `${time.slice(0, 2)}:${time.slice(2, 4)}`;
  return [
    `${model.id} ${model.version} (SHA-256 ${short(score.model.sha256)}). ${normalisationStatement(content, ROOM)}`,
    `${model.recipe}, rules ${short(digests.rules)}, templates ${short(digests.template)}, configuration ${short(digests.configuration)}.`,
    `Earshot ${clipped(installation.softwareVersion, 50)}, ${clipped(installation.name, 64)}, ${isoDate(date) ?? date} ${clock}.`,
  ];
}

/** What `earshot score` writes: the result as JSON, the report, and its picture page. */
import { Fault } from '../fault.ts';
import { pageOf } from '../picture/page-of-report.ts';
import { secondaryCapture } from '../picture/secondary-capture.ts';
import { pictureOf, viewsOf } from '../pipeline/companion-makers.ts';
import { type Evaluation, obstaclesTo } from '../pipeline/evaluate.ts';
import type { CaseInputs } from '../pipeline/judge.ts';
import type { PageRenderer, Radiomics } from '../ports.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { renderReport } from '../sr/document.ts';
import type { ReportLesion, ReportTimePoint } from '../sr/report.ts';
import type { ReportTemplates } from '../sr/template.ts';
import { VERSION } from '../startup/version.ts';
import { writeFiles } from '../startup/whole-files.ts';
import { writing } from './writing.ts';

export type Scored = Readonly<{
  evaluation: Evaluation;
  inputs: CaseInputs;
  fileOf: (SOPInstanceUID: string) => string;
}>;

const OF_A_REPORT = ['report.dcm', 'summary.png', 'summary.dcm'] as const;

/**
 * Writes result.json and, unless the case is held, report.dcm, summary.png and summary.dcm. Faults: OUTPUT_FAILED; FEATURE_UNDEFINED
 * or OUT_OF_SCOPE after result.json is written, for a case that the service would hold.
 */
export async function writeScore(
  out: string,
  templates: ReportTemplates,
  scored: Scored,
  tools: Readonly<{ radiomics: Radiomics; pages: PageRenderer }>,
): Promise<number> {
  const { evaluation } = scored;
  const holds = obstaclesTo(evaluation);
  const files = new Map<string, string | Uint8Array>([
    ['result.json', resultOf(evaluation, holds.length > 0)],
  ]);
  if (holds.length === 0) {
    for (const [name, bytes] of await reportFiles(templates, scored, tools)) files.set(name, bytes);
  }
  // A report of an earlier run must not lie beside a case that is held.
  writing(() => writeFiles(out, Object.fromEntries(files), OF_A_REPORT));
  const list = holds.map(({ text }) => text).join('; ');
  if (list)
    throw new Fault(
      holds.some(({ code }) => code === 'FEATURE_UNDEFINED') ? 'FEATURE_UNDEFINED' : 'OUT_OF_SCOPE',
      list,
    );
  console.error(`wrote ${[...files.keys()].join(', ')} in ${out}`);
  return 0;
}

async function reportFiles(
  templates: ReportTemplates,
  { evaluation, inputs, fileOf }: Scored,
  { radiomics, pages }: Readonly<{ radiomics: Radiomics; pages: PageRenderer }>,
): Promise<ReadonlyMap<(typeof OF_A_REPORT)[number], Uint8Array>> {
  const { baseline, followUp, language } = evaluation.content;
  const completed = newestMoment(baseline.measurement, followUp.measurement);
  const content = { ...evaluation.content, completed, supersedes: [] };
  const report = renderReport(templates, content);
  console.error('drawing the picture page');
  const { signal } = new AbortController();
  const views = await viewsOf(radiomics, { content, inputs, fileOf }, signal);
  const page = await pages.render(pageOf(content, report.SOPInstanceUID, views), signal);
  const picture = secondaryCapture(page, pictureOf({ content, report, language }, views));
  return new Map([
    ['report.dcm', report.bytes],
    ['summary.png', page.png],
    ['summary.dcm', picture.bytes],
  ]);
}

function resultOf({ content, findings, score }: Evaluation, held: boolean): string {
  const { baseline, followUp, intervalDays, lesion, stability, growth, target, late } = content;
  const other = ({ lesion: tracked, score: delta, stability: spread, ...points }: ReportLesion) => ({
    lesion: tracked,
    score: delta,
    stability: spread ?? null,
    baseline: pointOf(points.baseline),
    followUp: pointOf(points.followUp),
  });
  const written = {
    version: VERSION,
    researchUseOnly: true,
    held,
    score,
    stability: stability ?? null,
    growth: growth ?? null,
    late: late ?? null,
    lesion,
    target,
    otherLesions: content.otherLesions.map(other),
    intervalDays,
    baseline: pointOf(baseline),
    followUp: pointOf(followUp),
    findings,
    settings: content.settings,
    digests: content.digests,
  };
  return `${JSON.stringify(written, null, 2)}\n`;
}

const pointOf = ({ measurement, mask, region }: ReportTimePoint) => ({
  StudyInstanceUID: measurement.header.StudyInstanceUID,
  SeriesInstanceUID: measurement.header.SeriesInstanceUID,
  mask: {
    kind: mask.kind,
    SOPInstanceUID: mask.SOPInstanceUID,
    region: region.number,
    name: region.name,
  },
  features: measurement.features,
  perturbed: measurement.perturbed,
  recipeDigest: measurement.recipeDigest,
  undefinedBecause: measurement.undefinedBecause,
  roi: measurement.roi,
  grid: measurement.grid,
  imageDigest: measurement.imageDigest,
  maskDigest: measurement.maskDigest,
});

/** Offline there is no catalogue that persists a first completion: the newest input tells the time, so a rerun is equal. */
function newestMoment(...measurements: readonly Measurement[]): { date: string; time: string } {
  const moments = measurements.map(({ header }) => ({
    date: header.SeriesDate || header.StudyDate || '19700101',
    time: (header.SeriesTime || header.StudyTime || '000000').slice(0, 6),
  }));
  const newest = moments.sort((a, b) => (a.date + a.time < b.date + b.time ? 1 : -1))[0];
  return newest ?? { date: '19700101', time: '000000' };
}

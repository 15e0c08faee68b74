import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivedUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { compareIdentity } from '../matching/identity.ts';
import type { MaskCandidate } from '../matching/mask-of-series.ts';
import { compareStudyTime } from '../matching/study-date.ts';
import type { Normalisation } from '../model/score-result.ts';
import {
  type Evaluation,
  type EvaluationNeeds,
  evaluate,
  featuresOf,
  obstaclesTo,
  settingsOf,
} from '../pipeline/evaluate.ts';
import { lateness } from '../pipeline/lateness.ts';
import { pairLesions } from '../pipeline/pair-lesion.ts';
import type { MeasuredLesion } from '../pipeline/target-lesion.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { renderReport } from '../sr/document.ts';
import { defaultConfig, loadModel, loadModelFile, loadRules, loadTemplates } from '../startup/load.ts';
import { openRadiomics } from '../startup/open-radiomics.ts';
import { readTimePoint, type TimePointFiles } from '../startup/time-point.ts';
import { VERSION } from '../startup/version.ts';
import { type Command, numberOption, parse, required } from './command.ts';
import { maskFault } from './mask-fault.ts';

/** `earshot score`: one follow-up against its baseline, from folders, without a service. */
export const score: Command = {
  usage: `Usage: earshot score --baseline DIR --followup DIR --out DIR [--roi NAME] [--model FILE] [--mean X --sd Y --n N]

Searches both folders for CT images and masks (RTSTRUCT, SEG) of one time point each, and writes result.json and
report.dcm. The same rules hold as in the service: a case that they would hold is written with its findings and exit
status 1.
  --roi NAME       region of interest, when a mask has several
  --model FILE     model file (default ear-delta-2023)
  --mean --sd --n  mean and SD of the training deltas and how many there were; without them there is no probability`,
  run: async (args) => {
    const { values } = parse(args, {
      baseline: { type: 'string' },
      followup: { type: 'string' },
      out: { type: 'string' },
      roi: { type: 'string' },
      model: { type: 'string' },
      mean: { type: 'string' },
      sd: { type: 'string' },
      n: { type: 'string' },
    });
    const out = required(values.out, '--out');
    const baseline = readTimePoint(required(values.baseline, '--baseline'));
    const followUp = readTimePoint(required(values.followup, '--followup'));
    const world = worldOf(values.model, normalisationOf(values));
    const evaluation = await evaluatePair(world, baseline, followUp, values.roi);
    return write(out, world, evaluation);
  },
};

function normalisationOf(values: Readonly<{ mean?: string; sd?: string; n?: string }>): Normalisation {
  const mean = numberOption(values.mean, '--mean');
  const sd = numberOption(values.sd, '--sd');
  const n = numberOption(values.n, '--n');
  if (mean === undefined && sd === undefined && n === undefined) return { kind: 'none' };
  if (mean === undefined || sd === undefined || n === undefined) {
    throw new Fault('USAGE', '--mean, --sd and --n go together');
  }
  if (sd <= 0) throw new Fault('USAGE', '--sd must be above 0');
  if (!Number.isInteger(n) || n < 1) throw new Fault('USAGE', '--n must be a whole number, 1 or more');
  return { kind: 'supplied', mean, sd, n, source: 'command line' };
}

function worldOf(modelFile: string | undefined, normalisation: Normalisation): EvaluationNeeds {
  const config = defaultConfig();
  return {
    rules: loadRules(config),
    templates: loadTemplates(config),
    model: modelFile === undefined ? loadModel(config.model.id, config) : loadModelFile(modelFile),
    normalisation,
    prevalence: undefined,
    enrolment: 'all',
    report: config.report,
    installation: {
      uid: derivedUid('installation command line'),
      name: config.report.installation,
      softwareVersion: VERSION,
    },
  };
}

async function evaluatePair(
  world: EvaluationNeeds,
  baseline: TimePointFiles,
  followUp: TimePointFiles,
  roi: string | undefined,
): Promise<Evaluation> {
  const identities = [baseline, followUp].map(({ known }) => known.summary.identity);
  const identity = compareIdentity(identities[0] ?? {}, identities[1] ?? {}, []);
  if (identity.kind !== 'same') throw new Fault('IDENTITY_CONFLICT', identity.because);
  for (const { known } of [baseline, followUp]) {
    if (known.identityConflict)
      throw new Fault('IDENTITY_CONFLICT', 'Objects of one folder disagree about the patient');
  }
  const { summary } = followUp.known;
  if (baseline.known.summary.StudyInstanceUID === summary.StudyInstanceUID) {
    throw new Fault('TIME_POINTS_INVALID', 'Both folders hold the same study');
  }
  if ((compareStudyTime(baseline.known.summary, summary) ?? 0) >= 0) {
    throw new Fault('TIME_POINTS_INVALID', 'The baseline is not certainly earlier than the follow-up');
  }
  const found = pairLesions(baseline.known, followUp.known, world.rules.roi.value, roi);
  if (!found.pairs) throw maskFault(found.obstacle);
  const { pairs, unpaired } = found;
  const radiomics = openRadiomics(1);
  try {
    const measured = async ({ fileOf }: TimePointFiles, candidate: MaskCandidate): Promise<Measurement> => {
      const place = (uid: string) => fileOf.get(uid) ?? '';
      const request = {
        images: candidate.series.SOPInstanceUIDs.map(place),
        mask: { file: place(candidate.mask.SOPInstanceUID), region: candidate.region.number },
        features: featuresOf(world),
        perturbedFeatures: [world.model.value.feature],
        settings: settingsOf(world),
        isStabilityWanted: true,
      };
      return radiomics.measure(request, new AbortController().signal);
    };
    const lesions: MeasuredLesion[] = [];
    for (const [at, pair] of pairs.entries()) {
      const which = pairs.length === 1 ? '' : ` (lesion ${at + 1} of ${pairs.length})`;
      console.error(`measuring the baseline${which}`);
      const before = await measured(baseline, pair.baseline);
      console.error(`measuring the follow-up${which}`);
      lesions.push({ pair, baseline: before, followUp: await measured(followUp, pair.followUp) });
    }
    const inputs = {
      pairs,
      unpaired,
      baseline: baseline.known.summary,
      followUp: followUp.known.summary,
      identity,
      baselineChoice: { rule: 'command-line', because: 'It was given on the command line.' },
    };
    const known = new Map(
      [baseline, followUp].map(({ known: each }) => [each.summary.StudyInstanceUID, each]),
    );
    const late = lateness(inputs, { known, issuers: [] });
    return evaluate(world, inputs, lesions, { patient: undefined, history: [], late });
  } finally {
    await radiomics[Symbol.asyncDispose]();
  }
}

function write(out: string, world: EvaluationNeeds, evaluation: Evaluation): number {
  const { content, findings, score: result } = evaluation;
  const holds = obstaclesTo(evaluation);
  try {
    mkdirSync(out, { recursive: true });
    // A report of an earlier run must not lie beside a case that is held.
    rmSync(join(out, 'report.dcm'), { force: true });
    const { baseline, followUp, intervalDays, lesion } = content;
    const point = ({ measurement, mask, region }: typeof baseline) => ({
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
    const written = {
      version: VERSION,
      researchUseOnly: true,
      held: holds.length > 0,
      score: result,
      stability: content.stability ?? null,
      growth: content.growth ?? null,
      target: content.target,
      lesion,
      otherLesions: content.otherLesions.map((other) => ({
        lesion: other.lesion,
        score: other.score,
        baseline: point(other.baseline),
        followUp: point(other.followUp),
      })),
      intervalDays,
      baseline: point(baseline),
      followUp: point(followUp),
      findings,
      settings: content.settings,
      digests: content.digests,
    };
    writeFileSync(join(out, 'result.json'), `${JSON.stringify(written, null, 2)}\n`);
    if (holds.length === 0) {
      const completed = newestMoment(baseline.measurement, followUp.measurement);
      const { bytes } = renderReport(world.templates, { ...content, completed, supersedes: [] });
      writeFileSync(join(out, 'report.dcm'), bytes);
    }
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('OUTPUT_FAILED', (thrown as NodeJS.ErrnoException).code ?? '', { cause: thrown });
  }
  const list = holds.map(({ text }) => text).join('; ');
  if (list) throw new Fault(result.delta === null ? 'FEATURE_UNDEFINED' : 'OUT_OF_SCOPE', list);
  console.error(`wrote ${join(out, 'result.json')} and ${join(out, 'report.dcm')}`);
  return 0;
}

/** Offline there is no catalogue that persists a first completion: the newest input tells the time, so a rerun is equal. */
function newestMoment(...measurements: readonly Measurement[]): { date: string; time: string } {
  const moments = measurements.map(({ header }) => ({
    date: header.SeriesDate || header.StudyDate || '19700101',
    time: (header.SeriesTime || header.StudyTime || '000000').slice(0, 6),
  }));
  const newest = moments.sort((a, b) => (a.date + a.time < b.date + b.time ? 1 : -1))[0];
  return newest ?? { date: '19700101', time: '000000' };
}

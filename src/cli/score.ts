import { derivedUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { compareIdentity } from '../matching/identity.ts';
import type { MaskCandidate } from '../matching/mask-of-series.ts';
import { compareStudyTime } from '../matching/study-date.ts';
import { type EvaluationNeeds, evaluate, featuresOf, settingsOf } from '../pipeline/evaluate.ts';
import { lateness } from '../pipeline/lateness.ts';
import { pairLesions } from '../pipeline/pair-lesion.ts';
import type { MeasuredLesion } from '../pipeline/target-lesion.ts';
import type { Radiomics } from '../ports.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { LANGUAGES, type Language } from '../sr/language.ts';
import { defaultConfig, loadRules, loadTemplates } from '../startup/load.ts';
import { loadModel, loadModelFile, normalisationOf } from '../startup/load-model.ts';
import { openPages, openRadiomics } from '../startup/open-radiomics.ts';
import { readTimePoint, type TimePointFiles } from '../startup/time-point.ts';
import { VERSION } from '../startup/version.ts';
import { type Command, numberOption, parse, required } from './command.ts';
import { maskFault } from './mask-fault.ts';
import { type Scored, writeScore } from './score-output.ts';

/** `earshot score`: one follow-up against its baseline, from folders, without a service. */
export const score: Command = {
  usage: `Usage: earshot score --baseline DIR --followup DIR --out DIR [--roi NAME] [--model FILE] [--mean X --sd Y --n N]

Searches both folders for CT images and masks (RTSTRUCT, SEG) of one time point each, and writes result.json,
report.dcm (the Structured Report), summary.png and summary.dcm (its picture page, as a Secondary Capture). The same rules
hold as in the service: a case that they would hold is written with its findings alone, and exit status 1.
  --roi NAME       region of interest, when a mask has several
  --model FILE     model file (default ear-delta-2023)
  --language en|zh language of report and picture (default en)
  --mean --sd --n  mean and SD of the training deltas and how many there were; without them there is no probability, unless
                   the model was fitted here and has its own`,
  run: async (args) => {
    const { values } = parse(args, {
      baseline: { type: 'string' },
      followup: { type: 'string' },
      out: { type: 'string' },
      roi: { type: 'string' },
      model: { type: 'string' },
      language: { type: 'string', default: 'en' },
      mean: { type: 'string' },
      sd: { type: 'string' },
      n: { type: 'string' },
    });
    const out = required(values.out, '--out');
    const baseline = readTimePoint(required(values.baseline, '--baseline'));
    const followUp = readTimePoint(required(values.followup, '--followup'));
    const world = worldOf(values.model, givenScale(values), languageOf(values.language));
    const radiomics = openRadiomics(1);
    const pages = openPages();
    try {
      const scored = await scorePair(radiomics, world, { baseline, followUp }, values.roi);
      return await writeScore(out, world.templates, scored, { radiomics, pages });
    } finally {
      await pages[Symbol.asyncDispose]();
      await radiomics[Symbol.asyncDispose]();
    }
  },
};

function givenScale(
  values: Readonly<{ mean?: string; sd?: string; n?: string }>,
): Parameters<typeof normalisationOf>[1] {
  const mean = numberOption(values.mean, '--mean');
  const sd = numberOption(values.sd, '--sd');
  const n = numberOption(values.n, '--n');
  if (mean === undefined && sd === undefined && n === undefined) return undefined;
  if (mean === undefined || sd === undefined || n === undefined) {
    throw new Fault('USAGE', '--mean, --sd and --n go together');
  }
  if (sd <= 0) throw new Fault('USAGE', '--sd must be above 0');
  if (!Number.isInteger(n) || n < 1) throw new Fault('USAGE', '--n must be a whole number, 1 or more');
  return { mean, sd, n, source: 'command line' };
}

function languageOf(given: string): Language {
  const language = LANGUAGES.find((known) => known === given);
  if (!language) throw new Fault('USAGE', `--language must be one of ${LANGUAGES.join(', ')}`);
  return language;
}

function worldOf(
  modelFile: string | undefined,
  scale: ReturnType<typeof givenScale>,
  language: Language,
): EvaluationNeeds {
  const config = defaultConfig();
  const model = modelFile === undefined ? loadModel(config.model.id, config) : loadModelFile(modelFile);
  return {
    rules: loadRules(config),
    templates: loadTemplates(config),
    model,
    normalisation: normalisationOf(model.value, scale, 'command line'),
    prevalence: undefined,
    enrolment: 'all',
    report: { ...config.report, language },
    installation: {
      uid: derivedUid('installation command line'),
      name: config.report.installation,
      softwareVersion: VERSION,
    },
  };
}

async function scorePair(
  radiomics: Radiomics,
  world: EvaluationNeeds,
  { baseline, followUp }: Readonly<{ baseline: TimePointFiles; followUp: TimePointFiles }>,
  roi: string | undefined,
): Promise<Scored> {
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
  const found = pairLesions(baseline.known, followUp.known, world.rules.roi.value, { name: roi });
  if (!found.pairs) throw maskFault(found.obstacle);
  const { pairs, unpaired } = found;
  const files = new Map([...baseline.fileOf, ...followUp.fileOf]);
  const fileOf = (uid: string) => files.get(uid) ?? '';
  const measured = async (candidate: MaskCandidate): Promise<Measurement> => {
    const request = {
      images: candidate.series.SOPInstanceUIDs.map(fileOf),
      mask: { file: fileOf(candidate.mask.SOPInstanceUID), region: candidate.region.number },
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
    const before = await measured(pair.baseline);
    console.error(`measuring the follow-up${which}`);
    lesions.push({ pair, baseline: before, followUp: await measured(pair.followUp) });
  }
  const inputs = {
    pairs,
    unpaired,
    baseline: baseline.known.summary,
    followUp: followUp.known.summary,
    identity,
    baselineChoice: { rule: 'command-line', because: 'It was given on the command line.' },
  };
  const known = new Map([baseline, followUp].map(({ known: each }) => [each.summary.StudyInstanceUID, each]));
  const late = lateness(inputs, { known, issuers: [] });
  const evaluation = evaluate(world, inputs, lesions, { patient: undefined, history: [], late });
  return { evaluation, inputs, fileOf };
}

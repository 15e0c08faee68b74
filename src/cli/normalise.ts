import { localDeltas } from '../catalogue/local-deltas.ts';
import { Fault } from '../fault.ts';
import { scoredTable } from '../lab/evaluate/scored-tables.ts';
import { type AuthorScale, scaleOfPairs, shrunk } from '../lab/normalise/authors.ts';
import { ofAuthors, ofSite, yamlOf } from '../lab/normalise/export.ts';
import {
  chosenMoments,
  type FrozenVersion,
  frozenVersions,
  localNormalisation,
  type SiteValues,
} from '../lab/normalise/local.ts';
import { valuesOfReports, valuesOfTable } from '../lab/normalise/site-values.ts';
import { summaryOf } from '../lab/normalise/summary.ts';
import { readFeatureTable } from '../lab/table/read-feature-table.ts';
import { featureNames, type ServedClassic, type ServedModel } from '../model/served-model.ts';
import { defaultConfig, loadConfig } from '../startup/load.ts';
import { isClassic, loadAnyModelFile, loadModel } from '../startup/load-model.ts';
import { openBeside } from '../startup/open-beside.ts';
import { readText } from '../startup/yaml.ts';
import { type Command, numberOption, parse, wholeNumberOption } from './command.ts';
import { freezeInto } from './frozen-folder.ts';

const USES = ['authors', 'local', 'shrunk'] as const;

/** `earshot normalise`: the scale that a model is used with at this site. */
export const normalise: Command = {
  usage: `Usage: earshot normalise (--config earshot.yaml | --deltas deltas.csv) [options]

Mean and SD (ddof 0) of the deltas of this site: of the reports that stand (--config), or of a table with the features of the model as
columns, and visit (FFT counts as early, EAR as late) and date as far as known; baselines among them are subtracted. Of a model of the follow-up alone, the table has its
values at follow-up.
  --model FILE     model file (default: that of the configuration, else ear-delta-2023)
  --out DIR        freezes versions there: normalisation-v1.json on the first 20 visits, v2 on 30, then 50 and 100. A version that is
                   there stays as it is
  --import M,S,N,SOURCE   the authors' mean, SD and number of deltas, and where they are from
  --pairs X1:P1,X2:P2     or two raw deltas with the probabilities of the authors' model, from which mean and SD follow
  --k0 K           how many values the authors' numbers count for when both are drawn together, 10 to 20 (default 15)
  --export         prints the block for earshot.yaml instead: of the authors' numbers if given, else of the newest version frozen in
                   --out; without --out of the first 20, 30, 50 or 100 visits as they are now, and says that nothing is frozen
  --use WHAT       authors, local or shrunk: what --export takes`,
  run: async (args) => {
    const { values } = parse(args, {
      config: { type: 'string' },
      deltas: { type: 'string' },
      model: { type: 'string' },
      out: { type: 'string' },
      import: { type: 'string' },
      pairs: { type: 'string' },
      k0: { type: 'string' },
      export: { type: 'boolean', default: false },
      use: { type: 'string' },
    });
    const { config, deltas } = values;
    if ((config === undefined) === (deltas === undefined))
      throw new Fault('USAGE', 'give --config or --deltas');
    const model = readModel(values.model, config);
    if (model.fitted?.harmonisation)
      throw new Fault(
        'MODEL_INVALID',
        `${model.id} is harmonised by ${model.fitted.harmonisation.batch} and has a scale for each; it takes no other`,
      );
    const site = await siteValues(model, config, deltas);
    const authors = authorsOf(values, model);
    const k0 = wholeNumberOption(values.k0, '--k0', 10) ?? 15;
    if (k0 > 20) throw new Fault('USAGE', '--k0 must be 10 to 20');
    const frozenOn = new Date().toISOString().slice(0, 10);
    const versions = frozenVersions(site, model, frozenOn);
    const frozen = values.out === undefined ? null : freezeInto(values.out, versions, model);
    if (values.export) {
      const use = useOf(values.use, authors);
      const newest = (frozen?.versions ?? versions).at(-1);
      console.log(exported(model, { newest, isFrozen: frozen !== null, authors, k0 }, use));
      for (const line of frozen?.lines ?? []) console.error(line);
      return 0;
    }
    for (const line of summaryOf(localNormalisation(site), authors, k0)) console.log(line);
    for (const line of frozen?.lines ?? []) console.log(line);
    return 0;
  },
};

function readModel(file: string | undefined, config: string | undefined): ServedModel | ServedClassic {
  if (file !== undefined) return loadAnyModelFile(file).value;
  const read = config === undefined ? defaultConfig() : loadConfig(config);
  return loadModel(read.model.id, read).value;
}

async function siteValues(
  model: ServedModel | ServedClassic,
  config: string | undefined,
  deltas: string | undefined,
): Promise<SiteValues> {
  const names = featureNames(model);
  if (deltas !== undefined) {
    const table = readFeatureTable(readText(deltas, 'TABLE_INVALID'));
    if (table.recipeDigest !== null && table.recipeDigest !== model.recipeDigest)
      throw new Fault(
        'RECIPES_MIXED',
        'the table was extracted with other settings than those the model was fitted to',
      );
    const { definition } = model;
    const features = names.map((name) => ({ name }));
    const scored = scoredTable({ definition, reference: 'baseline', features }, table);
    for (const notice of scored.notices) console.error(notice);
    return valuesOfTable(scored, names);
  }
  if (isClassic(model))
    throw new Fault(
      'USAGE',
      'reports keep deltas: for a model of the follow-up alone give its values as a table (--deltas)',
    );
  await using world = await openBeside(loadConfig(config ?? ''), { isThere: true });
  const others = names.filter((name) => name !== model.feature);
  return valuesOfReports(await localDeltas(world.sql, world.patients, model), [model.feature, ...others]);
}

type Given = Readonly<{ import?: string | undefined; pairs?: string | undefined }>;

function authorsOf(given: Given, model: ServedModel | ServedClassic): AuthorScale | undefined {
  if (given.import === undefined && given.pairs === undefined) return undefined;
  if (given.import !== undefined && given.pairs !== undefined)
    throw new Fault('USAGE', 'give --import or --pairs');
  if (isClassic(model) || featureNames(model).length > 1)
    throw new Fault(
      'USAGE',
      '--import and --pairs are of a delta model of one feature; of several, write model.normalisation.features',
    );
  if (given.import !== undefined) return imported(given.import);
  const [one, other, ...more] = (given.pairs ?? '').split(',').map(pairOf);
  if (!one || !other || more.length > 0) throw new Fault('USAGE', '--pairs must be X1:P1,X2:P2');
  const source = 'two pairs of a raw delta and the probability of the authors’ model';
  return { ...scaleOfPairs([one, other], model), n: model.training.n, source };
}

function imported(text: string): AuthorScale {
  const [mean, sd, n, ...source] = text.split(',');
  const scale = {
    mean: numberOption(mean, '--import: mean') ?? 0,
    sd: numberOption(sd, '--import: SD') ?? 0,
    n: wholeNumberOption(n, '--import: n', 1) ?? 0,
    source: source.join(',').trim(),
  };
  if (!(scale.sd > 0) || scale.n === 0 || scale.source === '')
    throw new Fault('USAGE', '--import must be MEAN,SD,N,SOURCE with an SD above 0');
  return scale;
}

function pairOf(text: string): Readonly<{ delta: number; probability: number }> {
  const [delta, probability, ...more] = text.split(':');
  const pair = { delta: numberOption(delta, '--pairs'), probability: numberOption(probability, '--pairs') };
  if (pair.delta === undefined || pair.probability === undefined || more.length > 0)
    throw new Fault('USAGE', '--pairs must be X1:P1,X2:P2');
  return { delta: pair.delta, probability: pair.probability };
}

function useOf(given: string | undefined, authors: AuthorScale | undefined): (typeof USES)[number] {
  const use = given === undefined ? (authors ? 'authors' : 'local') : USES.find((known) => known === given);
  if (!use) throw new Fault('USAGE', `--use must be one of ${USES.join(', ')}`);
  return use;
}

type Scales = Readonly<{
  newest: FrozenVersion | undefined;
  isFrozen: boolean;
  authors: AuthorScale | undefined;
  k0: number;
}>;

function exported(
  model: ServedModel | ServedClassic,
  { newest, isFrozen, authors, k0 }: Scales,
  use: (typeof USES)[number],
): string {
  const isByName = isClassic(model) || model.fitted !== undefined;
  if (use === 'local') return yamlOf(ofSite(newest, isFrozen), isByName);
  if (!authors || isClassic(model)) throw new Fault('USAGE', `--use ${use} needs --import or --pairs`);
  if (use === 'authors') return yamlOf(ofAuthors(model.feature, authors), isByName);
  const local = ofSite(newest, isFrozen);
  const feature = newest?.features[0];
  if (!newest || !feature) throw new Error('what is frozen has a feature');
  const scale = shrunk(chosenMoments(newest, feature), authors, k0);
  const source = `${local.source}; drawn to ${authors.source} as ${k0} values`.slice(0, 200);
  return yamlOf({ ...local, source, scales: { [model.feature]: scale } }, isByName);
}

import { Fault } from '../fault.ts';
import { refuseOverlap } from '../lab/evaluate/refusals.ts';
import { scoredTable } from '../lab/evaluate/scored-tables.ts';
import { fittedForm } from '../lab/normalise/published.ts';
import { METHODS, recalibrate as recalibrateModel } from '../lab/normalise/recalibrate.ts';
import { labelled } from '../lab/search/rows-to-fit.ts';
import { columnOf, type FeatureTable, withFeatures } from '../lab/table/feature-table.ts';
import { readFeatureTable } from '../lab/table/read-feature-table.ts';
import { type FittedModel, parseFittedModel } from '../model/fitted-model.ts';
import { type MeanAndSd, meanAndSd } from '../model/interval.ts';
import { loadModelFile } from '../startup/load-model.ts';
import { readText } from '../startup/yaml.ts';
import { type Command, parse, required } from './command.ts';
import { isFittedFile } from './model-path.ts';
import { writeNewFile } from './new-file.ts';
import { scaleOption } from './scale-option.ts';

/** `earshot recalibrate`: a model is put right by outcomes. */
export const recalibrate: Command = {
  usage: `Usage: earshot recalibrate --model PATH --outcomes outcomes.csv --out FILE [options]

Moves the log odds of a model until they agree with known outcomes, and writes a new model file with a higher version. The cut-off goes
with them. At least 20 cases with the outcome and 20 without are needed.
  --model PATH     model.json of earshot fit, a folder that holds it, or a published delta model
  --outcomes FILE  rows with CaseName, label (1: resistance) and the features of the model; of a delta model, their changes, or time
                   points with the visit baseline among them. None of its training patients may be among them
  --out FILE       the new model file; one that is there is not written over
  --method M       slope (default): slope and intercept; intercept: the intercept alone
  --id ID          of the new model (default: that of the old one with -recalibrated)
  --mean --sd      of a published model: mean and SD of its training deltas. With the method slope they make no difference, and are
                   taken from the table`,
  run: async (args) => {
    const { values } = parse(args, {
      model: { type: 'string' },
      outcomes: { type: 'string' },
      out: { type: 'string' },
      method: { type: 'string', default: 'slope' },
      id: { type: 'string' },
      mean: { type: 'string' },
      sd: { type: 'string' },
    });
    const method = METHODS.find((known) => known === values.method);
    if (!method) throw new Fault('USAGE', `--method must be one of ${METHODS.join(', ')}`);
    const out = required(values.out, '--out');
    const given = readFeatureTable(readText(required(values.outcomes, '--outcomes'), 'TABLE_INVALID'));
    const scale = scaleOption(values.mean, values.sd);
    const { model, sha256, table } = readModel(
      required(values.model, '--model'),
      given,
      method === 'slope' ? 'own' : 'given',
      scale,
    );
    refuseOverlap(model, [{ name: 'outcomes', table }]);
    if (
      table.recipeDigest !== null &&
      model.recipeDigest !== null &&
      table.recipeDigest !== model.recipeDigest
    )
      throw new Fault(
        'RECIPES_MIXED',
        'the table was extracted with other settings than those the model was fitted to',
      );
    const after = recalibrateModel(model, sha256, table, {
      method,
      id: values.id ?? `${model.id}-recalibrated`.slice(0, MOST_ID),
      version: nextVersion(model.version),
    });
    const text = `${JSON.stringify(after, null, 2)}\n`;
    parseFittedModel(text);
    writeNewFile(out, text);
    console.log(`${after.provenance}\ncut-off ${model.cutOff} before, ${after.cutOff} after; wrote ${out}`);
    return 0;
  },
};

const MOST_ID = 63;

/** The last number goes up: 1 to 2, 2.0 to 2.1; a version without one gets `.1`. */
const nextVersion = (version: string): string => {
  const [, head = '', last] = /^(.*?)(\d+)$/.exec(version) ?? [];
  return last === undefined ? `${version}.1`.slice(-16) : `${head}${Number(last) + 1}`;
};

function readModel(
  path: string,
  given: FeatureTable,
  otherwise: 'own' | 'given',
  scale: MeanAndSd | undefined,
): Readonly<{ model: FittedModel; sha256: string; table: FeatureTable }> {
  const { file, isFitted } = isFittedFile(path);
  if (isFitted) {
    const parsed = parseFittedModel(readText(file, 'MODEL_INVALID'));
    return { ...parsed, table: labelled(scoredTable(parsed.model, given)) };
  }
  const { value, sha256 } = loadModelFile(file);
  const { feature: name, definition } = value;
  const table = labelled(scoredTable({ definition, reference: 'baseline', features: [{ name }] }, given));
  if (scale) return { model: fittedForm(value, scale), sha256, table };
  if (otherwise === 'given')
    throw new Fault(
      'USAGE',
      'a published model needs --mean and --sd of its training deltas for the method intercept',
    );
  if (!table.features.includes(value.feature))
    throw new Fault('TABLE_INVALID', `there is no column ${value.feature}, which the model needs`);
  const own = meanAndSd(columnOf(withFeatures(table, [value.feature]), 0));
  if (!(own.sd > 0)) throw new Fault('COHORT_INVALID', `${value.feature} is the same in all rows`);
  return { model: fittedForm(value, own), sha256, table };
}

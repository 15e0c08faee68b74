/** What the operations about models are given: the `model` key as it is written, its history, deltas that are a minute old. */

import type { ModelNeeds } from '../api/model-operations.ts';
import type { AppliedChange, ModelSection } from '../api/model-section.ts';
import { localDeltas } from '../catalogue/local-deltas.ts';
import { canonicalJson } from '../dicom/uid.ts';
import type { LocalDelta } from '../model/local-deltas.ts';
import { featureNames } from '../model/served-model.ts';
import type { Clock } from '../ports.ts';
import { addModel } from './add-model.ts';
import type { Administered } from './administered.ts';
import { configSchema } from './config.ts';
import { listModels } from './list-models.ts';
import { parseYaml } from './yaml.ts';

/** Deltas of years take a moment to read, and none of what is shown of them changes from minute to minute. */
const KEPT_MS = 60_000;
/** Changes of the models that are looked through for the last promotion. */
const MOST_CHANGES = 1000;

type Needs = Pick<Administered, 'sql' | 'world' | 'configuration' | 'clock' | 'config'>;

export function modelNeeds({ sql, world, configuration, clock, config }: Needs): ModelNeeds {
  const deltas = kept(clock, () => localDeltas(sql, world().patients, world().model.value));
  return {
    sql,
    section: () => written(configuration.section('model').text),
    digest: () => configuration.section('model').digest,
    models: () => listModels(config()),
    addModel: (text) => addModel(config(), text),
    inUse: () => world(),
    localDeltas: () => {
      const { value } = world().model;
      return deltas(canonicalJson({ features: featureNames(value), recipeDigest: value.recipeDigest }));
    },
    changeModel: (section, why) => configuration.propose('model', JSON.stringify(section), why).then(stateOf),
    modelHistory: async () => {
      const changes = await configuration.history({ section: 'model', limit: MOST_CHANGES });
      return changes.filter(({ state }) => state === 'applied').flatMap(applied);
    },
    waiting: async () => {
      const changes = await configuration.pending();
      return changes.filter(({ section }) => section === 'model').length;
    },
  };
}

/** As the file says it, without defaults, but for the model's id, which every change names. */
function written(text: string): ModelSection {
  const { id } = parseYaml(text, 'model', configSchema.shape.model, 'CONFIG_INVALID');
  return { ...(JSON.parse(text) as Partial<ModelSection>), id };
}

type Change = Readonly<{ source: string; before: string | null; after: string }>;
const applied = ({ source, before, after }: Change): AppliedChange[] =>
  before === null ? [] : [{ source, before: written(before), after: written(after) }];

const stateOf = ({ state }: Readonly<{ state: string }>) =>
  ({ state: state === 'applied' ? 'applied' : 'pending' }) as const;

/** The last answer to the same question, while it is not old. */
function kept(clock: Clock, read: () => Promise<readonly LocalDelta[]>) {
  let last: Readonly<{ key: string; until: number; answer: Promise<readonly LocalDelta[]> }> | undefined;
  return (key: string): Promise<readonly LocalDelta[]> => {
    const now = clock().getTime();
    if (last?.key === key && now < last.until) return last.answer;
    const answer = read();
    const mine = { key, until: now + KEPT_MS, answer };
    last = mine;
    answer.catch(() => {
      if (last === mine) last = undefined;
    });
    return answer;
  };
}

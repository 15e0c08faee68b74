/** Models: which are in use, what they are, what the local deltas and the trial of the shadow say. */
import { z } from 'zod';
import { type ShadowResult, shadowResults } from '../catalogue/shadow-results.ts';
import { deltaLine } from '../charts/delta-line.ts';
import { histogram } from '../charts/histogram.ts';
import { canonicalJson } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { agreementOf, saidBy } from '../model/agreement.ts';
import { binsOf } from '../model/bins.ts';
import { byGroup, DRIFT_RULE, driftFromTraining, driftOf } from '../model/drift.ts';
import { type LocalDelta, MIX_RULE, normalisationProgress } from '../model/local-deltas.ts';
import { modelCard } from '../model/model-card.ts';
import { scalesOf } from '../model/scale-of-case.ts';
import type { Normalisation, NormalisationState, ScoreResult } from '../model/score-result.ts';
import { featureNames } from '../model/served-model.ts';
import type { Digested, World } from '../pipeline/world.ts';
import type { Sql } from '../ports.ts';
import type { ListedModel } from '../startup/list-models.ts';
import { ENOUGH_RESULTS, type ModelChangeNeeds, modelChanges } from './model-changes.ts';
import { cardAnswer, localAnswer, modelId, modelsAnswer, shadowAnswer } from './model-schemas.ts';
import { beforeLastPromotion } from './model-section.ts';
import { operation } from './operation.ts';

export type ModelNeeds = Omit<ModelChangeNeeds, 'shadowResults'> &
  Readonly<{
    /** the models as they are in force */
    inUse: () => Pick<World, 'model' | 'normalisation' | 'shadow' | 'classic'>;
    /** of the active model's feature and recipe */
    localDeltas: () => Promise<readonly LocalDelta[]>;
    /** changes of the models that wait for another administrator */
    waiting: () => Promise<number>;
    sql: Sql;
  }>;

export type ModelOperations = ReturnType<typeof modelOperations>;

const NEWEST = 50;

/** `/models/local` and `/models/shadow` come before `/models/{id}`: no model can be looked at that is named so. */
export function modelOperations(needs: ModelNeeds) {
  const results = () => resultsOf(needs);
  return {
    list: operation({
      id: 'models.list',
      method: 'GET',
      path: '/models',
      role: 'viewer',
      changes: false,
      summary: 'The active, the shadow and the comparison model, and the files of the models folder.',
      input: z.object({}),
      output: modelsAnswer,
      run: async () => ({
        ...listed(needs),
        rollback: await rollbackOf(needs),
        waiting: await needs.waiting(),
      }),
    }),
    local: operation({
      id: 'models.local',
      method: 'GET',
      path: '/models/local',
      role: 'viewer',
      changes: false,
      summary: 'Local deltas: how far a normalisation could rest on them, their distribution, drift.',
      input: z.object({}),
      output: localAnswer,
      run: async () => localOf(needs.inUse(), await needs.localDeltas()),
    }),
    shadow: operation({
      id: 'models.shadow',
      method: 'GET',
      path: '/models/shadow',
      role: 'viewer',
      changes: false,
      summary: 'How far the shadow says what the active model says, and the newest cases of both.',
      input: z.object({}),
      output: shadowAnswer,
      isAudited: true,
      subject: () => ({ kind: 'model', id: needs.inUse().shadow?.model.value.id ?? '' }),
      run: async () => {
        const { model, shadow } = needs.inUse();
        const rows = await results();
        return {
          active: model.value.id,
          shadow: shadow?.model.value.id ?? null,
          agreement: shadow ? agreementOf(rows) : null,
          enough: ENOUGH_RESULTS,
          newest: rows.slice(0, NEWEST).map(shownResult),
        };
      },
    }),
    card: operation({
      id: 'models.card',
      method: 'GET',
      path: '/models/{id}',
      role: 'viewer',
      changes: false,
      summary: 'What a model is made of, what it is for, and what it cannot do.',
      input: z.object({ id: modelId }),
      output: cardAnswer,
      subject: ({ id }) => ({ kind: 'model', id }),
      run: async ({ id }) => cardOf(needs.models(), id),
    }),
    ...modelChanges({ ...needs, shadowResults: results }),
  };
}

type InUse = ReturnType<ModelNeeds['inUse']>;

function listed(needs: ModelNeeds): Omit<z.infer<typeof modelsAnswer>, 'rollback' | 'waiting'> {
  const { model, normalisation, shadow, classic } = needs.inUse();
  const named = { active: model.value.id, shadow: shadow?.model.value.id, classic: classic?.model.id };
  const usesOf = (id: string) =>
    (['active', 'shadow', 'classic'] as const).filter((use) => named[use] === id);
  return {
    active: shownModel(model, normalisation),
    shadow: shadow ? shownModel(shadow.model, shadow.normalisation) : null,
    classic: classic ? shownClassic(classic) : null,
    onDisk: needs.models().map(({ id, found }) => ({
      id,
      ...shownFile(found),
      use: usesOf(id),
      canBeOnTrial: canBeOnTrial(found, model.value),
    })),
  };
}

type Brief = Readonly<Record<'id' | 'version' | 'title' | 'recipe', string> & { cutOff: number }>;
const briefly = ({ id, version, title, recipe, cutOff }: Brief) => ({ id, version, title, recipe, cutOff });

const canBeOnTrial = (found: ListedModel['found'], active: InUse['model']['value']): boolean =>
  found.kind === 'delta' &&
  found.model.id !== active.id &&
  found.model.recipe === active.recipe &&
  found.model.recipeDigest === active.recipeDigest;

/** Undefined values of an absent normalisation have no place in an answer. */
const shownClassic = ({ model, sha256, normalisation }: NonNullable<InUse['classic']>) => ({
  ...briefly(model),
  sha256,
  normalisation:
    normalisation.kind === 'none'
      ? { kind: normalisation.kind }
      : { kind: normalisation.kind, n: normalisation.n, source: normalisation.source },
});

/** What a rollback would bring back; null: there is no promotion. */
async function rollbackOf({ modelHistory }: ModelNeeds) {
  const before = beforeLastPromotion(await modelHistory())?.before;
  return before ? { active: before.id, shadow: before.shadow?.id ?? null } : null;
}

const shownModel = ({ value, sha256 }: Digested<InUse['model']['value']>, scale: Normalisation) => ({
  ...briefly(value),
  feature: value.feature,
  features: featureNames(value),
  sha256,
  normalisation: scale.kind === 'local' ? { kind: scale.kind, n: scale.deltas.length } : { ...scale },
});

function shownFile(found: ListedModel['found']) {
  if (found.kind !== 'invalid') {
    const { version, title } = found.model;
    return { kind: found.kind, version, title, sha256: found.sha256, fault: null };
  }
  const { code, detail } = found.fault;
  return { kind: found.kind, version: null, title: null, sha256: null, fault: { code, detail } };
}

/** Faults: INPUT_NOT_FOUND, and that of the file. */
function cardOf(models: readonly ListedModel[], id: string) {
  const found = models.find((each) => each.id === id)?.found;
  if (!found) throw new Fault('INPUT_NOT_FOUND', 'there is no such model');
  if (found.kind === 'invalid') throw found.fault;
  return modelCard(found.model, found.sha256);
}

const localOf = (
  { model, normalisation }: InUse,
  deltas: readonly LocalDelta[],
): z.infer<typeof localAnswer> => {
  const progress = normalisationProgress(deltas);
  const grouped = <Found>(find: (own: readonly LocalDelta[]) => Found) => ({
    byScanner: byGroup(deltas, ({ scanner }) => scanner, find),
    byKernel: byGroup(deltas, ({ kernel }) => kernel, find),
  });
  const past = grouped((own) => ({ drift: driftOf(own) }));
  const training = grouped((own) => ({ features: driftFromTraining(model.value, own) }));
  return {
    feature: model.value.feature,
    progress,
    mixRule: MIX_RULE,
    histogram: binsOf(deltas.map(({ delta }) => delta)),
    drift: driftOf(deltas),
    driftByScanner: past.byScanner,
    driftByKernel: past.byKernel,
    driftFromTraining: driftFromTraining(model.value, deltas).map(({ feature, drift }) => ({
      feature,
      drift,
      byScanner: ofFeature(training.byScanner, feature),
      byKernel: ofFeature(training.byKernel, feature),
    })),
    driftRule: DRIFT_RULE,
    charts: {
      histogram: histogram(
        deltas.map(({ delta }) => delta),
        {
          id: 'local-deltas',
          title: 'Distribution of the local deltas',
          unit: 'delta',
          marks: marksOf(normalisation, progress.mean),
        },
      ),
      line: deltaLine(deltas, { id: 'local-line', title: 'Local deltas in time' }),
    },
  };
};

type OfGroup = Readonly<{ name: string; n: number; features: ReturnType<typeof driftFromTraining> }>;
const ofFeature = (groups: readonly OfGroup[], feature: string) =>
  groups.flatMap(({ name, n, features }) =>
    features.filter((each) => each.feature === feature).map(({ drift }) => ({ name, n, drift })),
  );

/** The mean that results rest on, and the one that this site's own deltas have. */
const marksOf = (inUse: Normalisation, own: number | null) => [
  ...(inUse.kind === 'supplied' ? [{ value: inUse.mean, label: 'mean in use' }] : []),
  ...(own === null ? [] : [{ value: own, label: 'mean of this site' }]),
];

/** Of the models in use, on the scales in use: what a model said on another scale is no part of this trial. */
async function resultsOf({ inUse, sql }: ModelNeeds): Promise<readonly ShadowResult[]> {
  const { model, normalisation, shadow } = inUse();
  if (!shadow) return [];
  const rows = await shadowResults(sql, { shadow: shadow.model.sha256, active: model.sha256 });
  return rows.filter(
    (row) =>
      isOnScaleOf(row.shadow.normalisation, shadow.model, shadow.normalisation) &&
      isOnScaleOf(row.active.normalisation, model, normalisation),
  );
}

const isOnScaleOf = (used: NormalisationState, { value }: InUse['model'], now: Normalisation): boolean =>
  scalesOf(value, now).some((scale) => isOnScale(used, scale));

function isOnScale(used: NormalisationState, now: Normalisation): boolean {
  if (now.kind === 'local') return used.kind === 'local' && used.version === now.version;
  const { kind, mean, sd, others } = used;
  return (
    canonicalJson({ kind, mean, sd, ...(others && { others }) }) ===
    canonicalJson(now.kind === 'none' ? { kind: 'none' } : scaleOf(now))
  );
}
const scaleOf = ({ kind, mean, sd, others }: Extract<Normalisation, { kind: 'supplied' }>) => ({
  kind,
  mean,
  sd,
  ...(others && { others }),
});

const shownResult = ({ StudyInstanceUID, scoredAt, active, shadow }: ShadowResult) => ({
  StudyInstanceUID,
  scoredAt: scoredAt.toISOString(),
  active: saidShort(active),
  shadow: saidShort(shadow),
});

const saidShort = (result: ScoreResult) => ({
  said: saidBy(result),
  delta: result.delta,
  probability: result.probability,
});

/** Which model is active and which on trial: set, promoted, rolled back. A person decides; the answers warn. */
import { z } from 'zod';
import type { ShadowResult } from '../catalogue/shadow-results.ts';
import { canonicalJson } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { AddedModel } from '../startup/add-model.ts';
import type { ListedModel } from '../startup/list-models.ts';
import { addedAnswer, changeAnswer, modelId, reason } from './model-schemas.ts';
import {
  type AppliedChange,
  beforeLastPromotion,
  type ModelChange,
  type ModelSection,
  promoted,
  withShadow,
} from './model-section.ts';
import { type Actor, operation } from './operation.ts';

export type ModelChangeNeeds = Readonly<{
  /** the `model` key of the configuration as it is in force */
  section: () => ModelSection;
  /** which state of it that is */
  digest: () => string;
  models: () => readonly ListedModel[];
  /** puts a file into the models folder. Faults: those of the file, MODEL_EXISTS, MODELS_FOLDER_FIXED */
  addModel: (text: string) => AddedModel;
  /** of the present pair of models */
  shadowResults: () => Promise<readonly ShadowResult[]>;
  /** Faults: CHANGE_CONFLICT when the key has another state than `basedOn`. */
  changeModel: (
    section: ModelSection,
    why: Readonly<{ author: string; reason: string; source: ModelChange; basedOn: string }>,
  ) => Promise<Readonly<{ state: 'applied' | 'pending' }>>;
  /** changes of that key that were applied, the newest first */
  modelHistory: () => Promise<readonly AppliedChange[]>;
}>;

/** A promotion on fewer cases is warned of: as many as a normalisation needs to be shown without a word. */
export const ENOUGH_RESULTS = 50;

type Change = Readonly<{ next: ModelSection; source: ModelChange; warnings: readonly string[] }>;

export function modelChanges(needs: ModelChangeNeeds) {
  const change = async (plan: () => Change | Promise<Change>, actor: Actor, because: string) => {
    // Before anything is read: what somebody else changes meanwhile must not be written over.
    const basedOn = needs.digest();
    const { next, source, warnings } = await plan();
    if (canonicalJson(next) === canonicalJson(needs.section())) throw new Fault('CHANGE_EMPTY');
    const { state } = await needs.changeModel(next, { author: actor.name, reason: because, source, basedOn });
    return { state, active: next.id, shadow: next.shadow?.id ?? null, warnings: [...warnings] };
  };
  const subject = () => ({ kind: 'model', id: needs.section().id }) as const;
  return {
    add: operation({
      id: 'models.add',
      method: 'PUT',
      path: '/models',
      role: 'administrator',
      changes: true,
      summary: 'Puts a model file into the models folder. It is used once it is put on trial or configured.',
      input: z.object({ file: z.string().min(1).max(MOST_TEXT), reason }),
      output: addedAnswer,
      subject: ({ file }) => ({ kind: 'model', id: idIn(file) }),
      run: async ({ file }) => needs.addModel(file),
    }),
    setShadow: operation({
      id: 'models.setShadow',
      method: 'PUT',
      path: '/models/shadow',
      role: 'administrator',
      changes: true,
      summary: 'Puts a delta model on trial beside the active one, or takes it away (no id).',
      input: z.object({ id: modelId.optional(), reason }),
      output: changeAnswer,
      subject: ({ id }) => ({ kind: 'model', id: id ?? needs.section().shadow?.id ?? '' }),
      run: async ({ id, reason }, actor) => change(() => shadowSet(needs, id), actor, reason),
    }),
    promote: operation({
      id: 'models.promote',
      method: 'POST',
      path: '/models/promote',
      role: 'administrator',
      changes: true,
      summary:
        'Makes the shadow the active model; the active one becomes the shadow. `id`: that it is the one believed.',
      input: z.object({ id: z.string().optional(), reason }),
      output: changeAnswer,
      subject,
      run: async ({ id, reason }, actor) => change(() => promotion(needs, id), actor, reason),
    }),
    rollback: operation({
      id: 'models.rollback',
      method: 'POST',
      path: '/models/rollback',
      role: 'administrator',
      changes: true,
      summary: 'Restores the models as they were before the last promotion.',
      input: z.object({ reason }),
      output: changeAnswer,
      subject,
      run: async ({ reason }, actor) => change(() => rollback(needs), actor, reason),
    }),
  };
}

/** Characters of a model file: it holds every choice of a search. */
const MOST_TEXT = 3 * 2 ** 20;

/** For the audit trail, whatever becomes of the file; '' where it names itself in no valid way. */
function idIn(file: string): string {
  try {
    return modelId.parse((JSON.parse(file) as { id?: unknown } | null)?.id);
  } catch {
    return '';
  }
}

/** Throws INPUT_NOT_FOUND, or the fault of the file, for a model that cannot be scored with. */
function deltaModel({ models }: ModelChangeNeeds, id: string) {
  const found = models().find((each) => each.id === id)?.found;
  if (!found) throw new Fault('INPUT_NOT_FOUND', 'there is no such model');
  if (found.kind === 'invalid') throw found.fault;
  if (found.kind === 'classic')
    throw new Fault(
      'INPUT_INVALID',
      'id: scores the follow-up alone, and cannot take the place of the delta model',
    );
  return found.model;
}

function shadowSet(needs: ModelChangeNeeds, id: string | undefined): Change {
  const section = needs.section();
  if (id === undefined) return { next: withShadow(section, undefined), source: 'shadow', warnings: [] };
  if (id === section.id) throw new Fault('INPUT_INVALID', 'id: is the active model');
  const [shadow, active] = [deltaModel(needs, id), deltaModel(needs, section.id)];
  refuseOtherRecipe(shadow, active);
  // A normalisation is of one feature: the one of a published model serves another of the same feature. A fitted model has its own.
  const isOfSame = shadow.feature === active.feature && !shadow.fitted && !active.fitted;
  const known = section.shadow?.id === id ? section.shadow.normalisation : undefined;
  const normalisation = known ?? (isOfSame ? section.normalisation : undefined);
  return {
    next: withShadow(section, { id, ...(normalisation && { normalisation }) }),
    source: 'shadow',
    warnings:
      normalisation || shadow.fitted
        ? []
        : [
            `${id} has no normalisation: it gives deltas and no probability until model.shadow.normalisation is set.`,
          ],
  };
}

type Model = ReturnType<typeof deltaModel>;
function refuseOtherRecipe(one: Model, other: Model): void {
  if (one.recipeDigest !== other.recipeDigest)
    throw new Fault(
      'RECIPES_MIXED',
      `${one.id} was fitted to the numbers of another recipe than ${other.id}`,
    );
}

async function promotion(needs: ModelChangeNeeds, believed: string | undefined): Promise<Change> {
  const section = needs.section();
  const next = promoted(section);
  if (!next) throw new Fault('ACTION_NOT_POSSIBLE', 'there is no shadow model');
  if (believed !== undefined && believed !== next.id)
    throw new Fault('INPUT_INVALID', 'id: is not the id of the model on trial');
  const [shadow, active] = [deltaModel(needs, next.id), deltaModel(needs, section.id)];
  refuseOtherRecipe(shadow, active);
  const { length: count } = await needs.shadowResults();
  const warnings = [
    ...(count < ENOUGH_RESULTS
      ? [`${shadow.id} was on trial for ${count} cases; at least ${ENOUGH_RESULTS} tell more.`]
      : []),
    ...(next.normalisation || shadow.fitted
      ? []
      : [`${shadow.id} has no normalisation: reports will carry the delta alone.`]),
    ...(shadow.feature === active.feature
      ? []
      : [`${shadow.id} scores another feature: trends and local deltas begin anew.`]),
  ];
  return { next, source: 'promote', warnings };
}

async function rollback(needs: ModelChangeNeeds): Promise<Change> {
  const last = beforeLastPromotion(await needs.modelHistory());
  if (!last) throw new Fault('ACTION_NOT_POSSIBLE', 'there is no promotion to take back');
  deltaModel(needs, last.before.id);
  const isAsPromoted = canonicalJson(last.after) === canonicalJson(needs.section());
  return {
    next: last.before,
    source: 'rollback',
    warnings: isAsPromoted
      ? []
      : ['The models were changed since the promotion, and these changes are taken back with it.'],
  };
}

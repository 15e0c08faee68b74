/** What the operations about models take and answer. */
import { z } from 'zod';

const finite = z.number();
const orNull = finite.nullable();
export const modelId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'the id of a model');
export const reason = z.string().trim().min(1, 'a reason').max(500);

const normalisation = z.object({
  kind: z.enum(['none', 'supplied', 'local']),
  mean: finite.optional(),
  sd: finite.optional(),
  n: z.int().optional(),
  source: z.string().optional(),
  /** of the features beside the leading one */
  others: z.record(z.string(), z.object({ mean: finite, sd: finite })).optional(),
});
const inUse = z.object({
  id: z.string(),
  version: z.string(),
  sha256: z.string(),
  title: z.string(),
  recipe: z.string(),
  cutOff: finite,
  /** of several the leading one */
  feature: z.string(),
  features: z.array(z.string()).readonly(),
  normalisation,
});

export const modelsAnswer = z.object({
  active: inUse,
  shadow: inUse.nullable(),
  classic: inUse.omit({ feature: true, features: true }).nullable(),
  /** every file of the models folder */
  onDisk: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['delta', 'classic', 'invalid']),
      version: z.string().nullable(),
      title: z.string().nullable(),
      sha256: z.string().nullable(),
      fault: z.object({ code: z.string(), detail: z.string() }).nullable(),
      use: z.array(z.enum(['active', 'shadow', 'classic'])),
      /** a delta model of the recipe of the active one */
      canBeOnTrial: z.boolean(),
    }),
  ),
  /** what a rollback would bring back; null: there is no promotion to take back */
  rollback: z.object({ active: z.string(), shadow: z.string().nullable() }).nullable(),
  /** changes of the models that wait for another administrator */
  waiting: z.int(),
});

export const cardAnswer = z.object({
  id: z.string(),
  version: z.string(),
  sha256: z.string(),
  title: z.string(),
  kind: z.enum(['delta', 'classic']),
  recipe: z.string(),
  recipeDigest: z.string(),
  features: z.array(z.object({ name: z.string(), coefficient: finite })).readonly(),
  intercept: finite,
  cutOff: finite,
  training: z.object({ n: z.int(), prevalence: finite }),
  formula: z.string(),
  intendedUse: z.string(),
  limits: z.array(z.string()).readonly(),
  published: z
    .array(
      z.object({
        on: z.enum(['training', 'internal test', 'external test']),
        auc: orNull,
        auc95: z.tuple([finite, finite]).readonly().nullable(),
        accuracy: orNull,
      }),
    )
    .readonly(),
  citation: z.string(),
  provenance: z.string(),
});

const ks = z.object({ statistic: finite, p: finite });
const counts = z.array(z.int()).readonly();
const driftAnswer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('notEnough'),
    recent: z.int(),
    before: z.int(),
    needed: z.int(),
    because: z.string(),
  }),
  z.object({
    kind: z.literal('compared'),
    recent: z.int(),
    before: z.int(),
    ks,
    psi: z.object({
      psi: finite,
      limit: finite,
      edges: z.array(finite).readonly(),
      reference: counts,
      recent: counts,
    }),
    shift: finite,
    verdict: z.enum(['none', 'watch', 'drift']),
    because: z.string(),
  }),
]);

const driftOfGroups = z.array(z.object({ name: z.string(), n: z.int(), drift: driftAnswer })).readonly();

export const localAnswer = z.object({
  feature: z.string(),
  progress: z.object({
    n: z.int(),
    patients: z.int(),
    stage: z.enum(['deltaOnly', 'provisional', 'normal']),
    next: z.object({ at: z.int(), missing: z.int() }).nullable(),
    frozen: z.array(z.object({ version: z.string(), at: z.int(), isReached: z.boolean() })).readonly(),
    mix: z.object({ early: z.int(), late: z.int(), unknown: z.int() }),
    isLopsided: z.boolean(),
    mean: orNull,
    sd: orNull,
    median: orNull,
    quartiles: z.tuple([finite, finite]).readonly().nullable(),
  }),
  mixRule: z.string(),
  histogram: z.array(z.object({ from: finite, to: finite, count: z.int() })).readonly(),
  drift: driftAnswer,
  driftByScanner: driftOfGroups,
  driftByKernel: driftOfGroups,
  /** each feature against the rows that the model was fitted to; empty for a model without its reference */
  driftFromTraining: z.array(
    z.object({
      feature: z.string(),
      drift: driftAnswer,
      byScanner: driftOfGroups,
      byKernel: driftOfGroups,
    }),
  ),
  driftRule: z.string(),
  /** SVG */
  charts: z.object({ histogram: z.string(), line: z.string() }),
});

const said = z.enum(['positive', 'negative', 'indeterminate', 'notEvaluable', 'none']);
const difference = z.object({ n: z.int(), mean: finite, sd: finite, largest: finite }).nullable();
export const shadowAnswer = z.object({
  active: z.string(),
  shadow: z.string().nullable(),
  agreement: z
    .object({
      n: z.int(),
      categories: z.array(z.object({ active: said, shadow: said, n: z.int() })).readonly(),
      same: z.int(),
      opposed: z.int(),
      probability: difference,
      delta: difference,
    })
    .nullable(),
  /** a promotion on fewer cases is warned of */
  enough: z.int(),
  /** the newest 50 */
  newest: z.array(
    z.object({
      StudyInstanceUID: z.string(),
      scoredAt: z.string(),
      active: z.object({ said, delta: orNull, probability: orNull }),
      shadow: z.object({ said, delta: orNull, probability: orNull }),
    }),
  ),
});

export const addedAnswer = z.object({
  id: z.string(),
  version: z.string(),
  kind: z.enum(['delta', 'classic']),
  sha256: z.string(),
});

export const changeAnswer = z.object({
  /** pending: another administrator must approve it */
  state: z.enum(['applied', 'pending']),
  active: z.string(),
  shadow: z.string().nullable(),
  /** what a person should know; nothing of it stops the change */
  warnings: z.array(z.string()),
});

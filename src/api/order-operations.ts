/** What a person may do to a case: each asks a reason, and is in the case's story and in the audit trail. */
import { z } from 'zod';
import { conflictsOf } from '../catalogue/merges.ts';
import { Fault } from '../fault.ts';
import { CASE_ACTIONS, factsOf, possibleActions } from '../pipeline/case-actions.ts';
import { putDue } from '../pipeline/deliver.ts';
import {
  cancelCase,
  chooseBaseline,
  chooseRegions,
  holdCase,
  releaseCase,
  reopenCase,
  rescoreCase,
} from '../pipeline/orders.ts';
import { retryCase } from '../pipeline/retry-case.ts';
import { settleConflict } from '../pipeline/settle-conflict.ts';
import { withdraw } from '../pipeline/withdraw.ts';
import type { World } from '../pipeline/world.ts';
import { QUALITY_REASONS, type QualityReason, REJECTION_TITLES } from '../sr/rejection-note.ts';
import { uid } from './fields.ts';
import { type Actor, operation } from './operation.ts';

const reason = z.string().trim().min(1, 'a reason').max(500);
const ofCase = z.object({ StudyInstanceUID: uid });
const ordered = z.object({ StudyInstanceUID: uid, reason });
const region = z.object({ SOPInstanceUID: uid, region: z.number().int().min(0) });
const nothing = z.object({});
const MOST_CONFLICTS = 200;
const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>) =>
  Object.keys(table) as [Key, ...Key[]];

const QUALITIES = keysOf<QualityReason>(QUALITY_REASONS as Record<QualityReason, unknown>);

const chosenRegion = z.object({ SOPInstanceUID: z.string(), region: z.number() });
const said = z.object({ SeriesNumber: z.number().nullable(), SeriesDescription: z.string() });
const regionOption = z.object({
  SOPInstanceUID: z.string(),
  region: z.number().describe('ROINumber or SegmentNumber'),
  name: z.string(),
  kind: z.string(),
  image: said.describe('the CT series that it was drawn on'),
  maskSeries: said.describe('the series of the mask object'),
  drawnDate: z.string(),
  drawnTime: z.string(),
  author: z.string(),
  Manufacturer: z.string(),
});
const possible = z.object({
  actions: z.array(
    z.object({ action: z.enum(CASE_ACTIONS), isPossible: z.boolean(), because: z.string().optional() }),
  ),
  baselines: z.array(z.object({ StudyInstanceUID: z.string(), StudyDate: z.string() })),
  regions: z.record(z.enum(['baseline', 'followUp']), z.array(regionOption)),
  conflicts: z.array(
    z.object({
      SOPInstanceUID: z.string(),
      digest: z.string(),
      receivedFrom: z.string(),
      receivedAt: z.string(),
    }),
  ),
  /** what a person chose and did not take back */
  chosen: z.object({
    baseline: z.string().nullable(),
    regions: z.object({ baseline: chosenRegion.nullable(), followUp: chosenRegion.nullable() }),
  }),
  /** choices of a form that withdraws a report */
  withdrawal: z.object({ reasons: z.array(z.string()), qualities: z.array(z.string()) }),
});

type Order = (
  world: World,
  uid: string,
  by: Readonly<{ author: string; reason: string }>,
) => Promise<unknown>;

export function orderOperations(world: () => World) {
  const about = (input: { StudyInstanceUID: string }) =>
    ({ kind: 'case', id: input.StudyInstanceUID }) as const;
  const act = { method: 'POST', role: 'operator', changes: true, subject: about } as const;
  const by = (input: { reason: string }, actor: Actor) => ({ author: actor.name, reason: input.reason });
  const plainOrder = (name: string, summary: string, order: Order) =>
    operation({
      ...act,
      id: `orders.${name}`,
      path: `/cases/{StudyInstanceUID}/${name}`,
      summary,
      input: ordered,
      output: nothing,
      run: async (input, actor) => {
        await order(world(), input.StudyInstanceUID, by(input, actor));
        return {};
      },
    });

  return {
    possible: operation({
      id: 'orders.possible',
      method: 'GET',
      path: '/cases/{StudyInstanceUID}/actions',
      role: 'viewer',
      changes: false,
      summary: 'What may be done to a case now, why the rest may not, and what there is to choose from',
      input: ofCase,
      output: possible,
      subject: about,
      isAudited: true,
      run: async ({ StudyInstanceUID }) => {
        const now = world();
        const facts = await factsOf(now, StudyInstanceUID);
        const { baselines, regions } = facts.choices;
        const { detail: { StudyInstanceUID: baseline = null } = {} } = facts.orders.baseline ?? {};
        const { detail: { baseline: atBaseline, followUp: atFollowUp } = {} } = facts.orders.regions ?? {};
        const conflicts = await conflictsOf(now.catalogue.sql, StudyInstanceUID);
        return {
          actions: [...possibleActions(facts)],
          baselines: [...baselines],
          regions: { baseline: [...regions.baseline], followUp: [...regions.followUp] },
          conflicts: conflicts.slice(0, MOST_CONFLICTS).map(({ receivedAt, ...each }) => ({
            SOPInstanceUID: each.SOPInstanceUID,
            digest: each.digest,
            receivedFrom: each.receivedFrom,
            receivedAt: receivedAt.toISOString(),
          })),
          chosen: {
            baseline,
            regions: { baseline: atBaseline ?? null, followUp: atFollowUp ?? null },
          },
          withdrawal: { reasons: keysOf(REJECTION_TITLES), qualities: [...QUALITIES] },
        };
      },
    }),
    hold: plainOrder('hold', 'Holds the case until it is released', holdCase),
    release: plainOrder('release', 'Releases a case that a person holds', releaseCase),
    cancel: plainOrder('cancel', 'Takes the case out; what waits of its reports is not sent', cancelCase),
    reopen: plainOrder('reopen', 'Takes a cancelled case back in', reopenCase),
    rescore: plainOrder('rescore', 'Scores the case as model, rules and settings are now', rescoreCase),
    retry: operation({
      ...act,
      id: 'orders.retry',
      path: '/cases/{StudyInstanceUID}/retry',
      summary: 'Has the step that is due tried now; answers with the steps',
      input: ordered,
      output: z.object({ steps: z.array(z.string()) }),
      run: async (input, actor) => ({
        steps: [...(await retryCase(world(), input.StudyInstanceUID, by(input, actor)))],
      }),
    }),
    baseline: operation({
      ...act,
      id: 'orders.baseline',
      path: '/cases/{StudyInstanceUID}/baseline',
      summary: 'Chooses the baseline of this case alone; without one, the choice is taken back',
      input: ordered.extend({ baseline: uid.optional() }),
      output: nothing,
      run: async (input, actor) => {
        await chooseBaseline(world(), input.StudyInstanceUID, input.baseline, by(input, actor));
        return {};
      },
    }),
    regions: operation({
      ...act,
      id: 'orders.regions',
      path: '/cases/{StudyInstanceUID}/regions',
      summary:
        'Chooses which region is the lesion at a time point; null: as the rules say; one that is not named stays as it is',
      input: ordered.extend({
        baseline: region.nullable().optional(),
        followUp: region.nullable().optional(),
      }),
      output: nothing,
      run: async (input, actor) => {
        const { StudyInstanceUID, baseline, followUp } = input;
        await chooseRegions(world(), StudyInstanceUID, { baseline, followUp }, by(input, actor));
        return {};
      },
    }),
    conflict: operation({
      ...act,
      id: 'orders.conflict',
      path: '/cases/{StudyInstanceUID}/conflicts',
      summary: 'Says which bytes are right of an object that came twice',
      input: ordered.extend({
        SOPInstanceUID: uid,
        keep: z.enum(['known', 'other']),
        digest: z.string().max(128).optional().describe('which of several others'),
      }),
      output: nothing,
      run: async (input, actor) => {
        const { StudyInstanceUID, SOPInstanceUID, digest } = input;
        const keep = input.keep === 'other' && digest ? { digest } : input.keep;
        await settleConflict(world(), StudyInstanceUID, SOPInstanceUID, keep, by(input, actor));
        return {};
      },
    }),
    withdraw: operation({
      ...act,
      id: 'orders.withdraw',
      path: '/cases/{StudyInstanceUID}/withdraw',
      summary: 'Takes the reports of the case back by a rejection note; the reason goes into the PACS',
      input: ordered.extend({
        because: z.enum(keysOf(REJECTION_TITLES)),
        quality: z.enum(QUALITIES).default('other'),
      }),
      output: z.object({ reports: z.number(), destinations: z.array(z.string()) }),
      run: async (input, actor) => {
        const now = world();
        const done = await withdraw(now, input.StudyInstanceUID, {
          reason: input.because,
          quality: input.quality,
          text: input.reason,
          installationUid: now.installation.uid,
          author: actor.name,
        });
        if (!done) throw new Fault('ACTION_NOT_POSSIBLE', 'its reports are withdrawn already');
        for (const destination of done.destinations) await putDue(now, destination);
        return { reports: done.reports.length, destinations: [...done.destinations] };
      },
    }),
  } as const;
}

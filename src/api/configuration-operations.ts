import { z } from 'zod';
import { CHANGE_SOURCES } from '../catalogue/configuration-changes.ts';
import { SECTIONS } from '../configuration/section.ts';
import { Fault } from '../fault.ts';
import type { LiveConfiguration, PlannedChange, ShownChange } from '../startup/live-configuration.ts';
import { moment, reason } from './fields.ts';
import { type Actor, type Download, operation } from './operation.ts';

const MAX_TEXT = 512 * 1024;
const section = z.enum(SECTIONS);
const text = z.string().max(MAX_TEXT);
const id = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

const shownSection = z.object({
  section,
  text: z.string(),
  digest: z.string(),
  changedAt: moment,
  /** of the change that made it what it is, while the history has it */
  changedBy: z.string().nullable(),
  changeId: z.number().nullable(),
});
const change = z.object({
  id: z.number(),
  section,
  before: z.string().nullable(),
  after: z.string(),
  author: z.string(),
  reason: z.string(),
  madeAt: moment,
  state: z.enum(['applied', 'pending', 'rejected']),
  decidedBy: z.string().nullable(),
  decidedAt: moment.nullable(),
  source: z.enum(CHANGE_SOURCES),
  /** secrets are among what it changes, which is not seen in the texts */
  changesSecrets: z.boolean(),
});
const planned = z.object({ section, before: z.string(), after: z.string(), changesSecrets: z.boolean() });
const changes = z.object({ changes: z.array(change) });

/** As it is answered. */
export const told = (row: ShownChange): z.infer<typeof change> => ({
  ...row,
  madeAt: row.madeAt.toISOString(),
  decidedAt: row.decidedAt?.toISOString() ?? null,
});
export const changeSchema = change;
/** Where a change came from, as the history tells it. */
export const sourceOf = ({ via }: Actor): 'browser' | 'token' => via;

/** Behind so many changes that wait or were turned down, nobody looks for who made a section what it is. */
const LOOKED_AT = 30;

const countsSince = ({ decidedAt, madeAt }: ShownChange): number => (decidedAt ?? madeAt).getTime();

/** What was approved last counts, and not what was written last. */
const lastApplied = (rows: readonly ShownChange[]): ShownChange | undefined =>
  rows
    .filter(({ state }) => state === 'applied')
    .reduce<ShownChange | undefined>(
      (last, row) => (last && countsSince(last) >= countsSince(row) ? last : row),
      undefined,
    );

export type ConfigurationOperations = ReturnType<typeof configurationOperations>;

/** The history of what can be changed while the service runs: administrators only. Secrets are never shown. */
export function configurationOperations(configuration: LiveConfiguration) {
  const admin = { role: 'administrator' } as const;
  const aboutChange = (input: { id: number }) => ({ kind: 'configuration', id: String(input.id) }) as const;
  const list = (rows: readonly ShownChange[]) => ({ changes: rows.map(told) });

  return {
    sections: operation({
      ...admin,
      id: 'configuration.sections',
      method: 'GET',
      path: '/configuration/sections',
      changes: false,
      summary: 'Every section as it counts now; (kept) stands for a secret',
      input: z.object({}),
      output: z.object({ sections: z.array(shownSection) }),
      run: async () => ({
        sections: await Promise.all(
          configuration.sections().map(async (each) => {
            const last = lastApplied(
              await configuration.history({ section: each.section, limit: LOOKED_AT }),
            );
            const made = { changedBy: last?.author ?? null, changeId: last?.id ?? null };
            return { ...each, ...made, changedAt: each.changedAt.toISOString() };
          }),
        ),
      }),
    }),
    look: operation({
      ...admin,
      id: 'configuration.look',
      method: 'GET',
      path: '/configuration/changes/{id}',
      changes: false,
      summary: 'One change, before and after',
      input: z.object({ id }),
      output: change,
      subject: aboutChange,
      run: async (input) => {
        const [found] = await configuration.history({ limit: 1, beforeId: input.id + 1 });
        if (found?.id !== input.id) throw new Fault('INPUT_NOT_FOUND', 'there is no such change');
        return told(found);
      },
    }),
    plan: operation({
      ...admin,
      id: 'configuration.plan',
      method: 'POST',
      path: '/configuration/plan',
      changes: false,
      summary: 'What a text would change, checked as a change is; nothing is changed',
      input: z.object({ section, text }),
      output: planned,
      run: async (input): Promise<PlannedChange> => configuration.plan(input.section, input.text),
    }),
    change: operation({
      ...admin,
      id: 'configuration.change',
      method: 'PUT',
      path: '/configuration/sections',
      changes: true,
      summary: 'Changes a section at once, or proposes it where a second administrator approves',
      input: z.object({ section, text, reason, basedOn: z.string().max(128).optional() }),
      output: change,
      subject: (input) => ({ kind: 'configuration', id: input.section }),
      run: async (input, actor) => {
        const { basedOn } = input;
        const proposal = { author: actor.name, reason: input.reason, source: sourceOf(actor), basedOn };
        return told(await configuration.propose(input.section, input.text, proposal));
      },
    }),
    history: operation({
      ...admin,
      id: 'configuration.history',
      method: 'GET',
      path: '/configuration/history',
      changes: false,
      summary: 'Changes, the newest first',
      input: z.object({
        section: section.optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        beforeId: id.optional(),
      }),
      output: changes,
      run: async (input) => list(await configuration.history(input)),
    }),
    pending: operation({
      ...admin,
      id: 'configuration.pending',
      method: 'GET',
      path: '/configuration/pending',
      changes: false,
      summary: 'Changes that wait for another administrator',
      input: z.object({}),
      output: changes,
      run: async () => list(await configuration.pending()),
    }),
    approve: operation({
      ...admin,
      id: 'configuration.approve',
      method: 'POST',
      path: '/configuration/changes/{id}/approve',
      changes: true,
      summary: 'Approves a change that another administrator made; it counts at once',
      input: z.object({ id }),
      output: change,
      subject: aboutChange,
      run: async (input, actor) => told(await configuration.approve(input.id, actor.name)),
    }),
    reject: operation({
      ...admin,
      id: 'configuration.reject',
      method: 'POST',
      path: '/configuration/changes/{id}/reject',
      changes: true,
      summary: 'Rejects a change that waits',
      input: z.object({ id, reason }),
      output: change,
      subject: aboutChange,
      run: async (input, actor) => told(await configuration.reject(input.id, actor.name, input.reason)),
    }),
    restore: operation({
      ...admin,
      id: 'configuration.restore',
      method: 'POST',
      path: '/configuration/changes/{id}/restore',
      changes: true,
      summary: 'Makes a section what it was before or after a change',
      input: z.object({ id, which: z.enum(['before', 'after']), reason }),
      output: change,
      subject: aboutChange,
      run: async (input, actor) => {
        const author = { author: actor.name, reason: input.reason };
        return told(await configuration.restore(input.id, input.which, author));
      },
    }),
    export: operation({
      ...admin,
      id: 'configuration.export',
      method: 'GET',
      path: '/configuration/export',
      changes: false,
      isAudited: true,
      summary: 'All sections as one YAML document; (kept) stands for a secret',
      input: z.object({}),
      output: { download: 'application/yaml' },
      run: async (): Promise<Download> => ({
        contentType: 'application/yaml; charset=utf-8',
        fileName: 'earshot-configuration.yaml',
        bytes: new TextEncoder().encode(configuration.exportYaml()),
      }),
    }),
    planImport: operation({
      ...admin,
      id: 'configuration.planImport',
      method: 'POST',
      path: '/configuration/import/plan',
      changes: false,
      summary: 'What an exported document would change',
      input: z.object({ text }),
      output: z.object({ planned: z.array(planned) }),
      run: async (input) => ({ planned: configuration.planImport(input.text) }),
    }),
    import: operation({
      ...admin,
      id: 'configuration.import',
      method: 'POST',
      path: '/configuration/import',
      changes: true,
      summary: 'Takes over what an exported document says, all of it or nothing',
      input: z.object({ text, reason }),
      output: changes,
      subject: () => ({ kind: 'configuration', id: 'import' }),
      run: async (input, actor) =>
        list(await configuration.importYaml(input.text, { author: actor.name, reason: input.reason })),
    }),
  } as const;
}

/** Checks of nodes, the test patient, and the checklist of the first run. */
import { z } from 'zod';
import { CHECK_KINDS, type NodeCheck } from '../catalogue/node-checks.ts';
import { operation } from './operation.ts';

const nodeName = z.string().min(1).max(64);

const checkOutput = z.object({
  id: z.string(),
  node: z.string(),
  kind: z.enum(CHECK_KINDS),
  startedAt: z.iso.datetime(),
  milliseconds: z.int(),
  outcome: z.enum(['passed', 'failed', 'skipped']),
  code: z.string(),
  text: z.string(),
  author: z.string(),
});

const progressOutput = z.object({
  state: z.enum(['running', 'passed', 'failed']),
  startedAt: z.iso.datetime(),
  milliseconds: z.int(),
  author: z.string(),
  steps: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      state: z.enum(['waiting', 'running', 'passed', 'failed', 'skipped']),
      milliseconds: z.int().nullable(),
      text: z.string(),
    }),
  ),
});
type Progress = z.infer<typeof progressOutput>;

const itemOutput = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['ok', 'warning', 'failed', 'unknown']),
  text: z.string(),
  remedy: z.string(),
});
type Item = z.infer<typeof itemOutput>;

type Deep<T> = T extends object ? { readonly [K in keyof T]: Deep<T[K]> } : T;

export type CheckOperationNeeds = Readonly<{
  /** Makes the check and records it. Throws NODE_UNKNOWN. */
  check(node: string, kind: NodeCheck['kind'], author: string): Promise<NodeCheck>;
  /** Newest first. Throws NODE_UNKNOWN for a node that is neither configured nor has a history. */
  history(node: string, limit: number): Promise<readonly NodeCheck[]>;
  checklist(): Promise<readonly Item[]>;
  startSelfTest(author: string): Deep<Progress>;
  selfTest(): Promise<Deep<Progress> | undefined>;
}>;

const shown = (check: NodeCheck): z.infer<typeof checkOutput> => ({
  ...check,
  startedAt: check.startedAt.toISOString(),
});

/** Without the random Patient ID, which nobody needs. */
const told = ({ state, startedAt, milliseconds, author, steps }: Deep<Progress>): Progress => ({
  ...{ state, startedAt, milliseconds, author },
  steps: steps.map((step) => ({ ...step })),
});

/** The table of these operations. */
export const checkOperations = (needs: CheckOperationNeeds) => ({
  run: operation({
    id: 'node.check',
    method: 'POST',
    path: '/nodes/{name}/checks',
    role: 'operator',
    changes: true,
    summary: 'Makes one check of a node and records it.',
    input: z.strictObject({ name: nodeName, kind: z.enum(CHECK_KINDS) }),
    output: checkOutput,
    subject: ({ name }) => ({ kind: 'node', id: name }),
    run: async ({ name, kind }, actor) => shown(await needs.check(name, kind, actor.name)),
  }),
  history: operation({
    id: 'node.checks',
    method: 'GET',
    path: '/nodes/{name}/checks',
    role: 'viewer',
    changes: false,
    summary: 'The newest checks of a node.',
    input: z.strictObject({ name: nodeName, limit: z.coerce.number().int().min(1).max(500).default(50) }),
    output: z.array(checkOutput),
    subject: ({ name }) => ({ kind: 'node', id: name }),
    run: async ({ name, limit }) => (await needs.history(name, limit)).map(shown),
  }),
  checklist: operation({
    id: 'setup.checklist',
    method: 'GET',
    path: '/setup',
    role: 'administrator',
    changes: false,
    summary: 'What must be in order before a case can come through, each item with its reason.',
    input: z.strictObject({}),
    output: z.array(itemOutput),
    run: async () => [...(await needs.checklist())],
  }),
  startSelfTest: operation({
    id: 'setup.startTestPatient',
    method: 'POST',
    path: '/setup/test-patient',
    role: 'administrator',
    changes: true,
    summary: 'Sends a test patient through the whole path, or tells of the one that is under way.',
    input: z.strictObject({}),
    output: progressOutput,
    subject: () => ({ kind: 'system', id: 'test-patient' }),
    run: async (_input, actor) => told(needs.startSelfTest(actor.name)),
  }),
  selfTest: operation({
    id: 'setup.testPatient',
    method: 'GET',
    path: '/setup/test-patient',
    role: 'administrator',
    changes: false,
    summary: 'How the test patient fares, or how the last one did; null: there was none.',
    input: z.strictObject({}),
    output: progressOutput.nullable(),
    run: async () => {
      const progress = await needs.selfTest();
      return progress === undefined ? null : told(progress);
    },
  }),
});

/** Checks of nodes: made by people, shown with what they mean for each node. */
import { z } from 'zod';
import { CHECK_KINDS, type CheckKind, type NodeCheck } from '../catalogue/node-checks.ts';
import { moment } from './fields.ts';
import { operation } from './operation.ts';

const nodeName = z.string().min(1).max(64);
const kind = z.enum(CHECK_KINDS);

const checkOutput = z.object({
  id: z.string(),
  node: z.string(),
  kind,
  startedAt: moment,
  milliseconds: z.int(),
  outcome: z.enum(['passed', 'failed', 'skipped']),
  code: z.string(),
  text: z.string(),
  author: z.string(),
});

const standingOutput = z.object({
  node: z.string(),
  state: z.enum(['live', 'test', 'off', 'disabled']),
  /** of each kind */
  kinds: z.array(z.object({ kind, whyNot: z.string().nullable(), newest: checkOutput.nullable() })),
  lastSuccess: moment.nullable(),
});

/** How a node stands. */
export type Standing = Readonly<{
  node: string;
  state: z.infer<typeof standingOutput>['state'];
  kinds: readonly Readonly<{
    kind: CheckKind;
    /** why such a check means nothing for the node */
    whyNot: string | undefined;
    newest: NodeCheck | undefined;
  }>[];
  lastSuccess: Date | undefined;
}>;

export type CheckOperationNeeds = Readonly<{
  /** Makes the check and records it. Throws NODE_UNKNOWN. */
  check(node: string, kind: CheckKind, author: string): Promise<NodeCheck>;
  /** Newest first. Throws NODE_UNKNOWN for a node that is neither configured nor has a history. */
  history(node: string, limit: number): Promise<readonly NodeCheck[]>;
  /** Of every configured node, in that order. */
  standing(): Promise<readonly Standing[]>;
}>;

const shown = (check: NodeCheck): z.infer<typeof checkOutput> => ({
  ...check,
  startedAt: check.startedAt.toISOString(),
});

/** The table of these operations. */
export const checkOperations = (needs: CheckOperationNeeds) =>
  ({
    check: operation({
      id: 'nodes.check',
      method: 'POST',
      path: '/nodes/{name}/checks',
      role: 'operator',
      changes: true,
      summary: 'Makes one check of a node and records it',
      input: z.strictObject({ name: nodeName, kind }),
      output: checkOutput,
      subject: ({ name }) => ({ kind: 'node', id: name }),
      run: async (input, actor) => shown(await needs.check(input.name, input.kind, actor.name)),
    }),
    checks: operation({
      id: 'nodes.checks',
      method: 'GET',
      path: '/nodes/{name}/checks',
      role: 'viewer',
      changes: false,
      summary: 'The newest checks of a node',
      input: z.strictObject({ name: nodeName, limit: z.coerce.number().int().min(1).max(500).default(50) }),
      output: z.array(checkOutput),
      subject: ({ name }) => ({ kind: 'node', id: name }),
      run: async ({ name, limit }) => (await needs.history(name, limit)).map(shown),
    }),
    standing: operation({
      id: 'nodes.standing',
      method: 'GET',
      path: '/nodes/standing',
      role: 'viewer',
      changes: false,
      summary: 'Of each node the newest check of every kind, or why that kind means nothing for it',
      input: z.strictObject({}),
      output: z.array(standingOutput),
      run: async () =>
        (await needs.standing()).map(({ node, state, kinds, lastSuccess }) => ({
          node,
          state,
          kinds: kinds.map(({ kind, whyNot, newest }) => ({
            kind,
            whyNot: whyNot ?? null,
            newest: newest ? shown(newest) : null,
          })),
          lastSuccess: lastSuccess?.toISOString() ?? null,
        })),
    }),
  }) as const;

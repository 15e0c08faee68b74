import { z } from 'zod';
import { Fault } from '../fault.ts';
import type { LiveConfiguration } from '../startup/live-configuration.ts';
import { changeSchema, sourceOf, told } from './configuration-operations.ts';
import { reason } from './fields.ts';
import { type Actor, operation } from './operation.ts';

const name = z.string().min(1).max(64);
/** As it would stand in the configuration file; the configuration's own schema checks it. */
const node = z.record(z.string().max(64), z.unknown());
const digest = z.string().max(128);

type WrittenNode = Readonly<Record<string, unknown>>;

/** The nodes, one by one: each change is one of the section `nodes` and stands in its history. */
export function nodeOperations(configuration: LiveConfiguration) {
  const written = (): Readonly<{ nodes: readonly WrittenNode[]; digest: string }> => {
    const section = configuration.section('nodes');
    return { nodes: (JSON.parse(section.text) ?? []) as WrittenNode[], digest: section.digest };
  };
  const propose = async (
    nodes: readonly WrittenNode[],
    input: Readonly<{ reason: string; basedOn?: string | undefined }>,
    actor: Actor,
  ) => {
    const proposal = { ...input, author: actor.name, source: sourceOf(actor) };
    return told(await configuration.propose('nodes', JSON.stringify(nodes, null, 2), proposal));
  };
  const aboutNode = (input: { name: string }) => ({ kind: 'node', id: input.name }) as const;
  const indexOf = (nodes: readonly WrittenNode[], wanted: string): number => {
    const index = nodes.findIndex((each) => each['name'] === wanted);
    if (index < 0) throw new Fault('INPUT_NOT_FOUND', 'there is no node of this name');
    return index;
  };

  return {
    list: operation({
      id: 'nodes.list',
      method: 'GET',
      path: '/nodes',
      role: 'viewer',
      changes: false,
      summary: 'Nodes as they count now; (kept) stands for a secret. `digest`: what a change is based on',
      input: z.object({}),
      output: z.object({ nodes: z.array(node), digest }),
      run: async () => ({ nodes: [...written().nodes], digest: written().digest }),
    }),
    add: operation({
      id: 'nodes.add',
      method: 'POST',
      path: '/nodes',
      role: 'administrator',
      changes: true,
      summary: 'Adds a node; it counts at once',
      input: z.object({ node, reason, basedOn: digest.optional() }),
      output: changeSchema,
      subject: (input) => ({ kind: 'node', id: String(input.node['name'] ?? '') }),
      run: async (input, actor) => propose([...written().nodes, input.node], input, actor),
    }),
    change: operation({
      id: 'nodes.change',
      method: 'PUT',
      path: '/nodes/{name}',
      role: 'administrator',
      changes: true,
      summary: 'Replaces what is said of a node; it counts at once',
      input: z.object({ name, node, reason, basedOn: digest.optional() }),
      output: changeSchema,
      subject: aboutNode,
      run: async (input, actor) => {
        const { nodes } = written();
        return propose(nodes.with(indexOf(nodes, input.name), input.node), input, actor);
      },
    }),
    disable: operation({
      id: 'nodes.disable',
      method: 'POST',
      path: '/nodes/{name}/disable',
      role: 'administrator',
      changes: true,
      summary:
        'Takes a node out, or back in: a node that is out neither sends nor is asked nor gets anything',
      input: z.object({ name, isDisabled: z.boolean(), reason, basedOn: digest.optional() }),
      output: changeSchema,
      subject: aboutNode,
      run: async (input, actor) => {
        const { nodes } = written();
        const index = indexOf(nodes, input.name);
        const { disabled: _, ...rest } = nodes[index] ?? {};
        return propose(
          nodes.with(index, input.isDisabled ? { ...rest, disabled: true } : rest),
          input,
          actor,
        );
      },
    }),
    remove: operation({
      id: 'nodes.remove',
      method: 'POST',
      path: '/nodes/{name}/remove',
      role: 'administrator',
      changes: true,
      summary: 'Removes a node; what waits for it waits until it is back, or is given up',
      input: z.object({ name, reason, basedOn: digest.optional() }),
      output: changeSchema,
      subject: aboutNode,
      run: async (input, actor) => {
        const { nodes } = written();
        return propose(nodes.toSpliced(indexOf(nodes, input.name), 1), input, actor);
      },
    }),
  } as const;
}

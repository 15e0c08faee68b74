import { Fault } from '../fault.ts';
import type { Config } from '../startup/config.ts';
import { echoNode, findNobody } from '../startup/echo-node.ts';
import { type Command, parse } from './command.ts';
import { effectiveConfig } from './effective-config.ts';

/** `earshot echo NODE [--find]`: does the node answer a C-ECHO, and a query, under the configured titles? */
export const echo: Command = {
  usage: `Usage: earshot echo NODE [--find] [--config earshot.yaml]

Opens an association to a configured node and sends a C-ECHO. --find also asks it, as an archive, for a patient that
cannot exist (C-FIND, or QIDO-RS of a DICOMweb node): a node may answer the one and refuse the other.`,
  run: async (args) => {
    const { values, positionals } = parse(
      args,
      { config: { type: 'string', default: 'earshot.yaml' }, find: { type: 'boolean', default: false } },
      1,
    );
    const config = await effectiveConfig(values.config);
    const node = configuredNode(config, positionals[0]);
    if (node.aeTitle !== undefined || !values.find) {
      const milliseconds = await echoNode(node, config);
      console.log(`${node.name} (${node.aeTitle}) answered C-ECHO after ${milliseconds.toFixed(0)} ms`);
    }
    if (values.find) {
      const milliseconds = await findNobody(node, config);
      const asked = node.dicomWeb ? 'QIDO-RS' : 'C-FIND';
      console.log(
        `${node.name} answered ${asked} for nobody with no study after ${milliseconds.toFixed(0)} ms`,
      );
    }
    return 0;
  },
};

/** The node of that name. Throws NODE_UNKNOWN with those that are configured. */
export function configuredNode({ nodes }: Config, name: string | undefined): Config['nodes'][number] {
  const node = nodes.find((each) => each.name === name);
  if (node) return node;
  throw new Fault('NODE_UNKNOWN', `configured: ${nodes.map((each) => each.name).join(', ') || 'none'}`);
}

import { loadConfig } from '../startup/load.ts';
import { start } from '../startup/start.ts';
import { type Command, parse } from './command.ts';
import { stopSignal } from './stop-signal.ts';

/** `earshot serve`: runs until SIGINT or SIGTERM. */
export const serve: Command = {
  usage: `Usage: earshot serve [--config earshot.yaml]

Listens on DIMSE and HTTP, assembles studies, scores follow-up CTs and delivers the reports, until SIGINT or SIGTERM.
  --config FILE    configuration (default earshot.yaml)`,
  run: async (args) => {
    const { values } = parse(args, { config: { type: 'string', default: 'earshot.yaml' } });
    const stopped = stopSignal();
    const service = await start(loadConfig(values.config));
    console.error(
      `earshot: research use only. DIMSE ${service.aeTitle} on port ${service.dimsePort}, HTTP on port ${service.httpPort}`,
    );
    await stopped;
    await service[Symbol.asyncDispose]();
    return 0;
  },
};

import { Fault } from '../fault.ts';
import { loadWrittenConfig } from '../startup/load.ts';
import { start } from '../startup/start.ts';
import { type Command, parse } from './command.ts';
import { stopSignal } from './stop-signal.ts';

/** `earshot serve`: runs until SIGINT or SIGTERM. */
export const serve: Command = {
  usage: `Usage: earshot serve [--config earshot.yaml] [--role all]

Listens on DIMSE and HTTP, assembles studies, scores follow-up CTs and delivers the reports, until SIGINT or SIGTERM.
  --config FILE    configuration (default earshot.yaml)
  --role all       every duty in one process, the only role of this version`,
  run: async (args) => {
    const { values } = parse(args, {
      config: { type: 'string', default: 'earshot.yaml' },
      role: { type: 'string', default: 'all' },
    });
    if (values.role !== 'all') throw new Fault('USAGE', 'this version has one role: all');
    const stopped = stopSignal();
    const service = await start(loadWrittenConfig(values.config));
    console.error(
      `earshot: research use only. DIMSE ${service.aeTitle} on port ${service.dimsePort}, HTTP on port ${service.httpPort}`,
    );
    await stopped;
    await service[Symbol.asyncDispose]();
    return 0;
  },
};

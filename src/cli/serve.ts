import { Fault } from '../fault.ts';
import type { Config } from '../startup/config.ts';
import { loadWrittenConfig } from '../startup/load.ts';
import { ROLES } from '../startup/role.ts';
import { type Service, start } from '../startup/start.ts';
import { type Command, parse } from './command.ts';
import { endsWithin } from './ends-within.ts';
import { stopSignal } from './stop-signal.ts';

/** After the drain, and of a start that does not come to an end: what kills this process waits at least 30 s longer than `dimse.drainSeconds`. */
const STOP_SECONDS = 25;

/** `earshot serve`: runs until SIGINT or SIGTERM. */
export const serve: Command = {
  usage: `Usage: earshot serve [--config earshot.yaml] [--role all|receive|work|admin]

Listens on DIMSE and HTTP, assembles studies, scores follow-up CTs and delivers the reports, until SIGINT or SIGTERM.
  --config FILE    configuration (default earshot.yaml)
  --role all       everything in one process (default)
  --role receive   takes objects by DIMSE and STOW-RS
  --role work      matches, measures, scores, reports, delivers
  --role admin     pages and API
Roles but all need PostgreSQL (database: postgres://...), on which any number of processes of each role works together.`,
  run: async (args) => {
    const { values } = parse(args, {
      config: { type: 'string', default: 'earshot.yaml' },
      role: { type: 'string', default: 'all' },
    });
    const role = ROLES.find((each) => each === values.role);
    if (!role) throw new Fault('USAGE', `--role is one of ${ROLES.join(', ')}`);
    const stopped = stopSignal();
    const written = loadWrittenConfig(values.config);
    let [isStarting, goOn] = [true, () => {}];
    // A start that waits for somebody else, as for a schema that is being changed, does not hear that it is to stop.
    void stopped.then(() => {
      if (isStarting) goOn = endsWithin(STOP_SECONDS);
    });
    const service = await start(written, undefined, { role });
    isStarting = false;
    goOn();
    const dimse = service.dimsePort > 0 ? `DIMSE ${service.aeTitle} on port ${service.dimsePort}, ` : '';
    console.error(`earshot: research use only. ${dimse}HTTP on port ${service.httpPort}`);
    // Shown once, on the terminal alone: logs are kept and sent elsewhere.
    if (service.firstLink) console.log(`First administrator: ${addressOf(written.config, service)}`);
    await stopped;
    await service.drain();
    endsWithin(STOP_SECONDS);
    await service[Symbol.asyncDispose]();
    return 0;
  },
};

/** Of the page that makes the first administrator, as browsers reach it, or one on this machine does. */
function addressOf({ http, admin }: Config, { httpPort, firstLink }: Service): string {
  if (admin.publicUrl !== undefined) return `${admin.publicUrl.replace(/\/+$/, '')}${firstLink}`;
  const host = ['0.0.0.0', '::'].includes(http.host) ? 'localhost' : http.host;
  const name = host.includes(':') ? `[${host}]` : host;
  return `${http.tls ? 'https' : 'http'}://${name}:${httpPort}${firstLink}`;
}

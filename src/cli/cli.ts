import { asFault, Fault } from '../fault.ts';
import { VERSION } from '../startup/version.ts';
import type { Command } from './command.ts';

/** Commands are loaded when they are asked for: `earshot --help` starts no database. */
const COMMANDS: Readonly<Record<string, { summary: string; load(): Promise<Command> }>> = {
  serve: {
    summary: 'listen on DIMSE and HTTP, score what arrives',
    load: async () => (await import('./serve.ts')).serve,
  },
  demo: {
    summary: 'phantom patients through real DIMSE and back',
    load: async () => (await import('./demo.ts')).demo,
  },
  score: {
    summary: 'score one follow-up against its baseline from folders',
    load: async () => (await import('./score.ts')).score,
  },
  extract: {
    summary: 'features of one image and mask',
    load: async () => (await import('./extract.ts')).extract,
  },
  fit: {
    summary: 'a model from a table of features',
    load: async () => (await import('./fit.ts')).fit,
  },
  evaluate: {
    summary: 'how good a model is on cases with a known outcome',
    load: async () => (await import('./evaluate.ts')).evaluate,
  },
  cohort: {
    summary: 'features, deltas, patient split and repeatability of a retrospective cohort',
    load: async () => (await import('./cohort.ts')).cohort,
  },
  normalise: {
    summary: 'mean and SD of the deltas of this site, in frozen versions',
    load: async () => (await import('./normalise.ts')).normalise,
  },
  recalibrate: {
    summary: 'put a model right by known outcomes',
    load: async () => (await import('./recalibrate.ts')).recalibrate,
  },
  check: {
    summary: 'validate configuration, rules with their examples, templates, models',
    load: async () => (await import('./check.ts')).check,
  },
  echo: { summary: 'C-ECHO to a configured node', load: async () => (await import('./echo.ts')).echo },
  tls: {
    summary: 'certificate and protocol of a configured node',
    load: async () => (await import('./tls.ts')).tls,
  },
  patients: {
    summary: 'import the patients table, merge or correct patients, from CSV',
    load: async () => (await import('./patients.ts')).patients,
  },
  deliveries: {
    summary: 'list deliveries that were given up, and try them again',
    load: async () => (await import('./deliveries.ts')).deliveries,
  },
  user: {
    summary: 'make a user of the pages, or set a password',
    load: async () => (await import('./user.ts')).user,
  },
  migrate: {
    summary: 'move the catalogue of a stopped service from SQLite to PostgreSQL',
    load: async () => (await import('./migrate.ts')).migrate,
  },
  backup: {
    summary: 'catalogue and files as one archive, also while the service runs',
    load: async () => (await import('./backup.ts')).backup,
  },
  restore: {
    summary: 'put a back-up where the data folder is to be',
    load: async () => (await import('./restore.ts')).restore,
  },
  withdraw: {
    summary: 'take reports back by a rejection note',
    load: async () => (await import('./withdraw.ts')).withdraw,
  },
  forget: {
    summary: 'remove everything that is here of a patient',
    load: async () => (await import('./forget.ts')).forget,
  },
};

const usage = (): string =>
  [
    `Earshot ${VERSION}. Research use only: not for primary diagnosis.`,
    '',
    'Usage: earshot COMMAND [options]      earshot COMMAND --help',
    '',
    ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`),
  ].join('\n');

/** Exit status: 0 done, 1 failed with a coded fault, 2 usage. A user's mistake never shows a stack trace. */
export async function runCli(args: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = args;
  if (['--help', '-h', 'help'].includes(name)) {
    console.log(usage());
    return args.length === 0 ? 2 : 0;
  }
  if (name === '--version') {
    console.log(VERSION);
    return 0;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (!entry) throw new Fault('USAGE', `no command ${JSON.stringify(name)}`);
    const command = await entry.load();
    if (rest.includes('--help') || rest.includes('-h')) {
      console.log(command.usage);
      return 0;
    }
    return await command.run(rest);
  } catch (thrown) {
    return report(thrown);
  }
}

function report(thrown: unknown): number {
  const fault = asFault(thrown);
  console.error(`earshot: ${fault.message}`);
  if (fault.code === 'INTERNAL') console.error(fault.cause);
  return fault.code === 'USAGE' ? 2 : 1;
}

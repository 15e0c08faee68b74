import { Fault } from '../fault.ts';
import type { Config } from '../startup/config.ts';
import { loadConfig } from '../startup/load.ts';
import { openBeside } from '../startup/open-beside.ts';
import { checkBackup } from '../startup/restore-backup.ts';
import {
  isOfThisSchema,
  requireBackupPossible,
  type TakenBackup,
  takeBackup,
} from '../startup/take-backup.ts';
import { audited } from './audited.ts';
import { type Command, parse } from './command.ts';
import { sayingFiles } from './saying-files.ts';
import { stoppable } from './stop-signal.ts';

/** `earshot backup FILE`: catalogue and files of an installation on SQLite, also while its service runs. */
export const backup: Command = {
  usage: `Usage: earshot backup FILE [--config earshot.yaml]
       earshot backup FILE --check

Writes the catalogue and every file that it names into one tar archive, also while the service runs; FILE must not be there. It has
patient data in clear: encrypt it. The schema of the catalogue stays as it is: a back-up before an upgrade may be taken with either
program (with the newer one it is no line of the audit trail). earshot.yaml, rules, models, secrets and certificates are not in it.
  --check          reads FILE instead, and says whether it is whole: every digest, the catalogue's pages, every file
  --folder DIR     with --check: where the catalogue has room meanwhile (default the folder of FILE)
  --config FILE    configuration (default earshot.yaml)

earshot restore FILE puts it back. On PostgreSQL use its own tools: docs/DEPLOYMENT.md, Back-ups.`,
  run: async (args) => {
    const { values, positionals } = parse(
      args,
      {
        config: { type: 'string', default: 'earshot.yaml' },
        check: { type: 'boolean', default: false },
        folder: { type: 'string' },
      },
      1,
    );
    const [file = ''] = positionals;
    using stop = stoppable();
    const following = (done: string) => ({ progress: sayingFiles(done), signal: stop.signal });
    if (values.check) {
      const { about, files } = await checkBackup(file, following('read'), values.folder);
      console.log(
        `Whole: ${files} files and the catalogue of ${about.takenAt}, schema ${about.schema}, Earshot ${about.program}.`,
      );
      return incomplete(about);
    }
    const config = loadConfig(values.config);
    requireBackupPossible(config, file);
    const clock = () => new Date();
    const take = () => takeBackup({ config, to: file, clock, ...following('archived') });
    const taken = (await isOfThisSchema(config)) ? await toldIn(config, take) : await take();
    console.log(
      `${taken.files} files and the catalogue, ${(taken.bytes / 2 ** 20).toFixed(1)} MiB, are in ${file}.`,
    );
    return incomplete(taken);
  },
};

async function toldIn<T>(config: Config, take: () => Promise<T>): Promise<T> {
  await using world = await openBeside(config);
  return await audited(world, config, { action: 'catalogue.backup' }, take);
}

/** What is there is of use; that something was lost before must be told all the same. */
function incomplete({ missing, changed }: Pick<TakenBackup, 'missing' | 'changed'>): number {
  if (missing.length + changed.length === 0) return 0;
  const told = [
    ['missing', missing],
    ['changed', changed],
  ] as const;
  const detail = told
    .filter(([, names]) => names.length > 0)
    .map(([how, names]) => `${names.length} files ${how}, the first ${names[0]}`)
    .join('; ');
  console.error(`earshot: ${new Fault('BACKUP_INCOMPLETE', detail).message}`);
  return 1;
}

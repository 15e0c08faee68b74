import { Fault } from '../fault.ts';
import { loadConfig } from '../startup/load.ts';
import { openBeside } from '../startup/open-beside.ts';
import { checkBackup } from '../startup/restore-backup.ts';
import { requireBackupPossible, takeBackup } from '../startup/take-backup.ts';
import { audited } from './audited.ts';
import { type Command, parse } from './command.ts';
import { sayingFiles } from './saying-files.ts';

/** `earshot backup FILE`: catalogue and files of an installation on SQLite, also while its service runs. */
export const backup: Command = {
  usage: `Usage: earshot backup FILE [--config earshot.yaml]
       earshot backup FILE --check

Writes the catalogue and every file that it names into one tar archive, also while the service runs; FILE must not be there. It has
patient data in clear: encrypt it. earshot.yaml, rules, models, secrets and certificates are not in it.
  --check          reads FILE instead, and says whether it is whole: every digest, the catalogue's pages, every file
  --config FILE    configuration (default earshot.yaml)

earshot restore FILE puts it back. On PostgreSQL use its own tools: docs/DEPLOYMENT.md, Back-ups.`,
  run: async (args) => {
    const { values, positionals } = parse(
      args,
      { config: { type: 'string', default: 'earshot.yaml' }, check: { type: 'boolean', default: false } },
      1,
    );
    const [file = ''] = positionals;
    if (values.check) {
      const { about, files } = await checkBackup(file, sayingFiles('read'));
      console.log(
        `Whole: ${files} files and the catalogue of ${about.takenAt}, schema ${about.schema}, Earshot ${about.program}.`,
      );
      return missingAre(about.missing);
    }
    const config = loadConfig(values.config);
    requireBackupPossible(config, file);
    await using world = await openBeside(config);
    const { files, bytes, missing } = await audited(world, config, { action: 'catalogue.backup' }, () =>
      takeBackup({ config, to: file, clock: world.clock, progress: sayingFiles('archived') }),
    );
    console.log(`${files} files and the catalogue, ${(bytes / 2 ** 20).toFixed(1)} MiB, are in ${file}.`);
    return missingAre(missing);
  },
};

/** What is there is of use; that something was lost before must be told all the same. */
function missingAre(missing: readonly string[]): number {
  if (missing.length === 0) return 0;
  const [first] = missing;
  console.error(
    `earshot: ${new Fault('BACKUP_INCOMPLETE', `${missing.length} files, the first ${first}`).message}`,
  );
  return 1;
}

import { loadConfig } from '../startup/load.ts';
import { openBeside } from '../startup/open-beside.ts';
import { restoreBackup } from '../startup/restore-backup.ts';
import { audited } from './audited.ts';
import { type Command, parse } from './command.ts';
import { sayingFiles } from './saying-files.ts';
import { stoppable } from './stop-signal.ts';

/** `earshot restore FILE`: what `earshot backup` wrote becomes the data folder of a service that does not run. */
export const restore: Command = {
  usage: `Usage: earshot restore FILE [--config earshot.yaml]

Puts what earshot backup wrote into dataDir, which must be empty or not there. Everything is read and checked first; when anything is
wrong, dataDir stays as it is. A catalogue of an older Earshot is brought up to date.
  --config FILE    configuration (default earshot.yaml)

Reports that were sent after the back-up was taken are made again with the same UIDs from the same inputs, and sent once more.
Studies that came after it have to be sent again. Patients who were forgotten after it are here again: give earshot forget again before the
service starts.`,
  run: async (args) => {
    const { values, positionals } = parse(args, { config: { type: 'string', default: 'earshot.yaml' } }, 1);
    const [file = ''] = positionals;
    const config = loadConfig(values.config);
    using stop = stoppable();
    const following = { progress: sayingFiles('restored'), signal: stop.signal };
    const { about, files } = await restoreBackup(file, config, following);
    await using world = await openBeside(config);
    await audited(world, config, { action: 'catalogue.restore' }, async () => undefined);
    console.log(`${files} files and the catalogue of ${about.takenAt} are in ${config.dataDir}.`);
    if (about.missing.length > 0)
      console.log(`${about.missing.length} files that it names were missing when the back-up was taken.`);
    if (about.changed.length > 0)
      console.log(`${about.changed.length} files in it are not what was received or made.`);
    console.log('Start the service.');
    return 0;
  },
};

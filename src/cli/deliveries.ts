import type { DeadLetter } from '../catalogue/rows.ts';
import { isUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { retryDeadLetters } from '../pipeline/dead-letters.ts';
import { awayText } from '../pipeline/delivery-outcome.ts';
import type { Config } from '../startup/config.ts';
import { destinationNames, whyAway } from '../startup/destinations.ts';
import { loadConfig } from '../startup/load.ts';
import { openBeside } from '../startup/open-beside.ts';
import { AUTHOR, audited } from './audited.ts';
import { type Command, parse } from './command.ts';
import { effectiveConfig } from './effective-config.ts';

/** `earshot deliveries`: what was given up, trying it again, and what waits for a node to which nothing goes out now. */
export const deliveries: Command = {
  usage: `Usage: earshot deliveries [--retry UID|all] [--config earshot.yaml]

Lists the deliveries that were given up: age, destination, fault, tries, kind and UID of the object (sr, note, picture,
pdf, view, seg), and what the peer said; and those that
wait for a node that is not configured any more (NODE_UNKNOWN), or is off or in test mode (NODE_OFF): they go out when it
is back.
  --retry UID      tries those of this object, report (with what goes beside it) or study again, as if they were new
  --retry all      tries all of them again

A report that has a successor or was withdrawn is marked as outdated and is not tried again. A running service sends
them; a stopped one when it starts.`,
  run: async (args) => {
    const { values } = parse(args, {
      config: { type: 'string', default: 'earshot.yaml' },
      retry: { type: 'string' },
    });
    const { retry } = values;
    const uid = wantedUid(retry);
    const config = retry === undefined ? await effectiveConfig(values.config) : loadConfig(values.config);
    await using world = await openBeside(config, { isThere: true });
    if (retry === undefined) {
      const letters = await world.reports.deadLetters();
      for (const letter of letters) console.log(lineOf(letter, world.clock()));
      const away = await world.reports.deliveriesAway(destinationNames(config));
      for (const each of away) console.log(lineOf(asAway(each, config), world.clock()));
      console.log(letters.length === 0 ? 'No delivery was given up.' : `${letters.length} given up`);
      if (away.length > 0) console.log(`${away.length} waiting for a node to which nothing goes out now`);
      return 0;
    }
    const about = uid === undefined ? {} : { subject: { kind: 'report', id: uid } as const };
    const tried = await audited(world, config, { action: 'orders.retry', ...about }, () =>
      retryDeadLetters(world, { uid, author: AUTHOR }),
    );
    if (uid !== undefined && tried.length === 0) {
      throw new Fault(
        'INPUT_NOT_FOUND',
        'no delivery of this report or study was given up and can be tried again',
      );
    }
    for (const letter of tried) console.log(lineOf(letter, world.clock()));
    console.log(`${tried.length} will be tried again`);
    return 0;
  },
};

/** Undefined for all. */
function wantedUid(retry: string | undefined): string | undefined {
  if (retry === undefined || retry === 'all') return undefined;
  if (!isUid(retry)) throw new Fault('USAGE', '--retry takes all, or the UID of a report, object or study');
  return retry;
}

/** The reason why it waits in the place of the fault that it met last. */
function asAway(row: DeadLetter, config: Config): DeadLetter {
  const why = whyAway(config, row.destination);
  return why ? { ...row, fault: why.code, comment: awayText(row.state, why) } : row;
}

function lineOf(letter: DeadLetter, now: Date): string {
  const { destination, fault, attempts, kind, SOPInstanceUID, comment, since, isOutdated } = letter;
  const marks = [isOutdated ? 'outdated' : '', comment ?? ''].filter(Boolean).join(', ');
  const age = ageOf(now.getTime() - since.getTime());
  return [age.padStart(5), destination, fault ?? '', `${attempts} tries`, kind, SOPInstanceUID, marks]
    .join('  ')
    .trimEnd();
}

/** In the largest unit that fits: 40s, 12m, 5h, 3d. */
function ageOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

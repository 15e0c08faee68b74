/**
 * Looks after a start for files that the catalogue does not name: of a crash between file and row, or of rows that a damaged disk lost.
 * Each whole object is received as if it had just come, so that nothing that was acknowledged is forgotten, nor kept unknown to
 * retention. What comes through the doors meanwhile is known by the time it is looked at.
 */
import { createReadStream } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { InstancePart } from '../../adapters/dicomweb/instance-part.ts';
import { storageFault } from '../../adapters/disk/data-folder.ts';
import { keptFiles } from '../../adapters/disk/kept-files.ts';
import { namedFiles } from '../catalogue/named-files.ts';
import { fileKey, removing } from '../catalogue/retention.ts';
import { asFault, Fault } from '../fault.ts';
import { removeFiles } from '../pipeline/retire.ts';
import { saysNothing } from '../pipeline/says-nothing.ts';
import type { World } from '../pipeline/world.ts';
import type { InstanceFile, Intake } from '../ports.ts';

type Needs = Readonly<{ world: () => World; intake: Intake; dataDir: string }>;

/** Whom such an object is from, in stories and audit lines. */
const FROM = 'data folder';
const AGAIN_AFTER_MS = 10 * 60_000;

/** Begins at once, and again after a while when disk or catalogue take nothing. Disposing ends it. */
export function startTakingInUnnamed(needs: Needs): AsyncDisposable {
  const stopping = new AbortController();
  const { signal } = stopping;
  const ended = (async () => {
    while (!signal.aborted && !(await takeInUnnamed(needs, signal)))
      await pause(AGAIN_AFTER_MS, undefined, { signal, ref: false }).catch(() => undefined);
  })();
  return {
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      return ended;
    },
  };
}

type Count = { takenIn: number; left: number };

/** False: it is to be done again. */
async function takeInUnnamed(needs: Needs, signal: AbortSignal): Promise<boolean> {
  const { log } = needs.world();
  const count: Count = { takenIn: 0, left: 0 };
  try {
    for await (const { folder, files } of keptFiles(needs.dataDir))
      await takeInAll(needs, await unnamed(needs, folder, files), count, signal);
    return true;
  } catch (thrown) {
    if (signal.aborted) return true;
    log.error('files.notLookedAt', { code: asFault(thrown).code });
    return false;
  } finally {
    if (count.takenIn > 0) await removeFiles(needs.world()).catch(() => undefined);
    if (count.takenIn + count.left > 0) log.warn('files.unnamed', count);
  }
}

/**
 * What cannot be read, or is not what was received, stays where it is: it may be all that is left of something. An object that was
 * under way when the power was cut is such a file, where the file system kept its length and not its bytes.
 */
async function takeInAll(
  needs: Needs,
  files: readonly InstanceFile[],
  count: Count,
  signal: AbortSignal,
): Promise<void> {
  for (const file of files) {
    signal.throwIfAborted();
    const isLeft = await isOfKnown(needs, file);
    const fault = isLeft ? undefined : await takeIn(needs, file);
    if (fault && saysNothing(fault)) throw fault;
    count[fault || isLeft ? 'left' : 'takenIn'] += 1;
  }
}

/**
 * Other bytes of an object that is here: nobody knows any more whether they were the later or the earlier ones, nor what was decided about
 * them. They stay where they are, and change no case.
 */
async function isOfKnown({ world }: Needs, file: InstanceFile): Promise<boolean> {
  if (!file.startsWith('later/')) return false;
  const { catalogue, files } = world();
  const header = await files.header(file).catch(() => undefined);
  return header !== undefined && (await catalogue.instance(header.SOPInstanceUID)) !== undefined;
}

/** One that is being received has its file before its row: it is waited for. */
async function unnamed(
  { world }: Needs,
  folder: string,
  files: readonly InstanceFile[],
): Promise<InstanceFile[]> {
  const { catalogue } = world();
  const named = await namedFiles(catalogue.sql, folder);
  const candidates = files.filter((file) => !named.has(file));
  for (const file of candidates) await catalogue.exclusively(fileKey(file), async () => undefined);
  const namedNow = candidates.length === 0 ? named : await namedFiles(catalogue.sql, folder);
  return candidates.filter((file) => !namedNow.has(file));
}

/** The copy that is received takes the place of the file, which then leaves the disk. Answers why it was not taken. */
async function takeIn({ world, intake }: Needs, file: InstanceFile): Promise<Fault | undefined> {
  const { catalogue, files, log } = world();
  const part = new InstancePart(
    {
      openIncoming: (meta) => intake.open(meta),
      receive: (incoming, announced) => intake.receive(incoming, announced),
      hasRoom: async () => true,
    },
    { study: undefined, from: FROM, onStudy: () => undefined },
  );
  try {
    if (!(await files.isAsReceived(file))) {
      log.error('files.torn', { file });
      return new Fault('FILE_DAMAGED');
    }
    for await (const chunk of createReadStream(files.absolute(file))) await part.write(chunk as Buffer);
  } catch (thrown) {
    await part.drop();
    return storageFault(thrown);
  }
  const { fault } = await part.end();
  if (!fault) await catalogue.sql.batch([removing(file, catalogue.clock())]);
  return fault;
}

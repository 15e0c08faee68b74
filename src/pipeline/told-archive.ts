/** An archive whose answers stand in the story of the case that it is asked for. */
import type { StudyRow } from '../catalogue/rows.ts';
import { asFault } from '../fault.ts';
import type { Archive } from '../ports.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue'> & Readonly<{ priors: Pick<NonNullable<World['priors']>, 'fetches'> }>;

/**
 * The same archive; each query is told with its answer and its time. A case is asked for again and again while it waits: the same
 * answer to the same query is told once a day. What was not asked, because it is the archive's quiet hour, is not told.
 */
export function toldArchive(
  { catalogue, priors: { fetches } }: Needs,
  archive: Archive,
  { StudyInstanceUID: ofCase }: Pick<StudyRow, 'StudyInstanceUID'>,
): Archive {
  const tell = async (
    query: Readonly<{ level: 'study' | 'series'; StudyInstanceUID?: string }>,
    answer: Readonly<{ matches: number } | { fault: string }>,
    milliseconds: number,
  ): Promise<void> => {
    const key = [ofCase, archive.name, ...Object.values(query), ...Object.values(answer)].join(' ');
    if (!fetches.queriesTold.isDue(key)) return;
    const detail = { archive: archive.name, ...query, ...answer, milliseconds: Math.round(milliseconds) };
    await catalogue.sql.batch([catalogue.event(ofCase, 'query.answered', detail)]);
    fetches.queriesTold.done(key);
  };
  const asking = async <T>(
    query: Parameters<typeof tell>[0],
    signal: AbortSignal,
    ask: () => Promise<readonly T[]>,
  ): Promise<T[]> => {
    const started = performance.now();
    try {
      const found = await ask();
      await tell(query, { matches: found.length }, performance.now() - started);
      return [...found];
    } catch (thrown) {
      const { code } = asFault(thrown);
      if (!signal.aborted && code !== 'NODE_QUIET')
        await tell(query, { fault: code }, performance.now() - started);
      throw thrown;
    }
  };
  return {
    ...archive,
    findStudies: (query, signal) =>
      asking({ level: 'study' }, signal, () => archive.findStudies(query, signal)),
    findSeries: (study, signal) =>
      asking({ level: 'series', StudyInstanceUID: study.StudyInstanceUID }, signal, () =>
        archive.findSeries(study, signal),
      ),
    retrieve: (series, intake, signal) => archive.retrieve(series, intake, signal),
  };
}

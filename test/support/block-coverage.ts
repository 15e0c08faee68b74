/** Which parts of our own program ran, as V8 counts its blocks: the feedback that finds inputs worth keeping. */
import { type Profiler, Session } from 'node:inspector/promises';

/** Places in the source: script and offset. */
type Places = ReadonlySet<string>;

export type BlockCoverage = AsyncDisposable &
  Readonly<{
    /** Blocks that began to run since the last call and never before. */
    newlyRun(): Promise<Places>;
    /** Those of `places` that ran since the last call. */
    ranAgain(places: Places): Promise<Places>;
    /** Blocks that ran at all. */
    total(): number;
  }>;

const isOurs = (url: string): boolean =>
  /\/(src|adapters)\/.*\.ts$/.test(url) && !url.includes('node_modules');

/** Counts from here on, in this thread. */
export async function startBlockCoverage(): Promise<BlockCoverage> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const known = new Set<string>();
  const taken = async (): Promise<string[]> => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    return result.filter(({ url }) => isOurs(url)).flatMap(placesOf);
  };
  return {
    newlyRun: async () => {
      const found = new Set((await taken()).filter((place) => !known.has(place)));
      for (const place of found) known.add(place);
      return found;
    },
    ranAgain: async (places) => new Set((await taken()).filter((place) => places.has(place))),
    total: () => known.size,
    [Symbol.asyncDispose]: async () => {
      await session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

/**
 * The edges of blocks behind which the source ran. A block that ran as often as what it is in is not listed by itself; where it does
 * not run once, it is: so both edges of what did not run are places, too, as soon as they are passed.
 */
function placesOf({ scriptId, functions }: Profiler.ScriptCoverage): string[] {
  const edges = functions.flatMap(({ ranges }) =>
    ranges.flatMap(({ startOffset, endOffset }) => [startOffset, endOffset]),
  );
  const sorted = [...new Set(edges)].sort((a, b) => a - b);
  const counts = new Map<number, number>();
  const at = new Map(sorted.map((edge, index) => [edge, index]));
  // Outer functions and blocks come before what is in them, which knows better.
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) {
      const end = at.get(endOffset) ?? 0;
      for (let index = at.get(startOffset) ?? 0; index < end; index++) counts.set(sorted[index] ?? 0, count);
    }
  }
  return [...counts].flatMap(([offset, count]) => (count > 0 ? [`${scriptId}:${offset}`] : []));
}

/**
 * A catalogue on SQLite of which one bit is another. SQLite keeps no checksums of pages: what is found is what breaks the form of a page.
 * EARSHOT_FLIPS: how many bits, each in a copy of its own (default 40, the long form 200); EARSHOT_SEED names the places.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedRandom } from '../../src/demo/random.ts';
import { isOnPostgres } from '../support/databases.ts';
import { faultOfStart, reportedCatalogue } from '../support/reported-catalogue.ts';
import { say } from '../support/say.ts';

const FLIPS = Number(process.env['EARSHOT_FLIPS'] ?? 40);
const SEED = process.env['EARSHOT_SEED'] ?? 'earshot';

/** The rules, templates and other settings that a catalogue keeps are read at the start as those of files are. */
const PROMISED = new Set([
  ...['started', 'CATALOGUE_DAMAGED', 'SCHEMA_NEWER'],
  ...['CONFIG_INVALID', 'RULES_INVALID', 'TEMPLATE_INVALID', 'MODEL_INVALID'],
]);

describe.skipIf(isOnPostgres)('a catalogue of which one bit is another', () => {
  let folder: string;
  /** Two cases were reported in it. */
  let whole: Buffer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'earshot-bits-'));
    const dataDir = join(folder, 'whole');
    whole = readFileSync(await reportedCatalogue(dataDir));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the start says to it. */
  async function outcomeOf(bytes: Buffer): Promise<string> {
    const dataDir = mkdtempSync(join(folder, 'flipped-'));
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, 'catalogue.sqlite'), bytes);
    try {
      return (await faultOfStart(dataDir))?.code ?? 'started';
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }

  it(`is refused with a code, or the service starts on it (${FLIPS} bits)`, {
    timeout: 60_000 + FLIPS * 5000,
  }, async () => {
    expect(await outcomeOf(whole)).toBe('started');
    const outcomes = new Map<string, number>();
    for (let at = 0; at < FLIPS; at++) {
      const random = namedRandom(`bit ${SEED} ${at}`);
      const bytes = Buffer.from(whole);
      const place = random.index(bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << random.index(8));
      const outcome = await outcomeOf(bytes);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    say(`one bit of ${whole.length} bytes (seed ${SEED}): ${JSON.stringify(Object.fromEntries(outcomes))}`);
    expect([...outcomes.keys()].filter((one) => !PROMISED.has(one))).toEqual([]);
  });
});

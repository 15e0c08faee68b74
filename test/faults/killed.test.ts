/**
 * PEERS.md: a service that is killed. EARSHOT_KILLS (default 8, the long form 200) kills of one service, in rotation over the
 * steps of a case, and a few more where a step was missed; EARSHOT_SEED names the moments. Every other case comes by STOW-RS.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveAt, endInEveryStep, holdingAll, type MovedTo, SETTINGS } from '../support/ended-in-steps.ts';
import { Killable } from '../support/killable.ts';
import { startPacs } from '../support/running-service.ts';
import { say } from '../support/say.ts';
import { startScriptedQueryArchive } from '../support/scripted-query-archive.ts';

const KILLS = Number(process.env['EARSHOT_KILLS'] ?? 8);
const SEED = process.env['EARSHOT_SEED'] ?? 'earshot';

/** After each of them all that was ever acknowledged is looked at, after every other one what is new. */
const FULL_CHECK_EVERY = 20;

describe('a service on SQLite that is killed again and again', () => {
  it('at any moment of receiving, assembling, fetching, scoring, reporting and delivering loses nothing that it acknowledged, and gives one report a case', {
    timeout: 60_000 + (KILLS + 6) * 90_000,
  }, async () => {
    const world: MovedTo = { held: [] };
    await using archive = await startScriptedQueryArchive(holdingAll(world));
    await using run = await Killable.start({
      quietPeriodSeconds: 0.3,
      nodes: [archiveAt(archive.port)],
      settings: SETTINGS,
    });
    await using pacs = await startPacs(run.pacsPort, { answersAfterMs: 150 });

    const { cases, told, missed, seconds } = await endInEveryStep(run, world, {
      ...{ count: KILLS, name: 'kill', seed: `killed ${SEED}` },
      end: () => run.kill(),
      look: (at) => {
        if (at % FULL_CHECK_EVERY === 0) run.expectNothingLost();
        else run.expectNothingNewLost();
      },
    });
    await run.earshot.stop();
    say(
      `killed ${cases.length} times (seed ${SEED}): ${told}; seconds ${seconds.map((each) => each.toFixed(1)).join(' ')}`,
    );
    for (const phantom of cases) run.expectOneReport(pacs, phantom);
    run.expectNothingLost();
    await run.expectSound();
    expect(readdirSync(join(run.dataDir, 'incoming'))).toEqual([]);
    expect(missed).toEqual([]);
  });
});

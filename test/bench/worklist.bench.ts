/**
 * Pages of the worklist with 10,000 cases in the catalogue, asked for by the operation itself.
 *
 *     node --import tsx test/bench/worklist.bench.ts [--smoke]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { caseOperations } from '../../src/api/case-operations.ts';
import type { Actor, AnyOperation } from '../../src/api/operation.ts';
import { perform } from '../../src/api/perform.ts';
import { Worklist } from '../../src/catalogue/worklist.ts';
import { openCatalogue } from '../../src/startup/open-catalogue.ts';
import { seedCatalogue } from '../support/seeded-catalogue.ts';

const isSmoke = process.argv.includes('--smoke');
const CASES = isSmoke ? 300 : 10_000;
const IMAGES_EACH = isSmoke ? 5 : 60;
const RUNS = isSmoke ? 5 : 100;
const GOAL_MS = 200;

const print = (line: string) => process.stdout.write(`${line}\n`);
const actor: Actor = { name: 'bench', role: 'viewer', via: 'token', address: '127.0.0.1' };
const gate = { isLocked: () => false, audit: async () => undefined };
const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(share * times.length))] ??
  Number.NaN;

const folder = await mkdtemp(join(tmpdir(), 'earshot-worklist-'));
try {
  const now = new Date();
  const opened = await openCatalogue(folder, () => now);
  const { sql, catalogue, reports } = opened;
  await seedCatalogue({ sql, catalogue }, { cases: CASES, imagesEach: IMAGES_EACH, now });
  const operations = caseOperations({
    list: new Worklist(sql, () => 90),
    sql,
    world: { catalogue, expireDays: 90 },
    reports,
    files: { read: async () => new Uint8Array() },
    pngOf: (bytes) => bytes,
    namesOf: (node) => [node.toUpperCase()],
    retryCase: async () => '',
  });
  const find = (id: string): AnyOperation => {
    const found = (Object.values(operations) as AnyOperation[]).find((each) => each.id === id);
    if (!found) throw new Error(`no operation ${id}`);
    return found;
  };
  // Over HTTP: the same, with the pages' own path in place of the operation.
  const ask = (id: string, input: object) => perform(gate, find(id), input, actor);
  let deep: string | undefined;
  for (let page = 0; page < (CASES * 0.8) / 50; page++)
    deep = (await ask('cases.list', deep === undefined ? {} : { after: deep })).after ?? deep;
  const [first] = (await ask('cases.list', { states: 'delivered' })).rows;
  const asked: readonly (readonly [string, string, object])[] = [
    ['first page', 'cases.list', {}],
    ['newest first', 'cases.list', { sort: 'newest' }],
    ['one state', 'cases.list', { states: 'waitingForMask' }],
    ['three states', 'cases.list', { states: 'held,failed,deliveryFailed' }],
    ['a reason', 'cases.list', { reason: 'IDENTITY_CONFLICT' }],
    ['a reason of none', 'cases.list', { reason: 'NOBODY_HAS_THIS' }],
    ['a node', 'cases.list', { node: 'tumour-board' }],
    ['a node of none', 'cases.list', { node: 'nobody' }],
    ['by Patient ID', 'cases.search', { text: 'P00012' }],
    ['a deep page', 'cases.list', { after: deep }],
    ['counts', 'cases.count', {}],
    ['one case', 'cases.view', { StudyInstanceUID: first?.StudyInstanceUID }],
  ];
  print(`cases             ${CASES} with ${IMAGES_EACH} images each, pages of 50, ${RUNS} runs`);
  let worst = 0;
  for (const [name, id, input] of asked) {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const started = performance.now();
      await ask(id, input);
      times.push(performance.now() - started);
    }
    worst = Math.max(worst, at(times, 0.95));
    print(`${name.padEnd(18)}p50 ${at(times, 0.5).toFixed(1)} ms, p95 ${at(times, 0.95).toFixed(1)} ms`);
  }
  print(`goal              p95 under ${GOAL_MS} ms: ${worst < GOAL_MS ? 'met' : 'MISSED'}`);
  await sql.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

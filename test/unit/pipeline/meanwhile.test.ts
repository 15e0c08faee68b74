import { expect, test } from 'vitest';
import { ConfigurationChanges } from '../../../src/catalogue/configuration-changes.ts';
import { heldPoint } from '../../../src/catalogue/held-points.ts';
import { DECISIVE_SECTIONS, sameConfiguration } from '../../../src/catalogue/same-configuration.ts';
import { settle } from '../../../src/pipeline/assess.ts';
import { keepingPoint } from '../../../src/pipeline/keep-point.ts';
import { leave } from '../../../src/pipeline/make-report.ts';
import { trendPoint } from '../../support/report-parts.ts';
import { add, openedCatalogue, STUDY } from '../catalogue/opened.ts';

const DECISIVE = { model: 'm', 'rules/baseline': 'b', 'rules/eligibility': 'e', 'rules/roi': 'r' } as const;

/** A case that is being scored, under a configuration that is kept. */
async function scoring() {
  const opened = await openedCatalogue();
  const { catalogue, sql, clock } = opened;
  const changes = new ConfigurationChanges(sql, clock);
  const seeds = DECISIVE_SECTIONS.map((section) => changes.seeding(section, DECISIVE[section], 'd'));
  await sql.batch([...seeds, changes.seeding('nodes', 'n', 'd')]);
  await add(opened, `${STUDY}.1`);
  await catalogue.move((await catalogue.study(STUDY))!, { state: 'scoring' });
  const change = (section: (typeof DECISIVE_SECTIONS)[number] | 'nodes', before: string) =>
    sql.batch([changes.setting({ section, before, after: 'other' })]);
  return { ...opened, row: (await catalogue.study(STUDY))!, change };
}
const point = { ...trendPoint('20230201', 0.5, 0.5), StudyInstanceUID: STUDY };

test.each(DECISIVE_SECTIONS)('a score is not kept when %s was changed meanwhile', async (section) => {
  const { catalogue, row, change } = await scoring();
  await change(section, DECISIVE[section]);
  expect(await leave({ catalogue }, row, 'scored', [], {}, sameConfiguration(STUDY, DECISIVE))).toBe(false);
  // From there every sweep has it scored again.
  expect((await catalogue.study(STUDY))?.state).toBe('scoring');
});

test('a score is kept when nothing was changed, or nodes only', async () => {
  const { catalogue, row, change } = await scoring();
  await change('nodes', 'n');
  expect(await leave({ catalogue }, row, 'scored', [], {}, sameConfiguration(STUDY, DECISIVE))).toBe(true);
});

test('what a look found under former rules does not move the case', async () => {
  for (const isChanged of [true, false]) {
    const { catalogue, row, change } = await scoring();
    if (isChanged) await change('rules/roi', 'r');
    const missing = { event: 'maskMissing', reasons: [], decision: {} } as const;
    const world = { catalogue, decisive: DECISIVE, whyAway: () => undefined } as never;
    await settle(world, row, missing, {} as never);
    expect((await catalogue.study(STUDY))?.state).toBe(isChanged ? 'scoring' : 'waitingForMask');
  }
});

test('the point of a held case is kept with the move that holds it, or not at all', async () => {
  const { catalogue, sql, row } = await scoring();
  const never = { mustChange: true, text: 'UPDATE "study" SET "attempts" = 0 WHERE 1 = 0', values: [] };
  const keeping = await keepingPoint({ catalogue }, row, point);
  expect(await leave({ catalogue }, row, 'doubt', [], {}, [never, ...keeping])).toBe(false);
  expect(await heldPoint(sql, STUDY)).toBeUndefined();
  expect(await leave({ catalogue }, row, 'doubt', [], {}, keeping)).toBe(true);
  expect(await heldPoint(sql, STUDY)).toMatchObject({ StudyInstanceUID: STUDY });
  expect(await keepingPoint({ catalogue }, row, point)).toEqual([]);
});

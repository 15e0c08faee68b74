/** PEERS.md pain 8: C-MOVE succeeds or stays pending but nothing arrives; the destination is unknown to the archive. */
import { describe, expect, it } from 'vitest';
import { holding, sending, serviceWithArchives } from '../support/case-with-archives.ts';
import { phantomCase } from '../support/phantom-case.ts';
import type { Item, MoveReply } from '../support/scripted-query-archive.ts';
import { until } from '../support/until.ts';

const failures: readonly [string, MoveReply, string][] = [
  ['success, and nothing comes', { status: 0, completed: 0 }, 'RETRIEVE_NOTHING_CAME'],
  ['pending for ever', 'pending', 'PEER_TIMEOUT'],
  ['silence', 'silent', 'PEER_TIMEOUT'],
  ['destination unknown (A801)', { status: 0xa801 }, 'MOVE_DESTINATION_UNKNOWN'],
  ['no resources for sub-operations (A702)', { status: 0xa702 }, 'PEER_BUSY'],
  ['every sub-operation failed (A702 with counts)', { status: 0xb000, failed: 30 }, 'RETRIEVE_REFUSED'],
];

describe.concurrent('a C-MOVE that brings nothing', { timeout: 60_000 }, () => {
  it.each(failures)('%s: the next archive is asked, and the story says why', async (name, reply, code) => {
    const phantom = phantomCase(`move-${name.slice(0, 12).replaceAll(' ', '')}${code}`);
    await using it = await serviceWithArchives([
      () => ({ find: holding(phantom), move: () => reply }),
      (send) => ({ find: holding(phantom), move: sending(phantom, send) }),
    ]);
    const { StudyInstanceUID } = phantom.followUp;
    await it.earshot.send(phantom.followUp.all);
    await it.earshot.inState(StudyInstanceUID, 'delivered', 30_000);
    expect(it.earshot.arrived(StudyInstanceUID)).toHaveLength(1);
    expect(await it.story(StudyInstanceUID, 'prior.failed')).toContainEqual(
      expect.objectContaining({ archive: 'archive0', code }),
    );
  });

  it('without another archive the case waits with a reason that says what to do, and heals by itself', async () => {
    const phantom = phantomCase('move-heals');
    let isRepaired = false;
    await using it = await serviceWithArchives([
      (send) => ({
        find: holding(phantom),
        move: (keys, to) => (isRepaired ? sending(phantom, send)(keys, to) : { status: 0xa801 }),
      }),
    ]);
    const { StudyInstanceUID } = phantom.followUp;
    await it.earshot.send(phantom.followUp.all);
    const { catalogue } = it.earshot.service.world;
    const waiting = await until('the reason', async () => {
      const row = await catalogue.study(StudyInstanceUID);
      const found = row?.reasons.find(({ code }) => code === 'MOVE_DESTINATION_UNKNOWN');
      return row?.state === 'waitingForBaseline' ? found : undefined;
    });
    expect(waiting.text).toMatch(/archive0: .*AE title.*Enter our AE title, host and port at the archive/);
    isRepaired = true;
    await it.earshot.inState(StudyInstanceUID, 'delivered');
  });

  it('a series that comes in part is asked for again, and nothing is scored before it is whole', async () => {
    const phantom = phantomCase('move-partial');
    let moves = 0;
    await using it = await serviceWithArchives([
      (send) => ({
        find: holding(phantom),
        move: async (keys, to) => {
          if (keys['SeriesInstanceUID'] !== phantom.baseline.SeriesInstanceUID)
            return sending(phantom, send)(keys, to);
          moves += 1;
          const files = moves === 1 ? phantom.baseline.ct.slice(0, 5) : phantom.baseline.ct;
          await send(files);
          return { status: 0, completed: files.length };
        },
      }),
    ]);
    const { StudyInstanceUID } = phantom.followUp;
    await it.earshot.send(phantom.followUp.all);
    await it.earshot.inState(StudyInstanceUID, 'delivered', 30_000);
    expect(moves).toBe(2);
    expect(await it.story(StudyInstanceUID, 'prior.failed')).toContainEqual(
      expect.objectContaining({ code: 'RETRIEVE_INCOMPLETE', detail: expect.stringMatching(/^5 of \d+$/) }),
    );
    expect(it.earshot.arrived(StudyInstanceUID)).toHaveLength(1);
  });

  it('a series that never comes whole holds the case, with the numbers, until the rest is here or the count is corrected', async () => {
    const phantom = phantomCase('move-never-whole');
    const { SeriesInstanceUID, ct } = phantom.baseline;
    const [end, rest] = [ct.slice(-2), ct.slice(0, -2)];
    const honest = holding(phantom);
    let announced = ct.length + 1;
    let moves = 0;
    const inTime = { withinMs: 40_000 };
    await using it = await serviceWithArchives(
      [
        (send) => ({
          find: async (keys) => {
            const found = await honest(keys);
            if (typeof found === 'string') return found;
            const counted = { NumberOfSeriesRelatedInstances: String(announced) };
            const isOfCt = (answer: Item) => answer['SeriesInstanceUID'] === SeriesInstanceUID;
            return { answers: found.answers.map((each) => (isOfCt(each) ? { ...each, ...counted } : each)) };
          },
          move: async (keys, to) => {
            if (keys['SeriesInstanceUID'] !== SeriesInstanceUID) return sending(phantom, send)(keys, to);
            moves += 1;
            await send(rest);
            return { status: 0, completed: rest.length };
          },
        }),
      ],
      { waiting: { askAgainMinutes: 0.01 } },
    );
    const { StudyInstanceUID } = phantom.followUp;
    const asked = async () => (await it.story(StudyInstanceUID, 'prior.asked')).length;
    const askedAgain = async (times: number) => {
      const before = await asked();
      await until('the next questions', async () => (await asked()) >= before + times || undefined, inTime);
    };
    const because = async () => (await it.earshot.inState(StudyInstanceUID, 'held', 40_000)).reasons;
    await it.earshot.send(phantom.followUp.all);
    await until('all tries', async () => moves >= 3 || undefined, inTime);
    await askedAgain(3);
    const text = ' objects of the CT series that archive0 says it has are here.';
    expect(await because()).toEqual([
      {
        code: 'SERIES_INCOMPLETE',
        text: expect.stringContaining(`baseline: ${rest.length} of the ${announced}${text}`),
      },
    ]);
    expect(moves).toBe(3);

    await it.earshot.send(end);
    await it.earshot.settled(phantom.patient.PatientID);
    expect(await because()).toMatchObject([
      { text: expect.stringContaining(`baseline: ${ct.length} of the ${announced}${text}`) },
    ]);
    expect(it.earshot.arrived(StudyInstanceUID)).toEqual([]);

    announced = ct.length;
    await it.earshot.inState(StudyInstanceUID, 'delivered');
    expect(it.earshot.arrived(StudyInstanceUID)).toHaveLength(1);
  }, 90_000);
});

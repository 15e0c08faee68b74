import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dataset, readPart10 } from '../../src/dicom/part10.ts';
import { actionsOf, type CaseAction } from '../../src/pipeline/case-actions.ts';
import { choicesOf } from '../../src/pipeline/case-choices.ts';
import {
  cancelCase,
  chooseBaseline,
  chooseRegions,
  holdCase,
  releaseCase,
  reopenCase,
  rescoreCase,
} from '../../src/pipeline/orders.ts';
import { retryCase } from '../../src/pipeline/retry-case.ts';
import { settleConflict } from '../../src/pipeline/settle-conflict.ts';
import { withdraw } from '../../src/pipeline/withdraw.ts';
import type { Mask } from '../../src/volume/volume.ts';
import { freePort } from '../support/free-port.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { PACS, type RunningService, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const BY = { author: 'anna', reason: 'as discussed on Monday' };
let earshot: RunningService;
beforeAll(async () => {
  earshot = await startService();
});
afterAll(() => earshot[Symbol.asyncDispose]());

const worldOf = (service = earshot) => service.service.world;
const sendBoth = async (phantom: PhantomCase, service = earshot) => {
  await service.send(phantom.baseline.all);
  await service.send(phantom.followUp.all);
  return phantom.followUp.StudyInstanceUID;
};
async function delivered(name: string) {
  const phantom = phantomCase(name);
  const study = await sendBoth(phantom);
  await earshot.inState(study, 'delivered');
  return { phantom, study };
}
const story = async (study: string, service = earshot) =>
  (await worldOf(service).catalogue.eventsOf(study)).filter(({ kind }) => kind.startsWith('order.'));
const possible = async (study: string): Promise<CaseAction[]> =>
  (await actionsOf(worldOf(), study)).flatMap(({ action, isPossible }) => (isPossible ? [action] : []));
const predecessorsOf = (bytes: Uint8Array) =>
  JSON.stringify(readPart10(bytes)['PredecessorDocumentsSequence']);

describe('a case that a person holds', () => {
  it('while it waits is not scored when its baseline comes, and is when it is released', async () => {
    const phantom = phantomCase('hold-waiting');
    const study = phantom.followUp.StudyInstanceUID;
    await earshot.send(phantom.followUp.all);
    await earshot.inState(study, 'waitingForBaseline');
    await holdCase(worldOf(), study, BY);
    await earshot.send(phantom.baseline.all);
    await earshot.settled(phantom.patient.PatientID);
    expect((await worldOf().catalogue.study(study))?.reasons).toEqual([
      { code: 'HELD_BY_PERSON', text: 'anna: as discussed on Monday' },
    ]);
    expect(await possible(study)).toEqual(['release', 'cancel', 'baseline', 'regions']);
    await expect(holdCase(worldOf(), study, BY)).rejects.toMatchObject({ code: 'ACTION_NOT_POSSIBLE' });
    await releaseCase(worldOf(), study, { ...BY, reason: 'checked' });
    await earshot.inState(study, 'delivered');
    expect(earshot.arrived(study)).toHaveLength(1);
    expect(await story(study)).toMatchObject([
      { kind: 'order.hold', detail: BY },
      { kind: 'order.release', detail: { author: 'anna', reason: 'checked' } },
    ]);
  });

  it('while it arrives is held when it is here', async () => {
    const phantom = phantomCase('hold-arriving');
    const study = phantom.followUp.StudyInstanceUID;
    await earshot.send(phantom.baseline.all);
    await earshot.send(phantom.followUp.ct.slice(0, 2));
    await holdCase(worldOf(), study, BY);
    await earshot.send(phantom.followUp.all);
    await earshot.inState(study, 'held');
    await earshot.settled(phantom.patient.PatientID);
    expect(await earshot.reasons(study)).toEqual(['HELD_BY_PERSON']);
    expect(earshot.arrived(study)).toEqual([]);
  });

  it('while it is scored sends nothing of that score', async () => {
    const phantom = phantomCase('hold-scoring');
    const { catalogue, reports } = worldOf();
    // The hold comes at the last moment: when all is measured, before the transaction of the report.
    const { move } = catalogue;
    let isHeld = false;
    catalogue.move = async function (this: typeof catalogue, row, next, also) {
      if (row.state === 'scoring' && next.state === 'reported' && !isHeld) {
        isHeld = true;
        await holdCase(worldOf(), row.StudyInstanceUID, BY);
      }
      return move.call(this, row, next, also);
    };
    try {
      const study = await sendBoth(phantom);
      await earshot.inState(study, 'held');
      await earshot.settled(phantom.patient.PatientID);
      expect(await earshot.reasons(study)).toEqual(['HELD_BY_PERSON']);
      expect(await reports.of(study)).toEqual([]);
      await releaseCase(worldOf(), study, BY);
      await earshot.inState(study, 'delivered');
      expect(earshot.arrived(study)).toHaveLength(1);
    } finally {
      catalogue.move = move;
    }
  });

  it('must be held for a reason, and must be here', async () => {
    const { study } = await delivered('hold-words');
    await expect(holdCase(worldOf(), study, { author: 'anna', reason: '  ' })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    await expect(holdCase(worldOf(), '2.25.404', BY)).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    expect(await story(study)).toEqual([]);
  });
});

describe('a report that could not be sent yet', () => {
  const service = async () => {
    const port = await freePort();
    const nodes = [
      { name: 'scanner', aeTitle: PACS, roles: ['source'] },
      { name: 'down', aeTitle: PACS, host: '127.0.0.1', port, roles: ['destination'] },
    ];
    const delivery = { firstPauseSeconds: 600, maxPauseSeconds: 600, timeoutSeconds: 5 };
    return startService({ nodes, delivery });
  };

  it('waits while its case is held; it ends when the case is cancelled, and waits again when that is opened', async () => {
    await using down = await service();
    const world = worldOf(down);
    const study = await sendBoth(phantomCase('unsent'), down);
    const states = async () => (await world.reports.deliveriesOf(study)).map(({ state }) => state);
    await down.inState(study, 'delivering');
    await until('a try', async () => (await world.reports.deliveriesOf(study))[0]?.attempts || undefined);
    await holdCase(world, study, BY);
    expect(await states()).toEqual(['waiting']);
    await cancelCase(world, study, BY);
    expect(await states()).toEqual(['superseded']);
    const { reasons } = await down.inState(study, 'notEligible');
    expect(reasons).toEqual([{ code: 'CANCELLED', text: 'anna: as discussed on Monday' }]);
    await reopenCase(world, study, BY);
    await until('another try', async () => {
      const [row] = await world.reports.deliveriesOf(study);
      return row?.state === 'waiting' && row.attempts === 2 ? row : undefined;
    });
    expect(await world.reports.of(study)).toHaveLength(1);
    expect(await retryCase(world, study, BY)).toEqual(['deliver']);
    await until(
      'a third try',
      async () => (await world.reports.deliveriesOf(study))[0]?.attempts === 3 || undefined,
    );
  });
});

describe('a case that a person cancelled', () => {
  it('stays so when it is sent again with another object, and is scored when it is opened', async () => {
    const { phantom, study } = await delivered('cancelled');
    await cancelCase(worldOf(), study, BY);
    await earshot.inState(study, 'notEligible');
    await earshot.send([
      phantom.objects('followUp', { as: 'more', every: { StudyInstanceUID: study } }).ct[0]!,
    ]);
    await earshot.settled(phantom.patient.PatientID);
    expect(await earshot.reasons(study)).toEqual(['CANCELLED']);
    expect(await possible(study)).toEqual(['reopen']);
    await reopenCase(worldOf(), study, BY);
    await earshot.inState(study, 'delivered');
    expect(earshot.arrived(study)).toHaveLength(1);
  });
});

describe('a baseline that a person chose', () => {
  it('makes a new report that names its predecessor; one that is not here is refused', async () => {
    const { phantom, study } = await delivered('chosen-baseline');
    const later = phantom.objects('baseline', { as: 'later', StudyDate: '20250201' });
    await earshot.send(later.all);
    await earshot.settled(phantom.patient.PatientID);
    const { baselines } = await choicesOf(worldOf(), (await worldOf().catalogue.study(study))!);
    expect(baselines.map(({ StudyInstanceUID }) => StudyInstanceUID)).toContain(later.StudyInstanceUID);
    for (const uid of ['2.25.404', study]) {
      const refused = chooseBaseline(worldOf(), study, uid, BY);
      await expect(refused).rejects.toMatchObject({ code: 'ACTION_NOT_POSSIBLE' });
    }
    // The study between is a time point of its own, so that there may be a second report already.
    const before = earshot.arrived(study).length;
    await chooseBaseline(worldOf(), study, later.StudyInstanceUID, BY);
    await until('another report', async () => earshot.arrived(study).length === before + 1 || undefined);
    const [first, second] = earshot.arrived(study).slice(-2);
    expect(predecessorsOf(second!.bytes)).toContain(first!.SOPInstanceUID);
    expect(JSON.stringify(readPart10(second!.bytes))).toContain('A person chose this study as the baseline');
    const { decision } = await earshot.inState(study, 'delivered');
    expect(decision).toMatchObject({ baseline: later.StudyInstanceUID, isDesignated: true });
    // Taken back, the rules would take another than that of the report: a person decides, here by a new score.
    await chooseBaseline(worldOf(), study, undefined, BY);
    await earshot.inState(study, 'held');
    expect(await earshot.reasons(study)).toEqual(['BASELINE_CHANGED']);
    expect(await possible(study)).toContain('rescore');
    await rescoreCase(worldOf(), study, BY);
    await earshot.inState(study, 'delivered');
    expect(earshot.arrived(study)).toHaveLength(before + 2);
  });
});

describe('a region that a person chose', () => {
  it('of two mask objects is scored, and the report says that a person chose', async () => {
    const phantom = phantomCase('chosen-region');
    const study = phantom.followUp.StudyInstanceUID;
    const { mask } = phantom.objects('followUp', {
      mask: { SOPInstanceUID: '2.25.6001', SeriesInstanceUID: '2.25.6000' },
    });
    await earshot.send(phantom.baseline.all);
    await earshot.send([...phantom.followUp.all, mask]);
    await earshot.inState(study, 'held');
    expect(await earshot.reasons(study)).toEqual(['MASK_AMBIGUOUS']);
    const { regions } = await choicesOf(worldOf(), (await worldOf().catalogue.study(study))!);
    const wanted = regions.followUp.find(({ SOPInstanceUID }) => SOPInstanceUID === '2.25.6001')!;
    const refused = chooseRegions(worldOf(), study, { followUp: { ...wanted, region: 99 } }, BY);
    await expect(refused).rejects.toMatchObject({ code: 'ACTION_NOT_POSSIBLE' });
    await chooseRegions(worldOf(), study, { followUp: wanted }, BY);
    const { decision } = await earshot.inState(study, 'delivered');
    expect(decision).toMatchObject({
      lesions: [{ followUp: { SOPInstanceUID: '2.25.6001' }, chosen: ['followUp'] }],
    });
    expect(JSON.stringify(readPart10(earshot.arrived(study)[0]!.bytes))).toContain('(chosen by a person)');
  });
});

describe('a case that a person has scored again', () => {
  it('is told unchanged, and nothing is sent, when it says the same; it says more under another normalisation', async () => {
    const { study } = await delivered('again');
    await rescoreCase(worldOf(), study, BY);
    await until('the end', async () => (await story(study)).length === 3 || undefined);
    expect((await story(study)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['order.rescore', 'order.rescore.done', 'order.rescore.unchanged']),
    );
    await earshot.inState(study, 'delivered');
    expect(earshot.arrived(study)).toHaveLength(1);
    expect(await possible(study)).toContain('rescore');

    const world = worldOf() as { normalisation: unknown };
    const before = world.normalisation;
    world.normalisation = { kind: 'supplied', mean: 0.1, sd: 1.2, n: 80, source: 'another cohort' };
    try {
      await rescoreCase(worldOf(), study, BY);
      await until('two reports', async () => earshot.arrived(study).length === 2 || undefined);
      await earshot.inState(study, 'delivered');
    } finally {
      world.normalisation = before;
    }
    const [first, second] = earshot.arrived(study);
    expect(predecessorsOf(second!.bytes)).toContain(first!.SOPInstanceUID);
    expect(JSON.stringify(readPart10(second!.bytes))).toContain('another cohort');
  });

  it('after its report was withdrawn is reported again, though it says the same', async () => {
    const { study } = await delivered('again-withdrawn');
    const world = worldOf();
    const request = { reason: 'quality', quality: 'other', text: 'a mistake', author: 'anna' } as const;
    await withdraw(world, study, { ...request, installationUid: world.installation.uid } as never);
    await earshot.inState(study, 'held');
    await rescoreCase(world, study, BY);
    await earshot.inState(study, 'delivered');
    expect(await world.reports.of(study)).toHaveLength(2);
  });
});

describe('other bytes under a known UID', () => {
  async function conflicted(name: string, more: Dataset = {}) {
    const phantom = phantomCase(name);
    await sendBoth(phantom);
    const study = phantom.followUp.StudyInstanceUID;
    await earshot.inState(study, 'delivered');
    const other = phantom.objects('followUp', { drawn: shrunk, every: more }).mask;
    await earshot.send([other]);
    await earshot.inState(study, 'held');
    return { phantom, study, other, SOPInstanceUID: String(readPart10(other)['SOPInstanceUID']) };
  }

  it('are dropped when a person says that the known ones are right: the report stands', async () => {
    const { study, SOPInstanceUID } = await conflicted('conflict-known');
    expect(await earshot.reasons(study)).toEqual(['INSTANCE_CONFLICT']);
    expect(await possible(study)).toContain('conflict');
    const unknown = settleConflict(worldOf(), study, '2.25.404', 'known', BY);
    await expect(unknown).rejects.toMatchObject({ code: 'ACTION_NOT_POSSIBLE' });
    await settleConflict(worldOf(), study, SOPInstanceUID, 'known', BY);
    await earshot.inState(study, 'delivered');
    expect(earshot.arrived(study)).toHaveLength(1);
    expect(await worldOf().catalogue.sql.query('SELECT * FROM "removal"')).toHaveLength(1);
    expect(await possible(study)).not.toContain('conflict');
  });

  it('take the place of the known ones when a person says so: the case is scored anew', async () => {
    const { study, SOPInstanceUID, other } = await conflicted('conflict-other');
    await settleConflict(worldOf(), study, SOPInstanceUID, 'other', BY);
    await until('two reports', async () => earshot.arrived(study).length === 2 || undefined);
    const { file } = (await worldOf().catalogue.instance(SOPInstanceUID))!;
    const stored = readPart10(readFileSync(worldOf().files.absolute(file)));
    expect(JSON.stringify(stored)).toBe(JSON.stringify(readPart10(other)));
    expect(await story(study)).toMatchObject([
      { kind: 'order.conflict', detail: { ...BY, keep: 'other', SOPInstanceUID } },
    ]);
  });

  it('that name another patient do not get past the identity', async () => {
    const { study, SOPInstanceUID } = await conflicted('conflict-identity', { PatientID: 'SOMEBODY-ELSE' });
    await settleConflict(worldOf(), study, SOPInstanceUID, 'other', BY);
    await until(
      'the doubt',
      async () => (await earshot.reasons(study)).includes('IDENTITY_CONFLICT') || undefined,
    );
    expect(earshot.arrived(study)).toHaveLength(1);
  });
});

/** The drawing without its last voxel. */
function shrunk(mask: Mask): Mask {
  const voxels = mask.voxels.slice();
  voxels[voxels.lastIndexOf(1)] = 0;
  return { ...mask, voxels };
}

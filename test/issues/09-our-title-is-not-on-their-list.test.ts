/** PEERS.md pain 9: an AE title that the far end does not know shows up as a network timeout; C-ECHO alone proves nothing. */
import { describe, expect, it } from 'vitest';
import { holding, sending, serviceWithArchives } from '../support/case-with-archives.ts';
import { phantomCase } from '../support/phantom-case.ts';

describe('an archive that does not know our AE title', { timeout: 60_000 }, () => {
  it('is named with the standard reason, and the next archive is asked', async () => {
    const phantom = phantomCase('rejected');
    await using it = await serviceWithArchives([
      () => ({ reject: [1, 3] }),
      (send) => ({ find: holding(phantom), move: sending(phantom, send) }),
    ]);
    const { StudyInstanceUID } = phantom.followUp;
    await it.earshot.send(phantom.followUp.all);
    await it.earshot.inState(StudyInstanceUID, 'delivered');
    expect(await it.story(StudyInstanceUID, 'prior.failed')).toContainEqual({
      archive: 'archive0',
      code: 'PEER_REJECTED',
      detail: 'permanent: calling AE title not recognised',
    });
  });

  it('scoring with the baseline that is here waits for archives that fail, but not for ever', async () => {
    const phantom = phantomCase('archive-down');
    await using it = await serviceWithArchives([() => ({ reject: [1, 3] })]);
    const { StudyInstanceUID } = phantom.followUp;
    await it.earshot.send(phantom.baseline.all);
    await it.earshot.send(phantom.followUp.all);
    await it.earshot.inState(StudyInstanceUID, 'delivered');
    expect((await it.story(StudyInstanceUID, 'prior.failed')).length).toBeGreaterThan(1);
  });

  it('a better baseline in the archive is scored, not the worse one that was here already', async () => {
    const phantom = phantomCase('better-there');
    let isThere = false;
    const later = phantom.objects('baseline', { as: 'later', StudyDate: '20250301' });
    await using it = await serviceWithArchives([
      (send) => ({
        find: (keys) => (isThere ? holding(phantom)(keys) : { answers: [] }),
        move: sending(phantom, send),
      }),
    ]);
    const { StudyInstanceUID } = phantom.followUp;
    await it.earshot.send(later.all);
    await it.earshot.inState(later.StudyInstanceUID, 'waitingForBaseline');
    isThere = true;
    await it.earshot.send(phantom.followUp.all);
    const { decision } = await it.earshot.inState(StudyInstanceUID, 'delivered');
    expect(decision).toMatchObject({ baseline: phantom.baseline.StudyInstanceUID });
    expect(it.earshot.arrived(StudyInstanceUID)).toHaveLength(1);
  });
});

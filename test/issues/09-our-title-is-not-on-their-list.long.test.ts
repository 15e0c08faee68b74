/** PEERS.md pain 9: an AE title that the far end does not know shows up as a network timeout; C-ECHO alone proves nothing. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holding, sending, serviceWithArchives } from '../support/case-with-archives.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { startScriptedQueryArchive } from '../support/scripted-query-archive.ts';
import { isOneCodedLine, run } from '../unit/cli/run.ts';

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

describe('earshot echo NODE --find', () => {
  const nodesAt = (port: number) => [
    { name: 'pacs', aeTitle: 'A', host: '127.0.0.1', port, roles: ['archive'] },
  ];
  const configOf = (nodes: unknown): string => {
    const file = join(mkdtempSync(join(tmpdir(), 'earshot-find-')), 'earshot.yaml');
    writeFileSync(file, JSON.stringify({ nodes }));
    return file;
  };

  it('says so when a node answers C-ECHO and refuses queries', async () => {
    await using refusing = await startScriptedQueryArchive({ find: () => ({ answers: [], status: 0xa900 }) });
    const result = await run('echo', 'pacs', '--find', '--config', configOf(nodesAt(refusing.port)));
    expect(result.status).toBe(1);
    expect(result.out).toMatch(/^pacs \(A\) answered C-ECHO/);
    expect(isOneCodedLine(result, 'QUERY_REFUSED')).toBe(true);
  });

  it('says so when a node answers with studies of a patient that does not exist', async () => {
    const answers = [{ StudyInstanceUID: '1.2.3', PatientID: 'SOMEBODY' }];
    await using careless = await startScriptedQueryArchive({ find: () => ({ answers }) });
    const result = await run('echo', 'pacs', '--find', '--config', configOf(nodesAt(careless.port)));
    expect(isOneCodedLine(result, 'QUERY_TOO_MANY')).toBe(true);
    expect(result.err).not.toContain('SOMEBODY');
  });

  it('is content with a node that finds nobody', async () => {
    await using honest = await startScriptedQueryArchive({});
    const result = await run('echo', 'pacs', '--find', '--config', configOf(nodesAt(honest.port)));
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.out).toMatch(/answered C-FIND for nobody with no study/);
    expect(honest.finds[0]?.['PatientID']).toMatch(/^EARSHOT-TEST-/);
  });
});

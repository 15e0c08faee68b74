import { describe, expect, it } from 'vitest';
import { dimseArchive } from '../../adapters/dimse/archive.ts';
import type { Node } from '../../src/ports.ts';
import { startIntake } from '../support/intake.ts';
import { type QueryScript, startScriptedQueryArchive } from '../support/scripted-query-archive.ts';

const never = new AbortController().signal;
const TIMES = { queryTimeoutSeconds: 0.6, retrieveTimeoutSeconds: 0.6 };
const series = { PatientID: 'P1', StudyInstanceUID: '1.2.3', SeriesInstanceUID: '1.2.3.4' };
const study = {
  PatientID: 'P1',
  StudyInstanceUID: '1.2.3',
  StudyDate: '20250101',
  ModalitiesInStudy: 'CT\\RTSTRUCT',
};

async function archiveThat(script: QueryScript, more: Partial<Node> = {}) {
  const peer = await startScriptedQueryArchive(script);
  const node: Node = {
    name: 'a',
    aeTitle: 'A',
    host: '127.0.0.1',
    port: peer.port,
    roles: ['archive'],
    ...more,
  };
  return {
    peer,
    archive: dimseArchive(node, 'EARSHOT', TIMES),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

describe('a query (PS3.4 C.4.1)', () => {
  it('asks by the exact Patient ID at study level, and reads what comes back', async () => {
    await using it = await archiveThat({ find: () => ({ answers: [study] }) });
    expect(await it.archive.findStudies({ PatientID: 'P1' }, never)).toEqual([
      { ...study, IssuerOfPatientID: '', StudyTime: '', ModalitiesInStudy: ['CT', 'RTSTRUCT'] },
    ]);
    expect(it.peer.finds).toEqual([
      expect.objectContaining({ PatientID: 'P1', QueryRetrieveLevel: 'STUDY' }),
    ]);
  });

  it('in Patient Root a query below the study names the patient too (C.4.1.2.1)', async () => {
    const answers = [{ SeriesInstanceUID: '1.2.3.4', Modality: 'CT', NumberOfSeriesRelatedInstances: '12' }];
    await using it = await archiveThat({ find: () => ({ answers }) }, { queryModel: 'patient' });
    expect(await it.archive.findSeries(series, never)).toEqual([
      { SeriesInstanceUID: '1.2.3.4', Modality: 'CT', instances: 12 },
    ]);
    expect(it.peer.finds[0]).toMatchObject({ PatientID: 'P1', StudyInstanceUID: '1.2.3' });
  });

  it('answers without a valid UID, or of another study, are left out', async () => {
    const answers = [
      { SeriesInstanceUID: '../etc', StudyInstanceUID: '1.2.3' },
      { SeriesInstanceUID: '9.9.9', StudyInstanceUID: '9.9' },
      { StudyInstanceUID: '1.2.3' },
    ];
    await using it = await archiveThat({ find: () => ({ answers }) });
    expect(await it.archive.findSeries(series, never)).toEqual([]);
  });

  it.each([
    ['out of resources (A700)', { answers: [], status: 0xa700 }, 'PEER_BUSY'],
    ['identifier does not match the SOP class (A900)', { answers: [], status: 0xa900 }, 'QUERY_REFUSED'],
    ['unable to process (C001) after some answers', { answers: [study], status: 0xc001 }, 'QUERY_REFUSED'],
    ['silence', 'silent', 'PEER_TIMEOUT'],
    ['pending for ever', 'pending', 'PEER_TIMEOUT'],
    ['a connection that closes', 'close', 'PEER_UNREACHABLE'],
  ] as const)('%s is a coded fault', async (_, reply, code) => {
    await using it = await archiveThat({ find: () => reply });
    await expect(it.archive.findStudies({ PatientID: 'P1' }, never)).rejects.toMatchObject({ code });
  });

  it('an identifier that is no data set is left out, or the query is a coded fault; nothing crashes', async () => {
    await using it = await archiveThat({ find: () => 'junk' });
    const answer = await it.archive.findStudies({ PatientID: 'P1' }, never).catch(({ code }) => code);
    expect([[], 'PEER_UNREACHABLE', 'PEER_TIMEOUT']).toContainEqual(answer);
  });

  it('an archive that matches nothing and answers with everything is stopped', async () => {
    const answers = Array.from({ length: 6000 }, () => study);
    await using it = await archiveThat({ find: () => ({ answers }) });
    const generous = dimseArchive(
      { name: 'a', aeTitle: 'A', host: '127.0.0.1', port: it.peer.port, roles: [] },
      'EARSHOT',
      { queryTimeoutSeconds: 30, retrieveTimeoutSeconds: 30 },
    );
    await expect(generous.findStudies({}, never)).rejects.toMatchObject({ code: 'QUERY_TOO_MANY' });
  });
});

describe('a C-MOVE to ourselves (PS3.4 C.4.2)', () => {
  it('names our AE title as the destination', async () => {
    let to = '';
    await using it = await archiveThat({
      move: (_keys, destination) => {
        to = destination;
        return { status: 0, completed: 3 };
      },
    });
    await using got = await startIntake();
    await it.archive.retrieve(series, got.intake, never);
    expect(to).toBe('EARSHOT');
    expect(it.peer.moves[0]).toMatchObject({ QueryRetrieveLevel: 'SERIES', SeriesInstanceUID: '1.2.3.4' });
  });

  it.each([
    ['destination unknown (A801)', { status: 0xa801 }, 'MOVE_DESTINATION_UNKNOWN'],
    ['cannot calculate matches (A701)', { status: 0xa701 }, 'PEER_BUSY'],
    ['cannot perform sub-operations (A702)', { status: 0xa702 }, 'PEER_BUSY'],
    ['some sub-operations failed (B000)', { status: 0xb000, completed: 2, failed: 1 }, 'RETRIEVE_REFUSED'],
    ['success, and yet failed sub-operations', { status: 0, completed: 2, failed: 1 }, 'RETRIEVE_REFUSED'],
    ['unable to process (C000)', { status: 0xc000 }, 'RETRIEVE_REFUSED'],
    ['silence', 'silent', 'PEER_TIMEOUT'],
    ['pending for ever', 'pending', 'PEER_TIMEOUT'],
    ['a connection that closes', 'close', 'PEER_UNREACHABLE'],
  ] as const)('%s is a coded fault', async (_, reply, code) => {
    await using it = await archiveThat({ move: () => reply });
    await using got = await startIntake();
    await expect(it.archive.retrieve(series, got.intake, never)).rejects.toMatchObject({ code });
  });
});

import { describe, expect, it } from 'vitest';
import type { CommitmentResult } from '../../src/ports.ts';
import { startListener } from '../support/listener.ts';
import {
  bringingAssociation,
  bringResult,
  eventPdus,
  resultDataset,
  STORAGE_COMMITMENT,
} from '../support/scripted-commitment.ts';
import { CT_IMAGE, ScriptedPeer, storePdus } from '../support/scripted-peer.ts';

const RESULT = resultDataset({
  TransactionUID: '2.25.7',
  committed: ['2.25.1'],
  failed: { '2.25.2': 0x0112 },
});

/** Our listener, and what it was told. */
async function told(answer: (result: CommitmentResult) => Promise<void> = async () => undefined) {
  const results: CommitmentResult[] = [];
  const listener = await startListener(
    {},
    {
      mayStore: ({ callingAeTitle }) => callingAeTitle !== 'PACS',
      committed: async (result) => {
        results.push(result);
        await answer(result);
      },
    },
  );
  return { listener, results, port: listener.scp.port };
}

describe('a result of storage commitment on an association that the peer opens (PS3.4 J.3.3)', () => {
  it('is taken with the instances committed and failed, and answered with success', async () => {
    const { listener, results, port } = await told();
    await using _ = listener;
    expect(await bringResult(port, 'PACS', RESULT)).toBe(0x0000);
    expect(results).toEqual([
      {
        TransactionUID: '2.25.7',
        committed: ['2.25.1'],
        failed: [{ SOPInstanceUID: '2.25.2', FailureReason: 0x0112 }],
      },
    ]);
  });

  it('is not answered with success when it could not be kept (PS3.7 10.3.1.1)', async () => {
    const { listener, port } = await told(() => Promise.reject(new Error('disk')));
    await using _ = listener;
    expect(await bringResult(port, 'PACS', RESULT)).toBe(0x0110);
  });

  it.each([
    ['of another SOP class', { SOPClassUID: CT_IMAGE }, 0x0118],
    ['of an event type that does not exist', { eventType: 9 }, 0x0113],
    ['without a data set', { isBare: true }, 0x0115],
  ])('%s is refused', async (_title, event, status) => {
    const { listener, results, port } = await told();
    await using _ = listener;
    await using peer = await bringingAssociation(port, 'PACS');
    peer.send(...eventPdus(RESULT, event));
    expect(await peer.answer()).toMatchObject({ field: 0x8100, status });
    expect(results).toEqual([]);
    peer.send(...eventPdus(RESULT));
    expect(await peer.answer()).toMatchObject({ status: 0x0000 });
  });

  it.each([
    ['rubbish', Buffer.from('no data set at all'), 0x0115],
    ['a data set without a transaction', resultDataset({ TransactionUID: '../..' }), 0x0115],
    ['more than a megabyte', Buffer.alloc(1_200_000), 0x0213],
  ])('that is %s is refused, and the association goes on', async (_title, dataset, status) => {
    const { listener, results, port } = await told();
    await using _ = listener;
    await using peer = await bringingAssociation(port, 'PACS');
    peer.send(...eventPdus(dataset));
    expect(await peer.answer()).toMatchObject({ status });
    expect(results).toEqual([]);
    peer.send(...eventPdus(RESULT));
    expect(await peer.answer()).toMatchObject({ status: 0x0000 });
  });

  it('may come twice on one association', async () => {
    const { listener, results, port } = await told();
    await using _ = listener;
    await using peer = await bringingAssociation(port, 'PACS');
    for (const _time of [1, 2]) {
      peer.send(...eventPdus(RESULT));
      expect(await peer.answer()).toMatchObject({ status: 0x0000 });
    }
    expect(results).toHaveLength(2);
  });

  it('gives no leave to store: that peer is offered no storage SOP class', async () => {
    const { listener, port } = await told();
    await using _ = listener;
    await using peer = await ScriptedPeer.associate(port, {
      calling: 'PACS',
      abstractSyntaxes: [STORAGE_COMMITMENT, CT_IMAGE],
      transferSyntaxes: ['1.2.840.10008.1.2'],
    });
    peer.send(...storePdus({}, Buffer.alloc(100), { contextId: 3 }));
    expect(await peer.answer()).toBeUndefined();
    await using other = await bringingAssociation(port, 'PACS');
    other.send(...storePdus({ SOPClassUID: STORAGE_COMMITMENT }, Buffer.alloc(100)));
    expect(await other.answer()).toMatchObject({ status: 0x0122 });
    expect(listener.stored).toEqual([]);
  });

  it('is no answer to anybody else: an event report on a storage context is an unrecognised operation', async () => {
    const { listener, results, port } = await told();
    await using _ = listener;
    await using peer = await ScriptedPeer.associate(port, { abstractSyntaxes: [CT_IMAGE] });
    peer.send(...eventPdus(RESULT));
    expect(await peer.answer()).toMatchObject({ field: 0x8100, status: 0x0211 });
    expect(results).toEqual([]);
  });
});

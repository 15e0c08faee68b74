import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { eventually, expectUnharmed, type Listener, startListener } from '../support/listener.ts';
import {
  COMMAND_LAST,
  CT_IMAGE,
  DATA,
  DATA_LAST,
  pdu,
  pdv,
  releaseRq,
  ScriptedPeer,
  storeCommand,
  storePdus,
} from '../support/scripted-peer.ts';

const SLICE = ctSlice({ size: 128 });
const DATASET = datasetOf(SLICE);
const UID = '2.25.1.2.1';

let listener: Listener;
let port: number;

beforeEach(async () => {
  listener = await startListener();
  port = listener.scp.port;
});
afterEach(async () => {
  await expectUnharmed(listener);
  await listener[Symbol.asyncDispose]();
});

describe('a conformant peer', () => {
  it('PS3.4 B.2: is answered 0x0000 once its object is stored, byte for byte', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(...storePdus({ SOPInstanceUID: UID }, DATASET));
    expect(await peer.answer()).toMatchObject({ field: 0x8001, status: 0x0000 });
    const file = await readFile(join(listener.dataDir, 'instances', `${UID}.dcm`));
    expect(datasetOf(file).equals(DATASET)).toBe(true);
    peer.send(releaseRq());
    expect((await peer.nextPdu())?.[0]).toBe(0x06);
    await peer.closed();
    await eventually('the end', () => listener.events.length === 3);
    expect(listener.events).toEqual(['opened', 'instance', 'closed']);
  });

  it('may put several fragments into one PDU', async () => {
    await using peer = await ScriptedPeer.associate(port);
    const middle = 10_001;
    peer.send(
      pdu(
        4,
        Buffer.concat([
          pdv(1, COMMAND_LAST, storeCommand({ SOPInstanceUID: UID })),
          pdv(1, DATA, DATASET.subarray(0, middle)),
          pdv(1, DATA_LAST, DATASET.subarray(middle)),
        ]),
      ),
    );
    expect(await peer.answer()).toMatchObject({ status: 0 });
    const file = await readFile(join(listener.dataDir, 'instances', `${UID}.dcm`));
    expect(datasetOf(file).equals(DATASET)).toBe(true);
  });

  it('is listed with the studies it stored to, until it leaves', async () => {
    await using peer = await ScriptedPeer.associate(port);
    expect(listener.scp.openAssociations()).toMatchObject([{ callingAeTitle: 'SCRIPTED', isStoring: false }]);
    peer.send(...storePdus({ SOPInstanceUID: UID }, DATASET));
    await peer.answer();
    expect(listener.scp.openAssociations()).toMatchObject([{ lastStudy: '2.25.1' }]);
    expect([...(listener.scp.openAssociations()[0]?.studies ?? [])]).toEqual(['2.25.1']);
    peer.socket.destroy();
    await eventually('no association', () => listener.scp.openAssociations().length === 0);
  });

  it('may store after several C-ECHOs on one association', async () => {
    const verification = '1.2.840.10008.1.1';
    await using peer = await ScriptedPeer.associate(port, { abstractSyntaxes: [verification, CT_IMAGE] });
    for (const messageId of [1, 2, 3]) {
      const command = storeCommand({
        field: 0x0030,
        messageId,
        SOPClassUID: verification,
        hasDataset: false,
        SOPInstanceUID: undefined,
      });
      peer.send(pdu(4, pdv(1, COMMAND_LAST, command)));
      expect(await peer.answer()).toMatchObject({ field: 0x8030, status: 0 });
    }
    peer.send(...storePdus({ SOPInstanceUID: UID, messageId: 4 }, DATASET, { contextId: 3 }));
    expect(await peer.answer()).toMatchObject({ field: 0x8001, status: 0 });
  });
});

describe('a transfer that breaks', () => {
  it('a reset mid-dataset leaves no file and no open descriptor', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(...storePdus({ SOPInstanceUID: UID }, DATASET).slice(0, 2));
    await eventually('a part file', async () => (await listener.leftovers()).length === 1);
    peer.socket.resetAndDestroy();
    await eventually('no part file', async () => (await listener.leftovers()).length === 0);
    expect(listener.stored).toEqual([]);
  });

  it('an A-ABORT mid-dataset leaves no file', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(...storePdus({ SOPInstanceUID: UID }, DATASET).slice(0, 2), pdu(7, Buffer.alloc(4)));
    await peer.closed();
    expect(listener.stored).toEqual([]);
  });

  it('a release request instead of the rest of the dataset stores nothing', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(...storePdus({ SOPInstanceUID: UID }, DATASET).slice(0, 2), releaseRq());
    await peer.closed();
    expect(listener.stored).toEqual([]);
  });
});

describe('objects that must not be acknowledged', () => {
  const noise = Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 251));
  const bad: readonly (readonly [string, Buffer, number])[] = [
    ['a truncated dataset', DATASET.subarray(0, 9001), 0xc000],
    ['a dataset cut inside its header', DATASET.subarray(0, 101), 0xc000],
    ['random bytes', noise, 0xc000],
    ['the dataset of another instance', datasetOf(ctSlice({ size: 16, index: 7 })), 0xa900],
  ];
  it.each(bad)('%s', async (_name, dataset, status) => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(...storePdus({ SOPInstanceUID: UID }, dataset));
    const answer = await peer.answer();
    expect(answer?.status).toBe(status);
    expect(answer?.comment).toMatch(/^[A-Z_]+: /);
    expect(answer?.comment.length).toBeLessThanOrEqual(64);
    expect(listener.stored).toEqual([]);
    // The association lives on.
    peer.send(...storePdus({ SOPInstanceUID: UID, messageId: 2 }, DATASET));
    expect((await peer.answer())?.status).toBe(0);
  });

  const badUids: readonly (string | undefined)[] = [
    undefined,
    '',
    '../evil',
    '..',
    '1..2',
    '1.02',
    `1.${'2'.repeat(64)}`,
  ];
  it.each(badUids)('SOP Instance UID %j: 0x0117', async (SOPInstanceUID) => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(...storePdus({ SOPInstanceUID }, DATASET));
    expect((await peer.answer())?.status).toBe(0x0117);
    expect(listener.stored).toEqual([]);
  });

  it('a C-STORE without a dataset: 0xC000', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(pdu(4, pdv(1, COMMAND_LAST, storeCommand({ hasDataset: false }))));
    expect((await peer.answer())?.status).toBe(0xc000);
  });

  it('a SOP class other than that of the presentation context: 0x0122', async () => {
    await using peer = await ScriptedPeer.associate(port);
    const SOPClassUID = '1.2.840.10008.5.1.4.1.1.4';
    peer.send(...storePdus({ SOPInstanceUID: UID, SOPClassUID }, DATASET));
    expect((await peer.answer())?.status).toBe(0x0122);
  });

  it('an object above the limit: 0xA700, and it is not kept', async () => {
    await using small = await startListener({ maxObjectBytes: 20_000 });
    await using peer = await ScriptedPeer.associate(small.scp.port);
    peer.send(...storePdus({ SOPInstanceUID: UID }, DATASET));
    expect(await peer.answer()).toMatchObject({ status: 0xa700 });
    expect(await small.leftovers()).toEqual([]);
  });

  it('a disk that fails: 0xA700, and the peer does not hang', async () => {
    await using broken = await startListener();
    await rm(join(broken.dataDir, 'incoming'), { recursive: true });
    await writeFile(join(broken.dataDir, 'incoming'), 'no folder');
    await using peer = await ScriptedPeer.associate(broken.scp.port);
    peer.send(...storePdus({ SOPInstanceUID: UID }, DATASET));
    expect(await peer.answer()).toMatchObject({ status: 0xa700 });
  });

  it('no patient data in the comment, whatever the refusal says', async () => {
    const refusing = await startListener(
      {},
      {
        receive: () => Promise.reject(new Fault('DICOM_MISSING_ATTRIBUTE', 'Phantom^Receive')),
      },
    );
    await using _end = refusing;
    await using peer = await ScriptedPeer.associate(refusing.scp.port);
    peer.send(...storePdus({ SOPInstanceUID: UID }, DATASET));
    const answer = await peer.answer();
    expect(answer?.comment).toContain('DICOM_MISSING_ATTRIBUTE');
    expect(answer?.comment).not.toContain('Phantom');
  });

  it('an object of an ignored SOP class is taken, answered 0x0000 and not written', async () => {
    const SOPClassUID = '1.2.840.10008.5.1.4.1.1.88.67';
    await using peer = await ScriptedPeer.associate(port, { abstractSyntaxes: [SOPClassUID] });
    peer.send(...storePdus({ SOPInstanceUID: UID, SOPClassUID }, DATASET));
    expect((await peer.answer())?.status).toBe(0);
    expect(listener.stored).toEqual([]);
  });
});
